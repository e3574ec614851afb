import API
import Ledger
import Protocol
import Storage

/// Which validators answer this node, as far as it can tell: from what it hears on its links, and from
/// whose seals lie under the last blocks.
struct Attendance {
    /// Of whom nothing is heard for so long, in milliseconds, does not answer: where no blocks come,
    /// linked nodes tell each other where they stand every five seconds.
    static let longestSilence: UInt64 = 12_000

    private let node: NodeSnapshot
    private let now: Timestamp
    /// The validator whose node this is, if it is one's.
    private let own: Address?
    private let linked: Set<Address>

    init(_ node: NodeSnapshot, of identity: NodeIdentity, at now: Timestamp) {
        self.node = node
        self.now = now
        let isValidator = node.state.validators().contains(identity.account)
        own = isValidator ? identity.account : nil
        linked = Set(node.peers.map(\.account))
    }

    /// Whether `validator` answers, which has sealed the block `vote` last of those that are looked at;
    /// nil if this node cannot tell.
    func answers(_ validator: Address, vote: StoredBlock? = nil) -> Bool? {
        if validator == own { return !node.isHalted }
        if let since = node.stalledSince(at: now) {
            // Votes from before tell nothing of who would vote now.
            return hears(validator, since: since)
        }
        if let vote, isRecent(vote.header.timestamp) { return true }
        guard isRecent(node.header.timestamp) else { return hears(validator) }
        if isGone(validator) { return false }
        return vote != nil || linked.contains(validator) && isRecent(node.heard[validator])
    }

    /// How many of all validators answer, while nothing becomes final; nil if this node cannot tell, and
    /// while blocks tell who votes.
    var whileStalled: Int? {
        guard node.stalledSince(at: now) != nil else { return nil }
        return count(node.state.validators().members.map { answers($0) })
    }

    /// How many of `answers` are yes; nil if one is not known.
    func count(_ answers: [Bool?]) -> Int? {
        answers.contains(nil) ? nil : answers.count { $0 == true }
    }

    /// Whether something was heard of `validator` lately, and after `since`; nil if it need not have
    /// been yet, or has no link that could have been lost.
    private func hears(_ validator: Address, since: Timestamp = .zero) -> Bool? {
        guard linked.contains(validator) else { return isGone(validator) ? false : nil }
        let heard = node.heard[validator] ?? .zero
        if heard >= since, isRecent(heard) { return true }
        return isRecent(since) ? nil : false
    }

    /// Whether `validator` had a link with this node and has none now: it is dialled again all the time.
    /// A validator's node dials all the others.
    private func isGone(_ validator: Address) -> Bool {
        !linked.contains(validator) && (own != nil || node.heard[validator] != nil)
    }

    private func isRecent(_ time: Timestamp?) -> Bool {
        time.map { now.millisecondsSince($0) <= Self.longestSilence } ?? false
    }
}
