import Protocol
import Synchronization

/// Recovers a signer once: a transaction comes by gossip, in a proposal and in the final block,
/// and recovering its sender is the dearest part of reading it.
final class CachingSignatureScheme: SignatureScheme {
    private struct Key: Hashable {
        var digest: Hash32
        var signature: Signature
    }

    private struct Generations {
        var young: [Key: Address] = [:]
        var old: [Key: Address] = [:]
    }

    /// How many signers a generation remembers; there are two.
    private let capacity: Int
    private let scheme: any SignatureScheme
    private let generations = Mutex(Generations())

    init(_ scheme: any SignatureScheme, capacity: Int = 4_096) {
        self.scheme = scheme
        self.capacity = capacity
    }

    func signer(of signature: Signature, over digest: Hash32) -> Address? {
        let key = Key(digest: digest, signature: signature)
        let known = generations.withLock { $0.young[key] ?? $0.old[key] }
        if let known { return known }
        guard let signer = scheme.signer(of: signature, over: digest) else { return nil }
        generations.withLock { generations in
            if generations.young.count >= capacity {
                generations.old = generations.young
                generations.young = [:]
            }
            generations.young[key] = signer
        }
        return signer
    }
}
