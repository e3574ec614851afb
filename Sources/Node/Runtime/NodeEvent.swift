import Market
import Replica

/// Everything that can happen to a node.
enum NodeEvent: Sendable {
    /// To its replica.
    case replica(Event)
    /// To its role; without one it is dropped.
    case role(RoleEvent)
}
