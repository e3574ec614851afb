import Peering
import Protocol
import Replica

/// Hands what happens on the links to the replica, and meters' messages to the node's role.
struct LinkEvents: PeerEvents {
    let queue: EventQueue
    let meterGate: MeterGate

    func connected(_ peer: Address) async {
        queue.put(.replica(.connected(peer)))
        queue.put(.role(.linked(peer)))
    }

    func disconnected(_ peer: Address) async {
        queue.put(.replica(.disconnected(peer)))
    }

    func received(
        _ message: ReplicaMessage, from peer: Address, _ ticket: FrameTicket
    ) async {
        await queue.putWhenRoom(.heard(message, from: peer, ticket))
    }

    func received(_ message: MeterMessage, from peer: Address) async {
        guard await meterGate.admit(peer) else { return }
        await queue.putWhenRoom(.role(.received(message, from: peer)))
    }
}
