/// An account's address: the last 20 bytes of the Keccak-256 of its public key (Ethereum).
public struct Address: Hashable, Sendable {
    private let high: UInt64
    private let middle: UInt64
    private let low: UInt32

    /// The address whose bytes are all zero; nobody holds its key.
    public static let zero = Address(high: 0, middle: 0, low: 0)

    private init(high: UInt64, middle: UInt64, low: UInt32) {
        self.high = high
        self.middle = middle
        self.low = low
    }

    /// The address that ends in `low` and is zero before: where native contracts stand.
    public init(reserved low: UInt32) {
        self.init(high: 0, middle: 0, low: low)
    }

    init(lowerPartOf word: Hash32) {
        let words = word.words
        high = words.1 << 32 | words.2 >> 32
        middle = words.2 << 32 | words.3 >> 32
        low = UInt32(truncatingIfNeeded: words.3)
    }

    /// Takes exactly 20 bytes; nil for any other count.
    @inlinable
    public init?(bytes: some Collection<UInt8>) {
        guard bytes.count == 20 else { return nil }
        self =
            bytes.withContiguousStorageIfAvailable { Self(bytes: UnsafeRawBufferPointer($0)) }
            ?? Bytes(bytes).withUnsafeBytes { Self(bytes: $0) }
    }

    /// Takes the 20 bytes in `bytes`.
    @usableFromInline
    init(bytes: UnsafeRawBufferPointer) {
        precondition(bytes.count == 20, "an address has 20 bytes")
        high = UInt64(bigEndian: bytes.loadUnaligned(as: UInt64.self))
        middle = UInt64(bigEndian: bytes.loadUnaligned(fromByteOffset: 8, as: UInt64.self))
        low = UInt32(bigEndian: bytes.loadUnaligned(fromByteOffset: 16, as: UInt32.self))
    }

    /// Reads 40 digits in base 16, with or without `0x`, in any case; the checksum of mixed case
    /// is not looked at.
    public init?(hexadecimal text: some StringProtocol) {
        guard let bytes = Hexadecimal.decode(text) else { return nil }
        self.init(bytes: bytes)
    }

    /// The 20 bytes, in order.
    public var bytes: Bytes {
        Bytes(unsafeUninitializedCapacity: 20) { buffer, count in
            withOctets { UnsafeMutableRawBufferPointer(buffer).copyMemory(from: $0) }
            count = 20
        }
    }

    /// Appends the 20 bytes to `output`.
    public func append(to output: inout Bytes) {
        withOctets { output.append(contentsOf: $0) }
    }

    private func withOctets<Result>(_ body: (UnsafeRawBufferPointer) -> Result) -> Result {
        // The last bytes are the tuple's padding.
        withUnsafeBytes(of: (high.bigEndian, middle.bigEndian, low.bigEndian)) {
            body(UnsafeRawBufferPointer(rebasing: $0.prefix(20)))
        }
    }

    /// The text with the mixed-case checksum of EIP-55.
    public var checksummed: String {
        let digits = Array(Hexadecimal.encode(bytes).utf8)
        let hash = Keccak256.hash(digits).bytes
        let text = digits.indices.map { index -> UInt8 in
            let nibble = index.isMultiple(of: 2) ? hash[index / 2] >> 4 : hash[index / 2] & 15
            let isLetter = digits[index] >= UInt8(ascii: "a")
            return isLetter && nibble >= 8 ? digits[index] - 32 : digits[index]
        }
        return "0x" + String(decoding: text, as: UTF8.self)
    }
}

extension Address {
    /// Nobody can find many keys whose addresses agree in so many bits.
    public func hash(into hasher: inout Hasher) {
        hasher.combine(high &+ UInt64(low))
    }
}

extension Address: Comparable {
    public static func < (left: Address, right: Address) -> Bool {
        (left.high, left.middle, left.low) < (right.high, right.middle, right.low)
    }
}

extension Address: HexadecimalText {
    public static var digits: Int { 40 }

    /// `0x` and 40 digits in base 16, lower case.
    public var description: String { "0x" + Hexadecimal.encode(bytes) }
}
