import Peering
import Protocol
import Replica

/// Hands what happens on the links to the replica, and meters' messages to the node's role.
struct LinkEvents: PeerEvents {
    let queue: EventQueue
    let meterMessages: @Sendable (MeterMessage, Address) -> Void

    func connected(_ peer: Address) async {
        queue.put(.connected(peer))
    }

    func disconnected(_ peer: Address) async {
        queue.put(.disconnected(peer))
    }

    func received(_ message: ReplicaMessage, from peer: Address) async {
        await queue.putWhenRoom(.received(message, from: peer))
    }

    func received(_ message: MeterMessage, from peer: Address) async {
        meterMessages(message, peer)
    }
}
