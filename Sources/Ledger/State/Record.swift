import Protocol

/// What the state keeps in fields of fixed width, most significant byte first.
protocol Record: SendableMetatype {
    /// The record's canonical bytes.
    var encoded: Bytes { get }
    /// Reads the canonical bytes.
    init(decoding bytes: Bytes) throws(MalformedBytes)
}

/// Writes fields of fixed width one after the other.
struct RecordWriter {
    private(set) var bytes: Bytes = []

    init(capacity: Int) {
        bytes.reserveCapacity(capacity)
    }

    mutating func number<Value: FixedWidthInteger & UnsignedInteger>(_ value: Value) {
        withUnsafeBytes(of: value.bigEndian) { bytes.append(contentsOf: $0) }
    }

    mutating func address(_ address: Address) {
        address.append(to: &bytes)
    }

    mutating func hash(_ hash: Hash32) {
        hash.append(to: &bytes)
    }

    /// Writes a text, which ends where the record does.
    mutating func lastText(_ text: String) {
        bytes.append(contentsOf: text.utf8)
    }
}

/// Reads fields of fixed width one after the other.
struct RecordReader {
    private let bytes: Bytes
    private let what: String
    private var position = 0

    /// Begins to read `bytes`; errors name them as `what`.
    init(_ bytes: Bytes, of what: String) {
        self.bytes = bytes
        self.what = what
    }

    mutating func number<Value: FixedWidthInteger & UnsignedInteger>(
        _ type: Value.Type = Value.self
    ) throws(MalformedBytes) -> Value {
        let width = Value.bitWidth / 8
        guard bytes.count - position >= width else { throw tooShort }
        var value: UInt64 = 0
        for index in position..<(position + width) { value = value << 8 | UInt64(bytes[index]) }
        position += width
        return Value(truncatingIfNeeded: value)
    }

    mutating func address() throws(MalformedBytes) -> Address {
        guard bytes.count - position >= 20,
            let address = Address(bytes: bytes[position..<(position + 20)])
        else { throw tooShort }
        position += 20
        return address
    }

    mutating func hash() throws(MalformedBytes) -> Hash32 {
        guard bytes.count - position >= 32,
            let hash = Hash32(bytes: bytes[position..<(position + 32)])
        else { throw tooShort }
        position += 32
        return hash
    }

    /// Reads the text with which the record ends.
    mutating func lastText() throws(MalformedBytes) -> String {
        guard let text = String(validating: bytes[position...], as: UTF8.self) else {
            throw MalformedBytes("\(what): its text is not UTF-8")
        }
        position = bytes.count
        return text
    }

    func end() throws(MalformedBytes) {
        guard position == bytes.count else { throw MalformedBytes("\(what): too long") }
    }

    private var tooShort: MalformedBytes { MalformedBytes("\(what): too short") }
}
