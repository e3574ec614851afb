public import Protocol

/// Who is told what happens on a node's links. Calls for one peer come in order, and a call that
/// takes its time holds back that peer alone: its messages wait with the sender.
public protocol PeerEvents: Sendable {
    /// A link with `peer` is up.
    func connected(_ peer: Address) async
    /// The link with `peer` is down.
    func disconnected(_ peer: Address) async
    /// `peer` said something.
    func received(_ message: WireMessage, from peer: Address) async
}

/// What the links of a node have done so far, for its metrics.
public struct PeeringCounters: Sendable {
    /// Octets of messages received.
    public var bytesReceived: UInt64 = 0
    /// Octets of messages sent.
    public var bytesSent: UInt64 = 0
    /// Messages dropped because a peer did not take them in time.
    public var messagesDropped: UInt64 = 0
    /// Links that ended because the peer broke the protocol.
    public var violations: UInt64 = 0

    /// Nothing yet.
    public init() {}
}
