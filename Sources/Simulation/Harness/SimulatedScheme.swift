package import Protocol

/// Signatures that cost next to nothing: r is the signer's address, s a checksum over it and the
/// digest. They keep honest code apart from forgeries only as long as nobody forges them.
package struct SimulatedScheme: SignatureScheme {
    package init() {}

    package func signer(of signature: Signature, over digest: Hash32) -> Address? {
        guard signature.s == Self.checksum(mark: signature.r, digest: digest) else { return nil }
        return Address(bytes: signature.r.word.bytes[12...])
    }

    static func checksum(mark: UInt256, digest: Hash32) -> UInt256 {
        var sum: UInt64 = 0xcbf2_9ce4_8422_2325
        add(digest, to: &sum)
        add(mark.word, to: &sum)
        return UInt256(sum)
    }

    /// Mixes the word in, eight bytes at a time and without a copy: signatures are checked more
    /// often than anything else is done.
    private static func add(_ word: Hash32, to sum: inout UInt64) {
        withUnsafeBytes(of: word) { bytes in
            for place in stride(from: 0, to: bytes.count, by: 8) {
                let part = bytes.loadUnaligned(fromByteOffset: place, as: UInt64.self)
                sum = SeededGenerator.mix(sum ^ part.littleEndian)
            }
        }
    }
}

/// A key of ``SimulatedScheme``.
package struct SimulatedKey: ByzantineKey {
    package let address: Address
    private let mark: UInt256

    package init(address: Address) {
        self.address = address
        mark = UInt256(bigEndian: address.bytes) ?? .zero
    }

    /// Whether `signature` is this key's, whatever it covers.
    package func hasSigned(_ signature: Signature) -> Bool { signature.r == mark }

    package func sign(_ digest: Hash32) -> Signature {
        let sum = SimulatedScheme.checksum(mark: mark, digest: digest)
        return Signature(r: mark, s: sum, yParity: false)
    }
}
