import Protocol

/// A value of fixed width in a ``Record``.
protocol RecordField {
    func append(to bytes: inout Bytes)
    init(next reader: inout RecordReader) throws(MalformedBytes)
}

extension RecordField where Self: FixedWidthInteger & UnsignedInteger {
    func append(to bytes: inout Bytes) {
        withUnsafeBytes(of: bigEndian) { bytes.append(contentsOf: $0) }
    }

    init(next reader: inout RecordReader) throws(MalformedBytes) {
        var value: UInt64 = 0
        for byte in try reader.take(Self.bitWidth / 8) { value = value << 8 | UInt64(byte) }
        self = Self(truncatingIfNeeded: value)
    }
}

extension UInt8: RecordField {}
extension UInt32: RecordField {}
extension UInt64: RecordField {}

extension RecordField where Self: Quantity, Number: RecordField {
    func append(to bytes: inout Bytes) { number.append(to: &bytes) }
    init(next reader: inout RecordReader) throws(MalformedBytes) {
        self.init(number: try reader.next())
    }
}

extension OfferID: RecordField {}
extension WattHours: RecordField {}
extension Watts: RecordField {}
extension TokenAmount: RecordField {}
extension MarketTime: RecordField {}

/// A quantity below 2^32, in four bytes.
struct Word<Content: Quantity>: RecordField where Content.Number == UInt64 {
    let content: Content

    init(_ content: Content) { self.content = content }

    func append(to bytes: inout Bytes) { UInt32(clamping: content.number).append(to: &bytes) }
    init(next reader: inout RecordReader) throws(MalformedBytes) {
        content = Content(number: UInt64(try UInt32(next: &reader)))
    }
}

extension RecordField where Self: RawRepresentable<UInt8> {
    func append(to bytes: inout Bytes) { bytes.append(rawValue) }
    init(next reader: inout RecordReader) throws(MalformedBytes) {
        let code = try UInt8(next: &reader)
        guard let value = Self(rawValue: code) else { throw reader.error("unknown code \(code)") }
        self = value
    }
}

extension MemberRole: RecordField {}
extension TradeStatus: RecordField {}
extension TokenPurchase.Status: RecordField {}

extension Bool: RecordField {
    func append(to bytes: inout Bytes) { bytes.append(self ? 1 : 0) }
    init(next reader: inout RecordReader) throws(MalformedBytes) {
        let flag = try UInt8(next: &reader)
        guard flag < 2 else { throw reader.error("a flag is neither 0 nor 1") }
        self = flag == 1
    }
}

extension Address: RecordField {
    init(next reader: inout RecordReader) throws(MalformedBytes) {
        guard let address = Address(bytes: try reader.take(20)) else {
            throw reader.error("too short")
        }
        self = address
    }
}

extension Hash32: RecordField {
    init(next reader: inout RecordReader) throws(MalformedBytes) {
        guard let hash = Hash32(bytes: try reader.take(32)) else {
            throw reader.error("too short")
        }
        self = hash
    }
}
