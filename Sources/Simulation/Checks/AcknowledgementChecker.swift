import Ledger
import Protocol
import Replica

/// Watches what becomes of the transactions that nodes have told their users are in the pool: each
/// gets into a block, or is overtaken, or its node says why it does not.
struct AcknowledgementChecker {
    private struct Acknowledged {
        let transaction: VerifiedTransaction
        let node: Int
        /// When its user was told, in simulated milliseconds.
        let at: UInt64
    }

    private var open: [Hash32: Acknowledged] = [:]
    /// How long each took from its user's answer to the first node that had it as final, in
    /// simulated milliseconds.
    private(set) var finalAfter: [UInt64] = []

    /// `node` tells its user that `transaction` is in its pool.
    mutating func acknowledged(_ transaction: VerifiedTransaction, by node: Int, at time: UInt64) {
        guard open[transaction.hash] == nil else { return }
        open[transaction.hash] = Acknowledged(transaction: transaction, node: node, at: time)
    }

    /// `node` has lost what it had, or has left: what it has told counts no more.
    mutating func forgive(_ node: Int) { open = open.filter { $0.value.node != node } }

    /// A block that is new holds `transactions`.
    mutating func decided(_ transactions: [VerifiedTransaction], at time: UInt64) {
        for transaction in transactions {
            guard let acknowledged = open.removeValue(forKey: transaction.hash) else { continue }
            finalAfter.append(time - acknowledged.at)
        }
    }

    /// What is wrong about those that are in no block, or nil.
    ///
    /// - Parameters:
    ///   - state: the last final one.
    ///   - pool: the pool of a node that runs.
    func fault(at state: LedgerState, _ pool: (_ node: Int) -> Mempool?) -> String? {
        for (hash, acknowledged) in open.sorted(by: { $0.key < $1.key }) {
            let transaction = acknowledged.transaction
            let nonce = transaction.transaction.nonce
            let pool = pool(acknowledged.node)
            let isOvertaken = state.account(transaction.sender).nonce > nonce
            if isOvertaken || pool?.droppedTransaction(hash) != nil { continue }
            let fate = pool.map { $0.contains(hash) ? "still waits" : "has vanished" }
            return "transaction \(hash), nonce \(nonce) of \(transaction.sender), was taken by "
                + "node \(acknowledged.node), is in no block, and \(fate ?? "its node is down")"
        }
        return nil
    }
}
