import Protocol

/// The values of a call, read one after the other. Their types were checked when they were decoded.
struct ABIFields {
    private var remaining: ArraySlice<ABIValue>

    init(_ values: [ABIValue]) {
        remaining = values[...]
    }

    /// The next value, a number that must fit in `Value`.
    mutating func number<Value: FixedWidthInteger & UnsignedInteger>(
        _ what: String
    ) throws(Revert) -> Value {
        let wide = try uint256(what)
        guard let narrow = UInt64(exactly: wide).flatMap(Value.init(exactly:)) else {
            throw Revert("\(what) \(wide) is beyond \(Value.bitWidth) bits")
        }
        return narrow
    }

    /// The next value, a number of up to 256 bits.
    mutating func uint256(_ what: String) throws(Revert) -> UInt256 {
        try next(what) { if case .uint(let value) = $0 { value } else { nil } }
    }

    /// The next value, a number of some unit.
    mutating func quantity<Value: Quantity>(_ what: String) throws(Revert) -> Value {
        Value(number: try number(what))
    }

    mutating func address(_ what: String) throws(Revert) -> Address { try next(what, \.address) }

    /// The next value, 32 bytes.
    mutating func hash(_ what: String) throws(Revert) -> Hash32 {
        try next(what) { $0.bytes.flatMap { Hash32(bytes: $0) } }
    }

    mutating func bytes(_ what: String) throws(Revert) -> Bytes { try next(what, \.bytes) }

    mutating func text(_ what: String) throws(Revert) -> UntrustedText {
        try next(what, \.text)
    }

    /// The next value, a tuple.
    mutating func tuple(_ what: String) throws(Revert) -> ABIFields {
        ABIFields(try next(what, \.elements))
    }

    private mutating func next<Value>(
        _ what: String, _ read: (ABIValue) -> Value?
    ) throws(Revert) -> Value {
        guard let value = remaining.popFirst().flatMap(read) else {
            throw Revert("the call has no \(what)")
        }
        return value
    }
}
