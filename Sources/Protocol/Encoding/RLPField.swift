/// A value that stands as one item in an RLP list.
///
/// A record is written and read by its fields in order:
/// ```swift
/// var rlp: RLP { .fields(height, round, digest) }
/// init(rlp: RLP) throws(MalformedBytes) {
///     (height, round, digest) = try RLPFields.values(in: rlp, of: "vote")
/// }
/// ```
public protocol RLPField {
    /// The canonical item.
    var item: RLP { get }
    /// Reads the next item of `fields`; throws for any other than the canonical one.
    init(next fields: inout RLPFields) throws(MalformedBytes)
}

extension RLP {
    /// The list of `fields`, in order.
    public static func fields<each Field: RLPField>(_ fields: repeat each Field) -> RLP {
        var items: [RLP] = []
        for field in repeat each fields { items.append(field.item) }
        return .list(items)
    }
}

extension RLPFields {
    /// The fields of `item`, a list of just so many; errors name it as `what`.
    public static func values<each Field: RLPField>(
        in item: RLP, of what: String
    ) throws(MalformedBytes) -> (repeat each Field) {
        var fields = try RLPFields(item, of: what)
        let values = (repeat try (each Field)(next: &fields))
        try fields.end()
        return values
    }
}

extension RLPField where Self: FixedWidthInteger & UnsignedInteger {
    public var item: RLP { .number(self) }
    public init(next fields: inout RLPFields) throws(MalformedBytes) { self = try fields.number() }
}

extension UInt8: RLPField {}
extension UInt32: RLPField {}
extension UInt64: RLPField {}

extension RLPField where Self: Quantity, Number: RLPField {
    public var item: RLP { number.item }
    public init(next fields: inout RLPFields) throws(MalformedBytes) {
        self.init(number: try Number(next: &fields))
    }
}

extension OfferID: RLPField {}
extension WattHours: RLPField {}
extension Watts: RLPField {}
extension Timestamp: RLPField {}
extension MarketTime: RLPField {}

extension Bool: RLPField {
    public var item: RLP { .flag(self) }
    public init(next fields: inout RLPFields) throws(MalformedBytes) { self = try fields.flag() }
}

extension UntrustedText: RLPField {
    public var item: RLP { .text(verbatim) }
    public init(next fields: inout RLPFields) throws(MalformedBytes) { self = try fields.text() }
}

extension Hash32: RLPField {
    public var item: RLP { .hash(self) }
    public init(next fields: inout RLPFields) throws(MalformedBytes) { self = try fields.hash() }
}

extension Address: RLPField {
    public var item: RLP { .address(self) }
    public init(next fields: inout RLPFields) throws(MalformedBytes) { self = try fields.address() }
}
