/// Thirty-two bytes: a hash, a root, a 256-bit word as it stands in canonical bytes.
public struct Hash32: Hashable, Sendable {
    let words: (UInt64, UInt64, UInt64, UInt64)

    /// The word whose bytes are all zero.
    public static let zero = Hash32(words: (0, 0, 0, 0))

    /// The word of these 64-bit numbers, the first of them most significant.
    init(words: (UInt64, UInt64, UInt64, UInt64)) {
        self.words = words
    }

    /// Takes exactly 32 bytes; nil for any other count.
    @inlinable
    public init?(bytes: some Collection<UInt8>) {
        guard bytes.count == 32 else { return nil }
        self =
            bytes.withContiguousStorageIfAvailable { Self(bytes: UnsafeRawBufferPointer($0)) }
            ?? Bytes(bytes).withUnsafeBytes { Self(bytes: $0) }
    }

    /// Takes the 32 bytes that a digest has by its definition.
    @usableFromInline
    package init(digest bytes: Bytes) {
        self = bytes.withUnsafeBytes { Self(bytes: $0) }
    }

    /// Takes the 32 bytes in `bytes`.
    @usableFromInline
    init(bytes: UnsafeRawBufferPointer) {
        precondition(bytes.count == 32, "a digest has 32 bytes")
        func word(_ index: Int) -> UInt64 {
            UInt64(bigEndian: bytes.loadUnaligned(fromByteOffset: 8 * index, as: UInt64.self))
        }
        words = (word(0), word(1), word(2), word(3))
    }

    /// Reads 64 digits in base 16, with or without `0x`.
    public init?(hexadecimal text: some StringProtocol) {
        guard let bytes = Hexadecimal.decode(text) else { return nil }
        self.init(bytes: bytes)
    }

    /// The 32 bytes, in order.
    public var bytes: Bytes { withOctets { Bytes($0) } }

    /// Appends the 32 bytes to `output`.
    public func append(to output: inout Bytes) {
        withOctets { output.append(contentsOf: $0) }
    }

    private func withOctets<Result>(_ body: (UnsafeRawBufferPointer) -> Result) -> Result {
        let ordered = (
            words.0.bigEndian, words.1.bigEndian, words.2.bigEndian, words.3.bigEndian
        )
        return withUnsafeBytes(of: ordered, body)
    }

    /// How many bits are 0 before the first that is 1.
    var leadingZeroBitCount: Int {
        if words.0 != 0 { return words.0.leadingZeroBitCount }
        if words.1 != 0 { return 64 + words.1.leadingZeroBitCount }
        if words.2 != 0 { return 128 + words.2.leadingZeroBitCount }
        return 192 + words.3.leadingZeroBitCount
    }

    /// The bit at `index`, 0 being the most significant bit of the first byte.
    public func bit(at index: Int) -> Bool {
        let word =
            switch index >> 6 {
            case 0: words.0
            case 1: words.1
            case 2: words.2
            default: words.3
            }
        return word >> (63 - UInt64(index & 63)) & 1 == 1
    }

    public static func == (left: Hash32, right: Hash32) -> Bool {
        left.words == right.words
    }

    public func hash(into hasher: inout Hasher) {
        withUnsafeBytes(of: words) { hasher.combine(bytes: $0) }
    }
}

extension Hash32: Comparable {
    public static func < (left: Hash32, right: Hash32) -> Bool {
        left.words < right.words
    }
}

extension Hash32: HexadecimalText {
    public static var digits: Int { 64 }

    /// `0x` and 64 digits in base 16.
    public var description: String { "0x" + Hexadecimal.encode(bytes) }

    /// The first eight digits, for logs.
    public var short: String { "0x" + Hexadecimal.encode(bytes.prefix(4)) }
}
