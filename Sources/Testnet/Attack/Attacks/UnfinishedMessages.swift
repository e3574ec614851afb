import Console
import Protocol

/// A member that begins the longest message there is on each of a link's streams, and does not send
/// its last byte; and members that never greet.
struct UnfinishedMessages: Attack {
    let number = "p5b"
    let title = "unfinished messages of a member"
    let adversary = Adversary.member

    let leastSeconds = UnfinishedRequests.longest + 3

    /// A link whose messages are not to be finished.
    private struct Plan {
        let member: Int
        /// How long a message says it is, in bytes.
        let length: Int
        let hasGreeted: Bool
        /// Whether it is one of those that may take their time, being long.
        var isLong: Bool { length == Limits.messageBytes }
    }

    /// One member's link with the longest messages, another's with middling ones, and links that
    /// never greet.
    private static let plans =
        [
            Plan(member: 0, length: Limits.messageBytes, hasGreeted: true),
            Plan(member: 1, length: 65_536, hasGreeted: true),
        ] + [Plan](repeating: Plan(member: 2, length: 4_000, hasGreeted: false), count: 6)

    func run(against testnet: AttackedTestnet, _ effort: AttackEffort) throws {
        let port = try testnet.node(target).p2pPort
        let members = try (0..<3).map { _ in try testnet.testnet.registerAttackMember() }
        var held = HeldConnections()
        var long = HeldConnections()
        for plan in Self.plans.prefix(effort.isShort ? 3 : 8) where !effort.isOver {
            do throws(SocketFailure) {
                let hello = plan.hasGreeted ? testnet.hello() : nil
                let link = try PeerLink(to: port, as: members[plan.member], greeting: hello)
                effort.count("links")
                try Self.begin(link, plan, effort)
                let nudge: HeldConnections.Nudge = { () throws(SocketFailure) in
                    try link.connection.takeWaiting()
                    try link.connection.send([0], on: link.stream(.sync), timeout: 0.2)
                }
                let kind = "messages of \(plan.length) bytes"
                if plan.isLong { long.hold(kind, nudge) } else { held.hold(kind, nudge) }
            } catch {
                effort.count("links ended by the node")
            }
        }
        while !effort.isOver {
            held.nudge()
            long.nudge()
            HeldConnections.pause(effort)
        }
        let limit = UnfinishedRequests.longest
        effort.claim(
            "kept unfinished", held.longest <= limit, "\(Figures.rounded(held.longest)) s",
            limit: "\(limit) s")
        long.countOpen(effort)
        held.countOpen(effort)
    }

    /// Begins a message on each stream, all but its last kilobyte: a byte a second may follow.
    private static func begin(
        _ link: PeerLink, _ plan: Plan, _ effort: AttackEffort
    ) throws(SocketFailure) {
        let most = effort.isShort ? min(plan.length, 4 << 20) : plan.length
        for priority in [WireMessage.Priority.sync, .transactions, .consensus] {
            let stream = link.stream(priority)
            try link.connection.send(UInt32(plan.length).bigEndianBytes, on: stream)
            let piece = Bytes(repeating: 0, count: 65_536)
            var rest = most - 1_000
            while rest > 0, !effort.isOver {
                let next = Array(piece.prefix(rest))
                try link.connection.send(next, on: stream, timeout: 2)
                rest -= next.count
                effort.count("bytes", next.count)
            }
            effort.count("unfinished messages")
        }
    }
}
