import Consensus
import Protocol

extension ReplicaState {
    mutating func connected(_ peer: Address) {
        guard peer != configuration.address else { return }
        synchronizer.connect(peer, from: standpoint)
        transactions.connect(peer, at: now)
        requests.connect(peer)
        send(.head(chain.certifiedHead), to: [peer])
        greet(peer)
        if isValidator(peer) { runAgreement(.peerConnected(peer), asker: peer) }
    }

    mutating func disconnected(_ peer: Address) {
        synchronizer.disconnect(peer, from: standpoint)
        transactions.disconnect(peer)
        requests.disconnect(peer)
    }

    mutating func receivedHead(_ certified: CertifiedHead, from peer: Address) {
        let head = certified.head
        if head.height == chain.height, head.hash != chain.announcement.hash {
            report(.misbehaviour(peer, reason: "its head is another block than ours"))
            return
        }
        synchronizer.note(head, under: certified.certificate, of: peer, from: standpoint)
        synchronizer.noteOwnNews(head, of: peer, at: now)
    }

    /// Tells everyone who may lack the block: whole where it is the way a peer gets its blocks,
    /// else by its height.
    mutating func announce(_ final: FinalBlock) {
        let (whole, told) = synchronizer.audience(of: final.block.number, at: now)
        send(.finalBlock(final), to: whole)
        send(.head(chain.certifiedHead), to: told)
    }

    /// Forgets the old, and says again what may have been lost with a link.
    mutating func sweep() {
        setTimer(.sweep, after: configuration.sweepInterval)
        transactions.sweep(at: now)
        note(chain.expirePool(at: now))
        // While blocks flow everyone hears of them. In silence all are told again: one who has
        // missed a validator's head may be waiting for it to take part.
        let isSilent = chain.height == sweptHeight
        sweptHeight = chain.height
        let audience = isSilent ? synchronizer.order : synchronizer.lacking(chain.height)
        send(.head(chain.certifiedHead), to: audience)
    }
}
