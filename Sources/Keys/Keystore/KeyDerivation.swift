import COpenSSL
package import Protocol

/// How a keystore makes its cipher's key from a password, slowly.
package enum KeyDerivation: Hashable, Sendable {
    /// scrypt (RFC 7914) with cost `n`, block size `r`, parallelism `p`; it takes 128 · n · r
    /// bytes.
    case scrypt(n: UInt64, r: UInt64, p: UInt64, salt: Bytes)
    /// PBKDF2 with HMAC-SHA-256 (RFC 8018).
    case pbkdf2(iterations: UInt64, salt: Bytes)

    /// The most memory that a keystore may ask for, in bytes.
    static let memoryLimit: UInt64 = 1 << 30
    /// The most work, n · r · p, that a keystore may ask of scrypt: eight times the usual.
    static let workLimit: UInt64 = 1 << 24
    /// The most iterations of PBKDF2 that a keystore may ask for: forty times the usual.
    static let iterationLimit: UInt64 = 10_000_000

    /// How much a new keystore makes a guess cost.
    package enum Cost: String, Hashable, Sendable, CaseIterable {
        /// What other clients use by default: 256 MiB and about a second for each guess.
        case standard
        /// 4 MiB and about a tenth of a second: for demonstrations and machines with little
        /// memory, with a long random password.
        case light
    }

    /// scrypt at `cost` with a new salt.
    package static func scrypt(_ cost: Cost) -> KeyDerivation {
        let salt = Bytes.random(count: 32)
        return switch cost {
        case .standard: .scrypt(n: 262_144, r: 8, p: 1, salt: salt)
        case .light: .scrypt(n: 4_096, r: 8, p: 6, salt: salt)
        }
    }

    /// The 32 bytes that `password` gives.
    ///
    /// Throws ``KeystoreError/unsupported(reason:)`` for parameters that no honest keystore has.
    package func key(from password: Password) throws(KeystoreError) -> Bytes {
        switch self {
        case .scrypt(let n, let r, let p, let salt):
            try Self.scryptKey(password, n: n, r: r, p: p, salt: salt)
        case .pbkdf2(let iterations, let salt):
            try Self.pbkdf2Key(password, iterations: iterations, salt: salt)
        }
    }

    private static func scryptKey(
        _ password: Password, n: UInt64, r: UInt64, p: UInt64, salt: Bytes
    ) throws(KeystoreError) -> Bytes {
        let name = "scrypt with n \(n), r \(r), p \(p)"
        guard n > 1, n & (n - 1) == 0, n <= 1 << 24, (1...64).contains(r), (1...64).contains(p)
        else { throw .unsupported(reason: name) }
        let memory = 128 * n * r
        guard memory <= memoryLimit else {
            throw .unsupported(reason: "scrypt would take \(memory >> 20) MiB of memory")
        }
        guard n * r * p <= workLimit else {
            throw .unsupported(
                reason: "\(name) would take minutes; the work n · r · p may be \(workLimit)")
        }
        // RFC 7914, section 2: n lies below 2^(16r). OpenSSL keeps the rule, some wallets do not.
        guard r > 3 || n < 1 << (16 * r) else {
            throw .unsupported(
                reason: """
                    \(name) breaks a rule of RFC 7914, n < 2^(16r); open it in the wallet that \
                    wrote it and write it again with r = 8 (geth account update does so)
                    """)
        }
        // The library counts its own bookkeeping too, so the limit has some room.
        let limit = 128 * r * (n + 2 * p) + (1 << 20)
        var key = Bytes(repeating: 0, count: 32)
        let done = password.bytes.withUnsafeBytes { text in
            EVP_PBE_scrypt(
                text.bindMemory(to: CChar.self).baseAddress, text.count, salt, salt.count,
                n, r, p, limit, &key, key.count)
        }
        guard done == 1 else { throw .unsupported(reason: name) }
        return key
    }

    private static func pbkdf2Key(
        _ password: Password, iterations: UInt64, salt: Bytes
    ) throws(KeystoreError) -> Bytes {
        guard (1...iterationLimit).contains(iterations), let count = Int32(exactly: iterations)
        else { throw .unsupported(reason: "pbkdf2 with \(iterations) iterations") }
        var key = Bytes(repeating: 0, count: 32)
        let done = password.bytes.withUnsafeBytes { text in
            PKCS5_PBKDF2_HMAC(
                text.bindMemory(to: CChar.self).baseAddress, Int32(text.count), salt,
                Int32(salt.count), count, EVP_sha256(), Int32(key.count), &key)
        }
        guard done == 1 else { throw .unsupported(reason: "pbkdf2 with \(iterations) iterations") }
        return key
    }
}
