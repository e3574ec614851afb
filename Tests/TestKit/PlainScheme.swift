package import Protocol

/// Signatures that cost nothing and that anyone can make: r names the signer, s is the digest mixed
/// with it. Each signer has two signatures for everything, as with real schemes: they differ in
/// their parity.
package struct PlainScheme: SignatureScheme {
    package init() {}

    package func signer(of signature: Signature, over digest: Hash32) -> Address? {
        let word = signature.r.word.bytes
        guard word.prefix(12).allSatisfy({ $0 == 0 }),
            let address = Address(bytes: word.suffix(20)),
            signature.s == PlainKey(address: address).sign(digest).s
        else { return nil }
        return address
    }
}

/// The key of any address, by ``PlainScheme``.
package struct PlainKey: Signer {
    package let address: Address

    package init(address: Address) {
        self.address = address
    }

    package func sign(_ digest: Hash32) -> Signature {
        let owner = Bytes(repeating: 0, count: 12) + address.bytes
        var mixed = zip(digest.bytes, owner).map { $0 ^ $1 }
        // A valid s is in the lower half.
        mixed[0] &= 0x3f
        guard let r = UInt256(bigEndian: owner), let s = UInt256(bigEndian: mixed) else {
            preconditionFailure("32 bytes fit")
        }
        return Signature(r: r, s: s, yParity: false)
    }

    /// The keys numbered from 1, whose addresses ascend.
    package static func numbered(_ count: Int) -> [PlainKey] {
        (1...count).map { PlainKey(address: Address(reserved: UInt32($0))) }
    }
}

extension Signature {
    /// Another signature of the same signer over the same.
    package var twin: Signature { Signature(r: r, s: s, yParity: !yParity) }
}
