import Dispatch
import Keys
import Protocol
import Storage
import Synchronization

/// Hashes passwords, one at a time, on a thread of its own: each takes 32 MiB and a tenth of a second.
final class PasswordCheck: Sendable {
    /// How many may wait.
    private static let capacity = 8

    private let queue = DispatchQueue(label: "app password")
    private let waiting = Mutex(0)

    /// A new hash of `password`; nil if too many wait.
    func hash(_ password: Password) async -> PasswordHash? {
        let salt = Bytes.random(count: 16)
        return await key(password, salt).map { PasswordHash(salt: salt, hash: $0) }
    }

    /// Whether `password` is the one that `hash` was made from; nil if too many wait.
    func matches(_ password: Password, _ hash: PasswordHash) async -> Bool? {
        await key(password, hash.salt).map { key in
            // Every byte is compared, wherever the first difference is.
            key.count == hash.hash.count
                && zip(key, hash.hash).reduce(0) { $0 | ($1.0 ^ $1.1) } == 0
        }
    }

    private func key(_ password: Password, _ salt: Bytes) async -> Bytes? {
        let isFull = waiting.withLock { count in
            guard count < Self.capacity else { return true }
            count += 1
            return false
        }
        guard !isFull else { return nil }
        defer { waiting.withLock { $0 -= 1 } }
        return await withCheckedContinuation { continuation in
            queue.async {
                let derivation = KeyDerivation.scrypt(n: 32_768, r: 8, p: 1, salt: salt)
                continuation.resume(returning: try? derivation.key(from: password))
            }
        }
    }
}
