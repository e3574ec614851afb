import COpenSSL
package import Protocol

/// A private key under a password: Web3 Secret Storage, version 3, with AES-128 in counter mode
/// and a Keccak-256 checksum, as Ethereum's clients and wallets read and write it.
package struct Keystore: Hashable, Sendable {
    /// The account whose key it holds, where the file says so.
    package let address: Address?
    /// The file's own identifier, a UUID.
    package let identifier: String
    /// How the cipher's key is made from the password.
    package let derivation: KeyDerivation
    let counter: Bytes
    let ciphertext: Bytes
    let checksum: Bytes
}

extension Keystore {
    package init(
        sealing key: PrivateKey, password: Password, cost: KeyDerivation.Cost = .standard
    ) throws(KeystoreError) {
        let derivation = KeyDerivation.scrypt(cost)
        let derived = try derivation.key(from: password)
        let counter = Bytes.random(count: 16)
        guard
            let ciphertext = CounterMode.transform(
                key.secret, key: Array(derived[0..<16]), counter: counter)
        else { throw .unsupported(reason: "the system's OpenSSL has no AES-128 in counter mode") }
        self.init(
            address: key.address, identifier: Self.newIdentifier(), derivation: derivation,
            counter: counter, ciphertext: ciphertext,
            checksum: Self.checksum(of: ciphertext, derived: derived))
    }

    /// The key inside.
    ///
    /// Throws ``KeystoreError/wrongPassword`` where the checksum does not come out, and
    /// ``KeystoreError/foreignKey(stated:found:)`` where the key is not the address's.
    package func unlock(_ password: Password) throws(KeystoreError) -> PrivateKey {
        let derived = try derivation.key(from: password)
        let expected = Self.checksum(of: ciphertext, derived: derived)
        guard checksum.count == expected.count,
            CRYPTO_memcmp(checksum, expected, expected.count) == 0
        else { throw .wrongPassword }
        guard
            let secret = CounterMode.transform(
                ciphertext, key: Array(derived[0..<16]), counter: counter),
            let key = PrivateKey(secret: secret)
        else { throw .notAKeystore(reason: "what it holds is no private key") }
        if let address, address != key.address {
            throw .foreignKey(stated: address, found: key.address)
        }
        return key
    }

    private static func checksum(of ciphertext: Bytes, derived: Bytes) -> Bytes {
        Keccak256.hash(Array(derived[16..<32]) + ciphertext).bytes
    }

    /// A random UUID (RFC 9562, version 4).
    private static func newIdentifier() -> String {
        var bytes = Bytes.random(count: 16)
        bytes[6] = bytes[6] & 0x0f | 0x40
        bytes[8] = bytes[8] & 0x3f | 0x80
        return [0..<4, 4..<6, 6..<8, 8..<10, 10..<16]
            .map { Hexadecimal.encode(bytes[$0]) }.joined(separator: "-")
    }
}
