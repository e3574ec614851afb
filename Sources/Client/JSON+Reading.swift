package import API

extension JSON {
    /// A number with a fraction; what is none (RFC 8259 has no infinity) is null.
    package static func number(_ value: Double) -> JSON {
        value.isFinite ? .number("\(value)") : .null
    }

    /// A quantity of JSON-RPC.
    package static func quantity(_ value: UInt64) -> JSON {
        .string("0x" + String(value, radix: 16))
    }

    /// The number that a quantity of JSON-RPC (`0x1b`) says.
    package var quantity: UInt64? {
        guard let text = text?.verbatim, text.hasPrefix("0x") else { return nil }
        return UInt64(text.dropFirst(2), radix: 16)
    }

    /// The whole number, if it is one and not negative.
    package var natural: UInt64? { integer.flatMap { UInt64(exactly: $0) } }

    /// The value's text on one line.
    package var compact: String { String(decoding: encoded, as: UTF8.self) }

    /// The value's text on several lines.
    package var pretty: String { pretty(indent: "") }

    private func pretty(indent: String) -> String {
        let inner = indent + "  "
        switch self {
        case .array(let elements) where !elements.isEmpty:
            let lines = elements.map { inner + $0.pretty(indent: inner) }
            return "[\n" + lines.joined(separator: ",\n") + "\n\(indent)]"
        case .object(let members) where !members.isEmpty:
            let lines = members.map {
                inner + JSON.string($0.name).compact + ": " + $0.value.pretty(indent: inner)
            }
            return "{\n" + lines.joined(separator: ",\n") + "\n\(indent)}"
        default: return compact
        }
    }
}
