import API
import Ledger
import Protocol
import Replica

extension NodeSnapshot {
    /// Takes a block that is stored, and the state after it.
    mutating func advance(to block: CommittedBlock) {
        head = block.final
        state = block.state
        waitingSince = nil
    }

    /// Takes what the replica shows after a batch of events.
    mutating func note(
        _ replica: ReplicaState, heard: [Address: Timestamp] = [:], at now: Timestamp
    ) {
        self.heard = heard
        pool = replica.pool
        peers = replica.peerHeads.map { Peer(account: $0.peer, height: $0.head?.height) }
        highestKnownHeight = replica.highestKnownHeight
        waitingSince = pool.hasReady ? waitingSince ?? now : nil
        isParticipating = replica.isParticipating
        isHalted = replica.isHalted
    }
}
