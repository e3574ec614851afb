import Dispatch
import Protocol
import Synchronization

/// Recovers a signer once: a transaction comes by gossip, in a proposal and in the final block,
/// and recovering its sender is the dearest part of reading it. While it is young it is not even read
/// again.
final class CachingSignatureScheme: SignatureScheme {
    private struct Key: Hashable {
        var digest: Hash32
        var signature: Signature
    }

    /// The values of the newest keys: at least as many as a generation holds, and twice as many at most.
    private struct Generations<Key: Hashable, Value> {
        let capacity: Int
        private var young: [Key: Value] = [:]
        private var old: [Key: Value] = [:]

        init(capacity: Int) {
            self.capacity = capacity
        }

        subscript(key: Key) -> Value? { young[key] ?? old[key] }

        mutating func insert(_ value: Value, for key: Key) {
            if young.count >= capacity {
                old = young
                young = [:]
            }
            young[key] = value
        }
    }

    /// A longer transaction is verified each time it comes: anybody's signature is enough for one to be
    /// remembered, so what is remembered must be small.
    static let rememberedBytes = 1_024

    private let scheme: any SignatureScheme
    private let signers: Mutex<Generations<Key, Address>>
    private let transactions: Mutex<Generations<Hash32, VerifiedTransaction>>

    /// - Parameters:
    ///   - capacity: how many signers are remembered at least.
    ///   - transactions: how many transactions of up to ``rememberedBytes`` each.
    init(_ scheme: any SignatureScheme, capacity: Int = 4_096, transactions: Int = 1_024) {
        self.scheme = scheme
        signers = Mutex(Generations(capacity: capacity))
        self.transactions = Mutex(Generations(capacity: transactions))
    }

    func signer(of signature: Signature, over digest: Hash32) -> Address? {
        let key = Key(digest: digest, signature: signature)
        if let known = signers.withLock({ $0[key] }) { return known }
        guard let signer = scheme.signer(of: signature, over: digest) else { return nil }
        signers.withLock { $0.insert(signer, for: key) }
        return signer
    }

    /// How many transactions of a block one thread takes at a time.
    private static let chunk = 64

    /// Verifies a large block's transactions on all cores: a node that catches up does little else.
    func verified(
        all bodies: [TransactionBody]
    ) throws(MalformedBytes) -> [VerifiedTransaction] {
        let chunks = (bodies.count + Self.chunk - 1) / Self.chunk
        let results = Mutex<[Int: Result<[VerifiedTransaction], MalformedBytes>]>([:])
        DispatchQueue.concurrentPerform(iterations: chunks) { number in
            let (start, end) = (number * Self.chunk, (number + 1) * Self.chunk)
            let result = Result { () throws(MalformedBytes) in
                var transactions: [VerifiedTransaction] = []
                for body in bodies[start..<min(end, bodies.count)] {
                    transactions.append(try body.verified(by: self))
                }
                return transactions
            }
            results.withLock { $0[number] = result }
        }
        var transactions: [VerifiedTransaction] = []
        transactions.reserveCapacity(bodies.count)
        let all = results.withLock { $0 }
        for number in 0..<chunks {
            guard let result = all[number] else { preconditionFailure("a chunk has no result") }
            transactions += try result.get()
        }
        return transactions
    }

    func verified(_ leaf: Hash32) -> VerifiedTransaction? { transactions.withLock { $0[leaf] } }

    func note(_ transaction: VerifiedTransaction) {
        guard transaction.encoded.count <= Self.rememberedBytes else { return }
        transactions.withLock { $0.insert(transaction, for: transaction.leafHash) }
    }
}
