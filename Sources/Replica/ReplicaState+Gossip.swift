import Consensus
import Protocol

extension ReplicaState {
    /// The most transactions that are sent again at a time.
    private static let repeatedTransactions = 64

    mutating func submitted(_ transaction: VerifiedTransaction, _ request: RequestID) {
        do {
            try chain.admit(transaction, isOwn: true, at: now)
            effects.append(.answer(request, .success(transaction.hash)))
            gossip.add(transaction)
            noteWork()
        } catch {
            effects.append(.answer(request, .failure(error)))
        }
    }

    /// Takes what the pool takes. An honest peer may send what it cannot know to be included or
    /// known already, so refusals are no misbehaviour.
    mutating func receivedTransactions(_ transactions: [VerifiedTransaction], from peer: Address) {
        for transaction in transactions {
            gossip.noteKnown(transaction.hash, to: peer)
            do {
                try chain.admit(transaction, isOwn: false, at: now)
                gossip.add(transaction)
            } catch {
                continue
            }
        }
        noteWork()
    }

    private mutating func noteWork() {
        if chain.hasWork { runAgreement(.workArrived) }
    }

    /// Passes on what waits: at once after a pause, else with the next batch.
    mutating func flushGossip() {
        switch gossip.flush(to: synchronizer.order, at: now) {
        case .wait(let milliseconds): setTimer(.gossip, after: milliseconds)
        case .send(let parcels): send(parcels)
        case nil: break
        }
    }

    /// Sends the transactions that have waited longest again: those that should have been
    /// included by now may have been lost with a link or a node.
    mutating func repeatTransactions() {
        let late = chain.pool.all()
            .prefix { now.millisecondsSince($0.received) >= configuration.sweepInterval }
            .prefix(Self.repeatedTransactions).map(\.transaction)
        for batch in Gossip.batches(late) { send(batch, to: synchronizer.order) }
    }

    /// A consensus message that has been checked in full came from `peer`.
    mutating func noteForRebroadcast(_ message: ConsensusMessage, from peer: Address) {
        guard message.height > chain.height else { return }
        let due = gossip.note(message, heldBy: peer, at: now)
        if let due { effects.append(.setTimer(.rebroadcast, at: due)) }
    }

    mutating func rebroadcastDue() {
        let (parcels, next) = gossip.rebroadcast(to: synchronizer.validators, at: now)
        send(parcels)
        if !parcels.isEmpty { report(.rebroadcast(parcels.count)) }
        if let next { effects.append(.setTimer(.rebroadcast, at: next)) }
    }

    private mutating func send(_ parcels: [Gossip.Parcel]) {
        for parcel in parcels { send(parcel.message, to: parcel.recipients) }
    }
}
