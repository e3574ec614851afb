import Market
import Peering
import Protocol
import Replica

/// Everything that can happen to a node.
enum NodeEvent: Sendable {
    /// To its replica.
    case replica(Event)
    /// What a peer said to its replica, against the peer's share.
    case heard(ReplicaMessage, from: Address, FrameTicket)
    /// A client's transaction, to its replica, and how it came.
    case submitted(VerifiedTransaction, RequestID, Arrival)
    /// To its role; without one it is dropped.
    case role(RoleEvent)
}

/// What waits for the node's loop: peers and users wait or are turned away when it is full, timers
/// and the ends of links always find room.
typealias EventQueue = BoundedQueue<NodeEvent>

extension BoundedQueue<NodeEvent> {
    convenience init() { self.init(capacity: 4_096) }
}
