import Protocol
import Synchronization

/// What the node of a suspended member may have of this one: as much as it takes to hear what the ledger
/// says of it, and to follow.
package struct VisitLimits: Sendable, Hashable {
    /// How many such members may be linked at a time.
    package var most: Int
    /// How long one of them is.
    package var time: Duration
    /// How long after it came it may come again.
    package var interval: Duration
    /// What it may cost meanwhile, whatever it sends.
    package var share: PeerShare

    package init(most: Int, time: Duration, interval: Duration, share: PeerShare) {
        self.most = most
        self.time = time
        self.interval = interval
        self.share = share
    }

    /// A thirtieth of the time, and of that a hundredth of a core.
    package static let usual = VisitLimits(
        most: 4, time: .seconds(10), interval: .seconds(300),
        share: PeerShare(
            percent: 1, burst: .milliseconds(50), bytes: PeerShare.usual(of: nil).bytes,
            uselessWeight: 1))
}

/// When suspended members came, and who is here.
struct Visits {
    private let limits: VisitLimits
    private var began: [Address: ContinuousClock.Instant] = [:]

    init(_ limits: VisitLimits) {
        self.limits = limits
    }

    /// Lets `account` in for a while; false if it was here not long ago, or too many others are here.
    mutating func begin(_ account: Address, at now: ContinuousClock.Instant) -> Bool {
        guard began[account].map({ now - $0 >= limits.interval }) ?? true else { return false }
        began = began.filter { now - $0.value < limits.interval }
        let others = began.values.count { now - $0 < limits.time }
        guard others < limits.most else { return false }
        began[account] = now
        return true
    }

    /// How long `account` may stay yet; nil if it is not to be here.
    func rest(of account: Address, at now: ContinuousClock.Instant) -> Duration? {
        guard let rest = began[account].map({ limits.time - (now - $0) }), rest > .zero else {
            return nil
        }
        return rest
    }
}

/// The visits at a node, as event loops see them.
final class SharedVisits: Sendable {
    private let visits: Mutex<Visits>

    init(_ limits: VisitLimits) { visits = Mutex(Visits(limits)) }

    func begin(_ account: Address) -> Bool { visits.withLock { $0.begin(account, at: .now) } }

    func rest(of account: Address) -> Duration? {
        visits.withLock { $0.rest(of: account, at: .now) }
    }
}
