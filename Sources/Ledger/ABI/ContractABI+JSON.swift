import Protocol

extension ContractABI {
    /// The ABI as Ethereum's tools read it (Solidity, "Contract ABI Specification", JSON).
    public var json: String {
        let items = functions.map(\.json) + events.map(\.json)
        return "[\n" + items.map { "  " + $0 }.joined(separator: ",\n") + "\n]\n"
    }
}

extension ABIFunction {
    fileprivate var json: String {
        let mutability = isView ? "view" : "nonpayable"
        return "{\"type\":\"function\",\"name\":\"\(name)\",\"inputs\":\(inputs.json()),"
            + "\"outputs\":\(outputs.json()),\"stateMutability\":\"\(mutability)\"}"
    }
}

extension ABIEvent {
    fileprivate var json: String {
        "{\"type\":\"event\",\"name\":\"\(name)\",\"inputs\":\(parameters.json(asEvent: true)),"
            + "\"anonymous\":false}"
    }
}

extension [ABIParameter] {
    /// The parameters, each with whether it is indexed if they are an event's. Names are this
    /// module's own identifiers, so nothing in them needs escaping.
    fileprivate func json(asEvent: Bool = false) -> String {
        let items = map { parameter in
            var fields = ["\"name\":\"\(parameter.name)\"", "\"type\":\"\(parameter.type.json)\""]
            if asEvent { fields.append("\"indexed\":\(parameter.isIndexed)") }
            if let components = parameter.type.components {
                fields.append("\"components\":\(components.json())")
            }
            return "{" + fields.joined(separator: ",") + "}"
        }
        return "[" + items.joined(separator: ",") + "]"
    }
}

extension ABIType {
    /// The type's name, where a tuple's components stand apart.
    fileprivate var json: String {
        switch self {
        case .tuple: "tuple"
        case .array(let element): element.json + "[]"
        default: name
        }
    }

    fileprivate var components: [ABIParameter]? {
        switch self {
        case .tuple(let components): components
        case .array(let element): element.components
        default: nil
        }
    }
}
