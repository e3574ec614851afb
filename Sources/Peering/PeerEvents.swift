package import Protocol
import Synchronization

/// Who is told what happens on a node's links. Calls for one peer come in order, and a call that
/// takes its time holds back that peer alone: its messages wait with the sender.
package protocol PeerEvents: Sendable {
    /// A link with `peer` is up.
    func connected(_ peer: Address) async
    /// The link with `peer` is down.
    func disconnected(_ peer: Address) async
    /// `peer` said something for the replica. It counts against the peer's share until nobody has the
    /// ticket any more, which is to be settled.
    func received(_ message: ReplicaMessage, from peer: Address, _ ticket: FrameTicket) async
    /// `peer` said something for the role.
    func received(_ message: MeterMessage, from peer: Address) async
}

/// What the links of a node have done so far, for its metrics.
package struct PeeringCounters: Sendable {
    /// Bytes of messages received.
    package var bytesReceived: UInt64 = 0
    /// Bytes of messages sent.
    package var bytesSent: UInt64 = 0
    /// Messages dropped because a peer did not take them in time.
    package var messagesDropped: UInt64 = 0
    /// Certificates, streams and links that were refused or ended, by reason.
    package var refusals: [PeerRefusal: UInt64] = [:]

    /// Links that ended because the peer broke the protocol.
    package var violations: UInt64 {
        refusals.reduce(0) { $1.key.isViolation ? $0 + $1.value : $0 }
    }

    /// Nothing yet.
    package init() {}
}

/// The counters of a node's links, counted from wherever something happens.
final class SharedCounters: Sendable {
    private let counters = Mutex(PeeringCounters())

    var current: PeeringCounters { counters.withLock { $0 } }

    func change(_ body: (inout PeeringCounters) -> Void) {
        counters.withLock { body(&$0) }
    }

    func count(_ refusal: PeerRefusal) {
        change { $0.refusals[refusal, default: 0] += 1 }
    }
}

/// Why a certificate, a stream or a link was refused or ended.
package enum PeerRefusal: String, Sendable, CaseIterable {
    /// The certificate is no member's.
    case stranger
    /// The certificate belongs to a member that is suspended.
    case suspended
    /// The member's node broke the protocol a while ago, and has to wait.
    case barred
    /// It did not say hello in time.
    case noGreeting = "no_greeting"
    /// Its hello named another chain or first block.
    case otherChain = "other_chain"
    /// It sent a frame longer than allowed.
    case oversizeFrame = "oversize_frame"
    /// It did not end a frame in the time that its length allows.
    case slowFrame = "slow_frame"
    /// Its unfinished frames kept more than any other's when all together kept too much.
    case hoarding
    /// It sent bytes that are no message.
    case malformed
    /// It sent a message where it does not belong, or opened a stream twice.
    case misplaced

    /// Whether a node of the same chain that keeps to the protocol cannot cause it.
    var isViolation: Bool {
        switch self {
        case .stranger, .suspended, .barred, .noGreeting, .slowFrame, .hoarding: false
        case .otherChain, .oversizeFrame, .malformed, .misplaced: true
        }
    }
}

/// What the ledger says of a certificate.
package enum Membership: Hashable, Sendable {
    /// It belongs to this member.
    case member(Address)
    /// It belongs to this member, which is suspended.
    case suspended(Address)
    /// It belongs to nobody.
    case stranger
}
