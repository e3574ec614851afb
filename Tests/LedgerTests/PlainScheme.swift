import Protocol

/// Signatures without cryptography: r is the signer's address, s the digest with its first byte
/// cleared. Whoever does not know the rule cannot tell it from a slow one.
struct PlainScheme: SignatureScheme {
    func signer(of signature: Signature, over digest: Hash32) -> Address? {
        let r = signature.r.word.bytes
        guard signature.s == PlainSigner.mark(of: digest), r.prefix(12).allSatisfy({ $0 == 0 })
        else { return nil }
        return Address(bytes: r.suffix(20))
    }
}

/// Signs as ``PlainScheme`` reads.
struct PlainSigner: Signer {
    let address: Address

    func sign(_ digest: Hash32) -> Signature {
        let r = UInt256(bigEndian: address.bytes) ?? .zero
        return Signature(r: r, s: Self.mark(of: digest), yParity: false)
    }

    static func mark(of digest: Hash32) -> UInt256 {
        UInt256(bigEndian: Bytes(digest.bytes.dropFirst())) ?? .zero
    }
}
