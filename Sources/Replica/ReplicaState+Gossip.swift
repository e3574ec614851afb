import Consensus
import Protocol

extension ReplicaState {
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

    mutating func send(_ parcels: [Parcel]) {
        for parcel in parcels { send(parcel.message, to: parcel.recipients) }
    }
}
