/// Recursive Length Prefix: the one canonical encoding of everything hashed, signed or sent
/// between nodes (Yellow Paper, appendix B).
public enum RLP: Hashable, Sendable {
    /// A string of bytes.
    case bytes(Bytes)
    /// An ordered list of items.
    case list([RLP])

    /// A whole number: its bytes without leading zeros, none for zero.
    @inlinable
    public static func number(_ value: some FixedWidthInteger & UnsignedInteger) -> RLP {
        .bytes(minimalBytes(UInt64(value)))
    }

    /// The bytes of `value` without leading zeros.
    @usableFromInline
    static func minimalBytes(_ value: UInt64) -> Bytes {
        let zeros = value.leadingZeroBitCount / 8
        return withUnsafeBytes(of: value.bigEndian) { Bytes($0.dropFirst(zeros)) }
    }

    /// A text's UTF-8.
    public static func text(_ value: String) -> RLP { .bytes(Array(value.utf8)) }

    /// The item's canonical bytes.
    public var encoded: Bytes {
        var output: Bytes = []
        output.reserveCapacity(encodedCount)
        append(to: &output)
        return output
    }

    private var encodedCount: Int {
        switch self {
        case .bytes(let bytes):
            if bytes.count == 1, bytes[0] < 0x80 { return 1 }
            return Self.headerCount(of: bytes.count) + bytes.count
        case .list(let items):
            let payload = items.reduce(0) { $0 + $1.encodedCount }
            return Self.headerCount(of: payload) + payload
        }
    }

    private func append(to output: inout Bytes) {
        switch self {
        case .bytes(let bytes):
            if bytes.count != 1 || bytes[0] >= 0x80 {
                Self.appendHeader(of: bytes.count, short: 0x80, to: &output)
            }
            output.append(contentsOf: bytes)
        case .list(let items):
            let payload = items.reduce(0) { $0 + $1.encodedCount }
            Self.appendHeader(of: payload, short: 0xc0, to: &output)
            for item in items { item.append(to: &output) }
        }
    }

    private static func headerCount(of count: Int) -> Int {
        count < 56 ? 1 : 1 + byteCount(of: count)
    }

    private static func byteCount(of count: Int) -> Int {
        (Int.bitWidth - count.leadingZeroBitCount + 7) / 8
    }

    static func appendHeader(of count: Int, short: UInt8, to output: inout Bytes) {
        if count < 56 {
            output.append(short + UInt8(count))
        } else {
            output.append(short + 55 + UInt8(byteCount(of: count)))
            output.append(contentsOf: minimalBytes(UInt64(count)))
        }
    }

    /// Reads exactly one item that fills `bytes`.
    ///
    /// Throws if a length is not the shortest form, bytes are missing or left over, or lists
    /// lie deeper than ``Limits/rlpDepth``.
    public init(decoding bytes: Bytes) throws(MalformedBytes) {
        var reader = RLPReader(bytes: bytes)
        self = try reader.item(depth: 0)
        guard reader.isAtEnd else { throw MalformedBytes("trailing bytes after an RLP item") }
    }
}

/// Reads items from bytes, keeping its place.
private struct RLPReader {
    let bytes: Bytes
    var position = 0

    var isAtEnd: Bool { position == bytes.count }

    mutating func item(depth: Int) throws(MalformedBytes) -> RLP {
        guard depth <= Limits.rlpDepth else { throw MalformedBytes("RLP lists nested too deep") }
        guard position < bytes.count else {
            throw MalformedBytes("an RLP string is longer than its bytes")
        }
        let prefix = bytes[position]
        position += 1
        switch prefix {
        case 0..<0x80:
            return .bytes([prefix])
        case 0x80..<0xb8:
            return .bytes(try shortString(count: Int(prefix - 0x80)))
        case 0xb8..<0xc0:
            return .bytes(try take(longCount(bytes: Int(prefix - 0xb7))))
        case 0xc0..<0xf8:
            return .list(try list(count: Int(prefix - 0xc0), depth: depth))
        default:
            return .list(try list(count: longCount(bytes: Int(prefix - 0xf7)), depth: depth))
        }
    }

    private mutating func shortString(count: Int) throws(MalformedBytes) -> Bytes {
        let content = try take(count)
        if count == 1, content[0] < 0x80 {
            throw MalformedBytes("an RLP byte below 0x80 stands for itself")
        }
        return content
    }

    private mutating func longCount(bytes: Int) throws(MalformedBytes) -> Int {
        let length = try take(bytes)
        guard length[0] != 0, let value = UInt64(bigEndian: length), value >= 56 else {
            throw MalformedBytes("an RLP length is not in its shortest form")
        }
        guard let count = Int(exactly: value) else {
            throw MalformedBytes("an RLP length is beyond the end")
        }
        return count
    }

    private mutating func list(count: Int, depth: Int) throws(MalformedBytes) -> [RLP] {
        guard count <= bytes.count - position else {
            throw MalformedBytes("an RLP list is longer than its bytes")
        }
        let end = position + count
        var items: [RLP] = []
        while position < end {
            items.append(try item(depth: depth + 1))
        }
        guard position == end else {
            throw MalformedBytes("an RLP item reaches beyond its list")
        }
        return items
    }

    private mutating func take(_ count: Int) throws(MalformedBytes) -> Bytes {
        guard count <= bytes.count - position else {
            throw MalformedBytes("an RLP string is longer than its bytes")
        }
        defer { position += count }
        return Array(bytes[position..<(position + count)])
    }
}
