/// An unsigned number of 256 bits, as Ethereum's amounts are written; compared, not computed with.
public struct UInt256: Hashable, Sendable {
    /// The number's 32 bytes, most significant first.
    public let word: Hash32

    /// Zero.
    public static let zero = UInt256(word: .zero)

    /// The largest number, 2^256 - 1.
    public static let max = UInt256(word: Hash32(digest: Bytes(repeating: 255, count: 32)))

    public init(word: Hash32) {
        self.word = word
    }

    public init(_ value: UInt64) {
        word = Hash32(words: (0, 0, 0, value))
    }

    /// Reads at most 32 bytes, most significant first; nil if there are more.
    @inlinable
    public init?(bigEndian bytes: some Collection<UInt8>) {
        guard bytes.count <= 32 else { return nil }
        self.init(word: Hash32(digest: Bytes(repeating: 0, count: 32 - bytes.count) + bytes))
    }

    /// The bytes without leading zeros; none for zero.
    public var minimalBytes: Bytes {
        if word == .zero { return [] }
        return Array(word.bytes.drop { $0 == 0 })
    }
}

extension UInt256: Comparable {
    public static func < (left: UInt256, right: UInt256) -> Bool { left.word < right.word }
}

extension UInt256: ExpressibleByIntegerLiteral {
    public init(integerLiteral value: UInt64) { self.init(value) }
}

extension UInt64 {
    /// The number, if it fits in 64 bits.
    public init?(exactly value: UInt256) {
        let words = value.word.words
        guard words.0 | words.1 | words.2 == 0 else { return nil }
        self = words.3
    }
}

extension UInt256: CustomStringConvertible {
    /// The number in base 10 where it fits in 64 bits, else `0x` and its digits in base 16.
    public var description: String {
        UInt64(exactly: self).map(String.init) ?? "0x" + Hexadecimal.encode(minimalBytes)
    }
}
