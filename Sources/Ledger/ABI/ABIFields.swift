import Protocol

/// The values of a call or an event, read one after the other. Their types were checked when they
/// were decoded.
struct ABIFields {
    private var remaining: ArraySlice<ABIValue>

    init(_ values: [ABIValue]) {
        remaining = values[...]
    }

    /// Reads `log` as one of `events` of the contract at `address`; nil if it is none of them.
    static func reading<Event>(
        _ log: EventLog, of address: Address, as events: [ABIEvent],
        _ make: (_ name: String, _ fields: inout ABIFields) throws(Revert) -> Event?
    ) -> Event? {
        guard log.address == address, let topic = log.topics.first,
            let event = events.first(where: { $0.topic == topic }),
            let values = event.values(in: log)
        else { return nil }
        var fields = ABIFields(values)
        return try? make(event.name, &fields)
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

    /// The next value, an amount of tokens.
    mutating func tokens(_ what: String) throws(Revert) -> TokenAmount {
        TokenAmount(try number(what))
    }

    /// The next value, watt-hours.
    mutating func energy(_ what: String) throws(Revert) -> WattHours {
        WattHours(try number(what))
    }

    /// The next value, a time of the market in seconds.
    mutating func time(_ what: String) throws(Revert) -> MarketTime {
        MarketTime(seconds: try number(what))
    }

    /// The next value, an address.
    mutating func address(_ what: String) throws(Revert) -> Address { try next(what, \.address) }

    /// The next value, 32 bytes.
    mutating func hash(_ what: String) throws(Revert) -> Hash32 {
        try next(what) { $0.bytes.flatMap { Hash32(bytes: $0) } }
    }

    /// The next value, bytes.
    mutating func bytes(_ what: String) throws(Revert) -> Bytes { try next(what, \.bytes) }

    /// The next value, a text.
    mutating func text(_ what: String) throws(Revert) -> String { try next(what, \.text) }

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
