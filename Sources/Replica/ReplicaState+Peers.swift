import Consensus
import Protocol

extension ReplicaState {
    mutating func connected(_ peer: Address) {
        guard peer != configuration.address else { return }
        if peers[peer] != nil { disconnected(peer) }
        peers[peer] = PeerRecord(isEager: !isValidator(peer), at: now)
        let place = peerOrder.firstIndex { $0 > peer } ?? peerOrder.endIndex
        peerOrder.insert(peer, at: place)
        reviewConnectedValidators()
        send(.head(chain.certifiedHead), to: [peer])
        sendPool(to: peer)
        if isValidator(peer) { runAgreement(.peerConnected(peer), asker: peer) }
    }

    mutating func disconnected(_ peer: Address) {
        guard peers.removeValue(forKey: peer) != nil else { return }
        peerOrder.removeAll { $0 == peer }
        reviewConnectedValidators()
        highestHead = peers.values.reduce(0) { max($0, $1.head?.height ?? 0) }
        if catchUp.request?.peer == peer { catchUp.request = nil }
    }

    mutating func receivedHead(_ certified: CertifiedHead, from peer: Address) {
        let head = certified.head
        if head.height == chain.height, head.hash != chain.announcement.hash {
            report(.misbehaviour(peer, reason: "its head is another block than ours"))
            return
        }
        noteHead(head, under: certified.certificate, of: peer)
        // It had the block before the whole one came: from now on it is only told of blocks.
        if peers[peer]?.isTooLate(forItsHead: head, at: now) == true {
            peers[peer]?.isEager = false
        }
    }

    /// Whether `peer` says that it has more than this node.
    func isAhead(_ peer: PeerRecord) -> Bool { peer.head.map { $0.height > chain.height } ?? false }

    /// Notes that `peer` has told of `head`, final by `certificate` as it says.
    mutating func noteHead(_ head: ChainHead, under certificate: Certificate, of peer: Address) {
        guard var record = peers[peer] else { return }
        record.head = head
        highestHead = max(highestHead, head.height)
        if !isAhead(record) {
            record.aheadSince = nil
            record.proof = nil
        } else {
            record.aheadSince = record.aheadSince ?? now
            record.proof = .untested(certificate)
        }
        peers[peer] = record
    }

    /// Counts a failure of `peer` to give what it said it has.
    mutating func fail(_ peer: Address) {
        distrust[peer, default: Distrust()].fail(at: now)
    }

    /// Tells everyone who may lack the block: whole where it is the way a peer gets its blocks,
    /// else by its height.
    mutating func announce(_ final: FinalBlock) {
        let height = final.block.number
        var whole: [Address] = []
        var told: [Address] = []
        for peer in peerOrder {
            guard let record = peers[peer], !record.has(height) else { continue }
            if record.isEager {
                whole.append(peer)
                peers[peer]?.lastPush = (height, now)
            } else {
                told.append(peer)
            }
        }
        send(.finalBlock(final), to: whole)
        send(.head(chain.certifiedHead), to: told)
    }

    /// The clock was put back: what should have waited a while must not wait for the clock to get
    /// there again.
    mutating func clockWentBack(to moment: Timestamp) {
        gossip.flushedAt = .zero
        rebroadcasts.advance(to: moment)
        for peer in peerOrder where peers[peer]?.aheadSince != nil {
            peers[peer]?.aheadSince = moment
        }
        if catchUp.request?.sentAt.map({ $0 > moment }) == true { catchUp.request?.sentAt = moment }
        for peer in Array(distrust.keys) { distrust[peer]?.advance(to: moment) }
    }

    /// Forgets the old, and says again what may have been lost with a link.
    mutating func sweep() {
        setTimer(.sweep, after: configuration.sweepInterval)
        let expired = chain.pool.expire(at: now)
        if expired > 0 { report(.transactionsDropped(expired)) }
        repeatTransactions()
        // While blocks flow everyone hears of them. In silence all are told again: one who has
        // missed a validator's head may be waiting for it to take part.
        let isSilent = chain.height == sweptHeight
        sweptHeight = chain.height
        let lacking = peerOrder.filter { peers[$0]?.has(chain.height) != true }
        send(.head(chain.certifiedHead), to: isSilent ? peerOrder : lacking)
    }
}
