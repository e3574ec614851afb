import COpenSSL
import Protocol

/// scrypt (RFC 7914).
///
/// OpenSSL keeps the RFC's rule that n lies below 2^(16r) and refuses the keystores with r = 1 and
/// n = 262,144 that several wallets write; for those alone the function is here once more.
enum Scrypt {
    /// 32 bytes from `password` and `salt`; nil if the library refuses. The caller has checked
    /// that the numbers are sensible.
    static func key(_ password: Bytes, salt: Bytes, n: Int, r: Int, p: Int) -> Bytes? {
        guard n >= 1 << 16, r == 1 else {
            return libraryKey(password, salt: salt, n: n, r: r, p: p)
        }
        return ownKey(password, salt: salt, n: n, r: r, p: p)
    }

    /// The library's answer.
    static func libraryKey(_ password: Bytes, salt: Bytes, n: Int, r: Int, p: Int) -> Bytes? {
        var key = Bytes(repeating: 0, count: 32)
        // The library counts its own bookkeeping too, so the limit has some room.
        let memory = UInt64(128 * r * (n + 2 * p) + (1 << 20))
        let done = password.withUnsafeBytes { text in
            EVP_PBE_scrypt(
                text.bindMemory(to: CChar.self).baseAddress, text.count, salt, salt.count,
                UInt64(n), UInt64(r), UInt64(p), memory, &key, key.count)
        }
        return done == 1 ? key : nil
    }

    /// Section 6 of the RFC.
    static func ownKey(_ password: Bytes, salt: Bytes, n: Int, r: Int, p: Int) -> Bytes? {
        let size = 32 * r
        guard let start = stretch(password, salt: salt, iterations: 1, count: 4 * size * p) else {
            return nil
        }
        var words = (0..<(size * p)).map { index in
            start[(4 * index)..<(4 * index + 4)].reversed().reduce(0) { $0 << 8 | UInt32($1) }
        }
        let table = UnsafeMutablePointer<UInt32>.allocate(capacity: size * (n + 1))
        defer { table.deallocate() }
        words.withUnsafeMutableBufferPointer { buffer in
            guard let base = buffer.baseAddress else { return }
            for lane in 0..<p {
                mix(base.advanced(by: lane * size), size: size, n: n, table: table)
            }
        }
        let mixed = words.flatMap { word in
            (0..<4).map { UInt8(truncatingIfNeeded: word >> (8 * $0)) }
        }
        return stretch(password, salt: mixed, iterations: 1, count: 32)
    }

    /// PBKDF2 with HMAC-SHA-256.
    static func stretch(_ password: Bytes, salt: Bytes, iterations: Int, count: Int) -> Bytes? {
        guard let iterations = Int32(exactly: iterations), let length = Int32(exactly: count) else {
            return nil
        }
        var key = Bytes(repeating: 0, count: count)
        let done = password.withUnsafeBytes { text in
            PKCS5_PBKDF2_HMAC(
                text.bindMemory(to: CChar.self).baseAddress, Int32(text.count), salt,
                Int32(salt.count), iterations, EVP_sha256(), length, &key)
        }
        return done == 1 ? key : nil
    }

    /// scryptROMix, section 5. `table` has room for n + 1 blocks; the last one is for scratch.
    private static func mix(
        _ block: UnsafeMutablePointer<UInt32>, size: Int, n: Int,
        table: UnsafeMutablePointer<UInt32>
    ) {
        let scratch = table.advanced(by: n * size)
        var step = 0
        while step < n {
            table.advanced(by: step &* size).update(from: block, count: size)
            mixBlock(block, size: size, scratch: scratch)
            step &+= 1
        }
        step = 0
        while step < n {
            let index = Int(block[size &- 16]) & (n &- 1)
            xor(block, table.advanced(by: index &* size), count: size)
            mixBlock(block, size: size, scratch: scratch)
            step &+= 1
        }
    }

    /// scryptBlockMix, section 4: even parts go to the first half, odd ones to the second.
    private static func mixBlock(
        _ block: UnsafeMutablePointer<UInt32>, size: Int, scratch: UnsafeMutablePointer<UInt32>
    ) {
        let parts = size / 16
        var previous = block.advanced(by: size &- 16)
        var part = 0
        while part < parts {
            let place = (part & 1) &* (parts / 2) &+ part / 2
            let target = scratch.advanced(by: 16 &* place)
            target.update(from: block.advanced(by: 16 &* part), count: 16)
            xor(target, previous, count: 16)
            Salsa.permute(target)
            previous = target
            part &+= 1
        }
        block.update(from: scratch, count: size)
    }

    @inline(__always)
    private static func xor(
        _ target: UnsafeMutablePointer<UInt32>, _ other: UnsafeMutablePointer<UInt32>, count: Int
    ) {
        var index = 0
        while index < count {
            target[index] ^= other[index]
            index &+= 1
        }
    }
}
