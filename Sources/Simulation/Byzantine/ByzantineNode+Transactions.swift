import Ledger
import Protocol
import Replica

extension ByzantineNode {
    /// What it says about transactions that no honest node says.
    mutating func falseTransactions(by replica: ReplicaState) -> [ReplicaMessage] {
        let waiting = replica.pool.candidates(atMost: Limits.requestedTransactions)
        switch generator.index(below: 4) {
        case 0:
            let count = generator.pick([1, 50, Limits.announcedTransactions])
            return [.transactionsAnnounced((0..<count).map { _ in Hash32.drawn(&generator) })]
        case 1:
            // Others' transactions, which it may have announced first and does not give.
            return [.transactionsAnnounced(waiting.map(\.hash))]
        case 2:
            let hashes = waiting.map(\.hash) + [Hash32.drawn(&generator)]
            let asked = Array(hashes.prefix(Limits.requestedTransactions))
            return (0..<20).map { .transactionsRequest(number: $0, hashes: asked) }
        default:
            return [.transactions(gappedTransactions(by: replica))]
        }
    }

    /// What it answers in place of what it was asked for: nothing, or something else.
    mutating func answerFalsely(
        _ number: UInt64, to recipients: [Address], by replica: ReplicaState
    ) -> [Sending] {
        guard generator.chance(permille: 300) else { return [] }
        let message = ReplicaMessage.transactionsAnswer(
            number: number, transactions: gappedTransactions(by: replica))
        return [
            Sending(
                message: message, recipients: recipients, misbehaviour: .falseTransactions)
        ]
    }

    /// Transactions of its own account whose predecessors do not exist.
    private mutating func gappedTransactions(by replica: ReplicaState) -> [VerifiedTransaction] {
        let first = replica.state.account(key.address).nonce + 2
        let chainID = replica.state.parameters.chainID
        let scheme = replica.configuration.scheme
        return (0..<40).compactMap { step -> VerifiedTransaction? in
            let transaction = Transaction(
                chainID: chainID, nonce: first + UInt64(step), to: NativeContract.market,
                data: MarketCall.cancelOffer(OfferID(9_999_999)))
            let signature = key.sign(transaction.signingHash)
            return try? VerifiedTransaction(
                SignedTransaction(transaction: transaction, signature: signature), scheme: scheme)
        }
    }
}
