import Protocol

/// The functions of a native contract: a closed set, so that the compiler sees that each is there.
protocol NativeFunction: CaseIterable, Hashable, Sendable {
    /// The function's ABI, built anew: use ``FunctionTable``.
    var definition: ABIFunction { get }
}

/// A contract's functions by their selectors.
struct FunctionTable<Function: NativeFunction>: Sendable {
    private let bySelector: [Bytes: Function]
    private let byFunction: [Function: ABIFunction]
    /// The functions' ABI, in order.
    let definitions: [ABIFunction]

    init() {
        let pairs = Function.allCases.map { ($0, $0.definition) }
        definitions = pairs.map(\.1)
        bySelector = Dictionary(uniqueKeysWithValues: pairs.map { ($0.1.selector, $0.0) })
        byFunction = Dictionary(uniqueKeysWithValues: pairs)
    }

    /// The ABI of `function`.
    subscript(function: Function) -> ABIFunction { byFunction[function] ?? function.definition }

    /// The function that `data` calls, and its arguments.
    func read(
        _ data: Bytes, of contract: String
    ) throws(Revert) -> (function: Function, arguments: CallArguments) {
        guard data.count >= 4 else { throw Revert("\(contract): the call names no function") }
        let selector = Bytes(data.prefix(4))
        guard let function = bySelector[selector] else {
            throw Revert("\(contract) has no function 0x\(Hexadecimal.encode(selector))")
        }
        do throws(MalformedBytes) {
            return (function, CallArguments(try self[function].arguments(in: data)))
        } catch {
            throw Revert(error)
        }
    }
}

/// A call's arguments, read one after the other. Their types were checked when they were decoded.
struct CallArguments {
    private var remaining: ArraySlice<ABIValue>

    init(_ values: [ABIValue]) {
        remaining = values[...]
    }

    /// The next argument, a number that must fit in `Value`.
    mutating func number<Value: FixedWidthInteger & UnsignedInteger>(
        _ what: String
    ) throws(Revert) -> Value {
        let wide = try uint256(what)
        guard let narrow = UInt64(exactly: wide).flatMap(Value.init(exactly:)) else {
            throw Revert("\(what) \(wide) is beyond \(Value.bitWidth) bits")
        }
        return narrow
    }

    /// The next argument, a number of up to 256 bits.
    mutating func uint256(_ what: String) throws(Revert) -> UInt256 {
        guard case .uint(let value)? = remaining.popFirst() else { throw missing(what) }
        return value
    }

    /// The next argument, an address.
    mutating func address(_ what: String) throws(Revert) -> Address {
        guard let address = remaining.popFirst()?.address else { throw missing(what) }
        return address
    }

    /// The next argument, 32 bytes.
    mutating func hash(_ what: String) throws(Revert) -> Hash32 {
        guard let hash = remaining.popFirst()?.bytes.flatMap({ Hash32(bytes: $0) }) else {
            throw missing(what)
        }
        return hash
    }

    /// The next argument, bytes.
    mutating func bytes(_ what: String) throws(Revert) -> Bytes {
        guard let bytes = remaining.popFirst()?.bytes else { throw missing(what) }
        return bytes
    }

    /// The next argument, a text.
    mutating func text(_ what: String) throws(Revert) -> String {
        guard let text = remaining.popFirst()?.text else { throw missing(what) }
        return text
    }

    /// The next argument, a tuple.
    mutating func tuple(_ what: String) throws(Revert) -> CallArguments {
        guard let elements = remaining.popFirst()?.elements else { throw missing(what) }
        return CallArguments(elements)
    }

    private func missing(_ what: String) -> Revert { Revert("the call has no \(what)") }
}
