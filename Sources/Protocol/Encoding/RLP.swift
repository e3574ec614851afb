/// One item in Recursive Length Prefix: the canonical encoding of everything hashed, signed or sent
/// between nodes (Yellow Paper, appendix B).
///
/// An item is its bytes, whole or a part of those of the item around it: reading makes no object of
/// what is not asked for. So nothing that a peer sends takes much more room than its bytes.
public struct RLP: Sendable {
    let bytes: Bytes
    /// Where in `bytes` the item stands.
    let range: Range<Int>

    /// The item that is `bytes`, which must be canonical.
    private init(canonical bytes: Bytes) {
        self.bytes = bytes
        range = bytes.indices
    }

    /// The item at `range` of `bytes`, which have been checked.
    init(part range: Range<Int>, of bytes: Bytes) {
        self.bytes = bytes
        self.range = range
    }

    /// The item's canonical bytes.
    public var encoded: Bytes {
        range == bytes.indices ? bytes : Array(bytes[range])
    }

    /// The bytes of a string; nil for a list.
    public var string: Bytes? {
        let header = RLPHeader(at: range.lowerBound, in: bytes)
        return header.isList ? nil : Array(bytes[header.content])
    }
}

extension RLP: Hashable {
    public static func == (left: RLP, right: RLP) -> Bool {
        left.bytes[left.range] == right.bytes[right.range]
    }

    public func hash(into hasher: inout Hasher) { hasher.combine(bytes[range]) }
}

// Writing.
extension RLP {
    /// A string of bytes.
    public static func bytes(_ content: Bytes) -> RLP {
        if content.count == 1, content[0] < 0x80 { return RLP(canonical: content) }
        var output: Bytes = []
        output.reserveCapacity(content.count + 9)
        appendHeader(of: content.count, short: 0x80, to: &output)
        output.append(contentsOf: content)
        return RLP(canonical: output)
    }

    /// An ordered list of items.
    public static func list(_ items: [RLP]) -> RLP {
        let payload = items.reduce(0) { $0 + $1.range.count }
        var output: Bytes = []
        output.reserveCapacity(payload + 9)
        appendHeader(of: payload, short: 0xc0, to: &output)
        for item in items { output.append(contentsOf: item.bytes[item.range]) }
        return RLP(canonical: output)
    }

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
}

// Reading.
extension RLP {
    /// Reads exactly one item that fills `bytes`, and checks all that is in it.
    ///
    /// Throws if a length is not the shortest form, bytes are missing or left over, or lists
    /// lie deeper than ``Limits/rlpDepth``.
    public init(decoding bytes: Bytes) throws(MalformedBytes) {
        let end = try bytes.withUnsafeBufferPointer { buffer throws(MalformedBytes) in
            try RLPCheck(bytes: buffer).item(at: 0, end: buffer.count, depth: 0)
        }
        guard end == bytes.count else { throw MalformedBytes("trailing bytes after an RLP item") }
        self.init(canonical: bytes)
    }
}

/// The first bytes of an item that has been checked.
struct RLPHeader {
    let isList: Bool
    /// Where the bytes of the string, or the items of the list, stand.
    let content: Range<Int>

    init(at position: Int, in bytes: Bytes) {
        let prefix = Int(bytes[position])
        isList = prefix >= 0xc0
        switch prefix {
        case ..<0x80: content = position..<(position + 1)
        case ..<0xb8: content = Self.range(after: position + 1, count: prefix - 0x80)
        case ..<0xc0: content = Self.long(at: position, lengthBytes: prefix - 0xb7, bytes)
        case ..<0xf8: content = Self.range(after: position + 1, count: prefix - 0xc0)
        default: content = Self.long(at: position, lengthBytes: prefix - 0xf7, bytes)
        }
    }

    private static func range(after start: Int, count: Int) -> Range<Int> {
        start..<(start + count)
    }

    private static func long(at position: Int, lengthBytes: Int, _ bytes: Bytes) -> Range<Int> {
        let start = position + 1 + lengthBytes
        var count = 0
        for index in (position + 1)..<start { count = count << 8 | Int(bytes[index]) }
        return start..<(start + count)
    }
}

/// Goes through the bytes of items once and makes nothing of them.
private struct RLPCheck {
    let bytes: UnsafeBufferPointer<UInt8>

    /// Checks the item at `start`, which must not reach beyond `end`; returns where it ends.
    func item(at start: Int, end: Int, depth: Int) throws(MalformedBytes) -> Int {
        guard depth <= Limits.rlpDepth else { throw MalformedBytes("RLP lists nested too deep") }
        guard start < end else {
            throw MalformedBytes("an RLP string is longer than its bytes")
        }
        let prefix = Int(bytes[start])
        switch prefix {
        case ..<0x80: return start + 1
        case ..<0xb8:
            let last = try content(at: start + 1, count: prefix - 0x80, end: end)
            if prefix == 0x81, bytes[start + 1] < 0x80 {
                throw MalformedBytes("an RLP byte below 0x80 stands for itself")
            }
            return last
        case ..<0xc0:
            let lengthBytes = prefix - 0xb7
            let count = try longCount(at: start + 1, bytes: lengthBytes, end: end)
            return try content(at: start + 1 + lengthBytes, count: count, end: end)
        case ..<0xf8:
            return try list(at: start + 1, count: prefix - 0xc0, end: end, depth: depth)
        default:
            let lengthBytes = prefix - 0xf7
            let count = try longCount(at: start + 1, bytes: lengthBytes, end: end)
            return try list(at: start + 1 + lengthBytes, count: count, end: end, depth: depth)
        }
    }

    private func list(
        at start: Int, count: Int, end: Int, depth: Int
    ) throws(MalformedBytes) -> Int {
        guard count <= end - start else {
            throw MalformedBytes("an RLP list is longer than its bytes")
        }
        let last = start + count
        var position = start
        while position < last {
            position = try item(at: position, end: last, depth: depth + 1)
        }
        return last
    }

    private func content(at start: Int, count: Int, end: Int) throws(MalformedBytes) -> Int {
        guard count <= end - start else {
            throw MalformedBytes("an RLP string is longer than its bytes")
        }
        return start + count
    }

    private func longCount(
        at start: Int, bytes count: Int, end: Int
    ) throws(MalformedBytes) -> Int {
        guard count <= end - start else {
            throw MalformedBytes("an RLP string is longer than its bytes")
        }
        var value: UInt64 = 0
        for index in start..<(start + count) { value = value << 8 | UInt64(bytes[index]) }
        guard bytes[start] != 0, value >= 56 else {
            throw MalformedBytes("an RLP length is not in its shortest form")
        }
        guard let length = Int(exactly: value) else {
            throw MalformedBytes("an RLP length is beyond the end")
        }
        return length
    }
}
