/// A recoverable ECDSA signature over secp256k1 (SEC 1, 4.1.6), with s in the lower half.
public struct Signature: Hashable, Sendable {
    /// The signature's r.
    public let r: UInt256
    /// The signature's s, at most half of the curve's order (EIP-2).
    public let s: UInt256
    /// Whether the y coordinate of the signature's point is odd.
    public let yParity: Bool

    /// Half of the order of secp256k1.
    public static let halfOrder = UInt256(
        word: Hash32(
            digest: [
                0x7f, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff,
                0xff, 0xff, 0x5d, 0x57, 0x6e, 0x73, 0x57, 0xa4, 0x50, 0x1d, 0xdf, 0xe9, 0x2f, 0x46,
                0x68, 0x1b, 0x20, 0xa0,
            ]))

    /// Puts a signature together; whether it is valid shows when its signer is recovered.
    public init(r: UInt256, s: UInt256, yParity: Bool) {
        self.r = r
        self.s = s
        self.yParity = yParity
    }

    /// Reads r, s and the parity (0 or 1; 27 or 28 as wallets write it), 65 bytes.
    ///
    /// Throws for any other length or parity, and for an s in the upper half.
    public init(bytes: some Collection<UInt8>) throws(MalformedBytes) {
        let bytes = Array(bytes)
        guard bytes.count == 65 else { throw MalformedBytes("a signature has 65 bytes") }
        guard [0, 1, 27, 28].contains(bytes[64]) else {
            throw MalformedBytes("a signature's last byte is 0, 1, 27 or 28")
        }
        r = UInt256(word: Hash32(digest: Array(bytes[0..<32])))
        s = UInt256(word: Hash32(digest: Array(bytes[32..<64])))
        yParity = bytes[64] == 1 || bytes[64] == 28
        guard hasLowS else { throw MalformedBytes("a signature's s is in the upper half") }
    }

    /// Whether s is at most half of the curve's order: of the two forms, the canonical one.
    public var hasLowS: Bool { s <= Self.halfOrder }

    /// r, s and the parity (0 or 1): 65 bytes.
    public var bytes: Bytes {
        r.word.bytes + s.word.bytes + [yParity ? 1 : 0]
    }
}

extension Signature: RLPDecodable {
    public var rlp: RLP { .bytes(bytes) }

    public init(rlp: RLP) throws(MalformedBytes) {
        guard let bytes = rlp.string else { throw MalformedBytes("a signature is bytes") }
        guard bytes.last.map({ $0 < 2 }) ?? false else {
            throw MalformedBytes("a signature between nodes ends in 0 or 1")
        }
        try self.init(bytes: bytes)
    }
}
