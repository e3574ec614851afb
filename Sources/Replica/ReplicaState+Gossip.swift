import Consensus
import Protocol

extension ReplicaState {
    /// The most transactions that are sent again at a time.
    private static let repeatedTransactions = 64

    mutating func submitted(_ transaction: VerifiedTransaction, _ request: RequestID) {
        do {
            try chain.pool.admit(transaction, isOwn: true, state: chain.state, at: now)
            effects.append(.answer(request, .success(transaction.hash)))
            gossip.waiting.append(transaction)
            noteWork()
        } catch {
            effects.append(.answer(request, .failure(error)))
        }
    }

    /// Takes what the pool takes. An honest peer may send what it cannot know to be included or
    /// known already, so refusals are no misbehaviour.
    mutating func receivedTransactions(_ transactions: [VerifiedTransaction], from peer: Address) {
        for transaction in transactions {
            peers[peer]?.known.insert(transaction.hash)
            do {
                try chain.pool.admit(transaction, isOwn: false, state: chain.state, at: now)
                gossip.waiting.append(transaction)
            } catch {
                continue
            }
        }
        noteWork()
    }

    private mutating func noteWork() {
        if chain.hasWork { runAgreement(.workArrived) }
    }

    /// The moment of a batch has come.
    mutating func gossipDue() {
        gossip.isTimerSet = false
        gossip.flushedAt = .zero
    }

    /// Passes on what waits: at once after a pause, else with the next batch.
    mutating func flushGossip() {
        guard !gossip.waiting.isEmpty, !gossip.isTimerSet else { return }
        let elapsed = now.millisecondsSince(gossip.flushedAt)
        guard elapsed >= configuration.gossipInterval else {
            gossip.isTimerSet = true
            setTimer(.gossip, after: configuration.gossipInterval - elapsed)
            return
        }
        gossip.flushedAt = now
        let waiting = gossip.waiting
        gossip.waiting = []
        passOn(waiting)
    }

    private mutating func passOn(_ transactions: [VerifiedTransaction]) {
        var groups: [(indices: [Int], peers: [Address])] = []
        for peer in peerOrder {
            let indices = transactions.indices.filter {
                peers[peer]?.known.insert(transactions[$0].hash) == true
            }
            guard !indices.isEmpty else { continue }
            if let group = groups.firstIndex(where: { $0.indices == indices }) {
                groups[group].peers.append(peer)
            } else {
                groups.append((indices, [peer]))
            }
        }
        for group in groups {
            for batch in GossipQueue.batches(group.indices.map { transactions[$0] }) {
                send(batch, to: group.peers)
            }
        }
    }

    /// Sends a new peer everything that waits here.
    mutating func sendPool(to peer: Address) {
        let transactions = chain.pool.all().map(\.transaction)
        for transaction in transactions { peers[peer]?.known.insert(transaction.hash) }
        for batch in GossipQueue.batches(transactions) { send(batch, to: [peer]) }
    }

    /// Sends the transactions that have waited longest again: those that should have been
    /// included by now may have been lost with a link or a node.
    mutating func repeatTransactions() {
        let late = chain.pool.all()
            .prefix { now.millisecondsSince($0.received) >= configuration.sweepInterval }
            .prefix(Self.repeatedTransactions).map(\.transaction)
        for batch in GossipQueue.batches(late) { send(batch, to: peerOrder) }
    }
}
