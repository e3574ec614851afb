import Protocol

/// What the state keeps in fields of fixed width, most significant byte first.
protocol Record: SendableMetatype {
    /// The record's canonical bytes.
    var encoded: Bytes { get }
    init(decoding bytes: Bytes) throws(MalformedBytes)
}

extension Record {
    /// The bytes of `fields`, one after the other.
    static func bytes<each Field: RecordField>(of fields: repeat each Field) -> Bytes {
        var size = 0
        repeat size += MemoryLayout<each Field>.size
        var bytes: Bytes = []
        bytes.reserveCapacity(size)
        for field in repeat each fields { field.append(to: &bytes) }
        return bytes
    }

    /// The fields that fill `bytes`; errors name them as `what`.
    static func fields<each Field: RecordField>(
        in bytes: Bytes, of what: String
    ) throws(MalformedBytes) -> (repeat each Field) {
        var reader = RecordReader(bytes, of: what)
        let fields = (repeat try (each Field)(next: &reader))
        try reader.end()
        return fields
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

    mutating func next<Field: RecordField>() throws(MalformedBytes) -> Field {
        try Field(next: &self)
    }

    mutating func take(_ count: Int) throws(MalformedBytes) -> ArraySlice<UInt8> {
        guard bytes.count - position >= count else { throw error("too short") }
        defer { position += count }
        return bytes[position..<(position + count)]
    }

    /// Reads all fields of one kind with which the record ends.
    mutating func rest<Field: RecordField>(of: Field.Type) throws(MalformedBytes) -> [Field] {
        var fields: [Field] = []
        while position < bytes.count { fields.append(try next()) }
        return fields
    }

    /// Reads the text with which the record ends.
    mutating func lastText() throws(MalformedBytes) -> String {
        guard let text = String(validating: bytes[position...], as: UTF8.self) else {
            throw error("its text is not UTF-8")
        }
        position = bytes.count
        return text
    }

    func end() throws(MalformedBytes) {
        guard position == bytes.count else { throw error("too long") }
    }

    func error(_ reason: String) -> MalformedBytes { MalformedBytes("\(what): \(reason)") }
}
