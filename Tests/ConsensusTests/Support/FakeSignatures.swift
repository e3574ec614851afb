import Protocol

/// A signature scheme that costs nothing: r names the signer, s is the digest mixed with it. Each
/// signer has two signatures for everything, as with real schemes: they differ in their parity.
struct FakeScheme: SignatureScheme {
    func signer(of signature: Signature, over digest: Hash32) -> Address? {
        let word = signature.r.word.bytes
        guard word.prefix(12).allSatisfy({ $0 == 0 }),
            let address = Address(bytes: word.suffix(20))
        else { return nil }
        let expected = FakeSigner(address: address).sign(digest)
        return expected.r == signature.r && expected.s == signature.s ? address : nil
    }
}

/// Signs for any address, by ``FakeScheme``.
struct FakeSigner: Signer {
    let address: Address

    func sign(_ digest: Hash32) -> Signature {
        let owner = Bytes(repeating: 0, count: 12) + address.bytes
        var mixed = zip(digest.bytes, owner).map { $0 ^ $1 }
        mixed[0] &= 0x3f
        guard let r = UInt256(bigEndian: owner), let s = UInt256(bigEndian: mixed) else {
            preconditionFailure("32 bytes fit")
        }
        return Signature(r: r, s: s, yParity: false)
    }

    /// The signers numbered from 0, whose addresses ascend.
    static func numbered(_ count: Int) -> [FakeSigner] {
        (1...count).map { FakeSigner(address: Address(reserved: UInt32($0))) }
    }
}

extension Signature {
    /// Another signature of the same signer over the same.
    var twin: Signature { Signature(r: r, s: s, yParity: !yParity) }
}
