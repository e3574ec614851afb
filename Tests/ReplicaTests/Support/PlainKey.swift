import Protocol

/// Signatures that anyone could make, for tests in which nobody forges: r is the signer, s the
/// digest's end.
struct PlainScheme: SignatureScheme {
    func signer(of signature: Signature, over digest: Hash32) -> Address? {
        guard signature.s == UInt256(bigEndian: digest.bytes.suffix(8)) else { return nil }
        return Address(bytes: signature.r.word.bytes.suffix(20))
    }
}

/// A key of ``PlainScheme``.
struct PlainKey: Signer {
    let address: Address

    func sign(_ digest: Hash32) -> Signature {
        Signature(
            r: UInt256(bigEndian: address.bytes) ?? .zero,
            s: UInt256(bigEndian: digest.bytes.suffix(8)) ?? .zero, yParity: false)
    }
}
