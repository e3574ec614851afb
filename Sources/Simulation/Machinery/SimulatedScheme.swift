public import Protocol

/// Signatures that cost next to nothing: r is the signer's address, s a checksum over it and the
/// digest. They keep honest code apart from forgeries only as long as nobody forges them.
public struct SimulatedScheme: SignatureScheme {
    /// The scheme; it holds nothing.
    public init() {}

    public func signer(of signature: Signature, over digest: Hash32) -> Address? {
        let bytes = signature.r.word.bytes
        guard let address = Address(bytes: bytes[12...]),
            signature.s == Self.checksum(address: bytes[12...], digest: digest)
        else { return nil }
        return address
    }

    static func checksum(address: ArraySlice<UInt8>, digest: Hash32) -> UInt256 {
        var sum: UInt64 = 0xcbf2_9ce4_8422_2325
        for byte in digest.bytes { sum = (sum ^ UInt64(byte)) &* 0x100_0000_01b3 }
        for byte in address { sum = (sum ^ UInt64(byte)) &* 0x100_0000_01b3 }
        return UInt256(SeededGenerator.mix(sum))
    }
}

/// A key of ``SimulatedScheme``.
public struct SimulatedKey: Signer {
    public let address: Address
    private let mark: UInt256

    /// The key of `address`.
    public init(address: Address) {
        self.address = address
        mark = UInt256(bigEndian: address.bytes) ?? .zero
    }

    /// Whether `signature` is this key's, whatever it covers.
    func hasSigned(_ signature: Signature) -> Bool { signature.r == mark }

    public func sign(_ digest: Hash32) -> Signature {
        let sum = SimulatedScheme.checksum(address: address.bytes[...], digest: digest)
        return Signature(r: mark, s: sum, yParity: false)
    }
}
