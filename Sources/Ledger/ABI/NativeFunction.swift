import Protocol

/// The functions of a native contract: a closed set, so that the compiler sees that each is there.
protocol NativeFunction: CaseIterable, Hashable, Sendable {
    /// The function's ABI, built anew: use ``table``.
    var definition: ABIFunction { get }
    /// The functions by their selectors.
    static var table: FunctionTable<Self> { get }
}

extension NativeFunction {
    /// The call data of the function with `arguments`.
    func call(_ arguments: ABIValue...) -> Bytes { Self.table[self].call(arguments) }
}

/// A contract's functions by their selectors; with ERC-165's, which every contract has.
struct FunctionTable<Function: NativeFunction>: Sendable {
    private let bySelector: [Bytes: (function: Function?, definition: ABIFunction)]
    private let byFunction: [Function: ABIFunction]
    let definitions: [ABIFunction]

    init() {
        var pairs = Function.allCases.map {
            (function: Function?.some($0), definition: $0.definition)
        }
        pairs.append((nil, .supportsInterface))
        definitions = pairs.map(\.definition)
        bySelector = Dictionary(uniqueKeysWithValues: pairs.map { ($0.definition.selector, $0) })
        byFunction = Dictionary(
            uniqueKeysWithValues: Function.allCases.map { ($0, $0.definition) })
    }

    subscript(function: Function) -> ABIFunction { byFunction[function] ?? function.definition }

    /// The function that `data` calls, nil for ERC-165's, and its arguments.
    func read(
        _ data: Bytes, of contract: String
    ) throws(Revert) -> (function: Function?, arguments: ABIFields) {
        guard data.count >= 4 else { throw Revert("\(contract): the call names no function") }
        let selector = Bytes(data.prefix(4))
        guard let found = bySelector[selector] else {
            throw Revert("\(contract) has no function 0x\(Hexadecimal.encode(selector))")
        }
        do throws(MalformedBytes) {
            return (found.function, ABIFields(try found.definition.arguments(in: data)))
        } catch {
            throw Revert(error.reason)
        }
    }
}

extension ABIFunction {
    /// ERC-165; every native contract answers false.
    fileprivate static let supportsInterface = view(
        "supportsInterface", [ABIParameter("interfaceId", .fixedBytes(4))],
        returns: ABIParameter("", .bool))

    /// A function that only reads.
    static func view(
        _ name: String, _ inputs: [ABIParameter] = [], returns outputs: ABIParameter...
    ) -> ABIFunction {
        ABIFunction(name, inputs, returns: outputs, isView: true)
    }
}
