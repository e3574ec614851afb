import Console

/// Connections that an attacker holds open, and how long the node lets it. It belongs to one thread.
struct HeldConnections {
    /// Gives a connection another byte, so that it seems alive; throws once it has ended.
    typealias Nudge = () throws(SocketFailure) -> Void

    private var open: [(kind: String, nudge: Nudge, since: ContinuousClock.Instant)] = []
    /// The longest that one was held, in seconds.
    private(set) var longest = 0.0

    mutating func hold(_ kind: String, _ nudge: @escaping Nudge) {
        open.append((kind, nudge, .now))
    }

    /// Counts those that are open, each kind by itself.
    func countOpen(_ effort: AttackEffort) {
        for entry in open { effort.count("\(entry.kind) held at the end") }
    }

    /// Gives each a byte a second until the effort is over.
    mutating func watch(_ effort: AttackEffort) {
        while !effort.isOver {
            nudge()
            Self.pause(effort)
        }
    }

    /// Gives each a byte, and lets go of those that have ended.
    mutating func nudge() {
        for index in open.indices.reversed() {
            longest = max(longest, (.now - open[index].since) / .seconds(1))
            if (try? open[index].nudge()) == nil { open.remove(at: index) }
        }
    }

    /// Waits for a second, or until the effort is over.
    static func pause(_ effort: AttackEffort) {
        for _ in 0..<20 where !effort.isOver { Terminal.pause(milliseconds: 50) }
    }
}
