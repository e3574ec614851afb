import Consensus
import Protocol

/// What a validator knows of its own votes, and whether it may vote therefore; see ``VotingRight``.
struct VotingMemory: Sendable {
    /// Whether it may vote.
    private(set) var right: VotingRight
    /// Whether enough validators have told their heads since the start to know where the chain is.
    private(set) var hasHeardValidators = false
    /// Blocks of the next height for which it has a stored commit.
    private var ownCommits: Set<Hash32> = []
    /// The highest height about which its key was seen to speak, and not here.
    private var forgottenHeight: UInt64?

    init(_ resumption: Resumption) {
        right = resumption.votingRight
        for case .vote(.commit(let commit)) in resumption.chain.records {
            ownCommits.insert(commit.digest)
        }
    }

    /// Notes that so many of `validators` have told their heads.
    mutating func noteHeads(heard: Int, of validators: ValidatorSet) {
        if heard >= validators.headsToHear { hasHeardValidators = true }
    }

    /// Notes that its commit to the block `hash` is stored.
    mutating func noteCommit(to hash: Hash32) { ownCommits.insert(hash) }

    /// The next height has begun.
    mutating func forgetCommits() { ownCommits = [] }

    /// Its own seal stands under the block `hash`. Without a record of it the records are those of
    /// an old copy.
    func lacksRecord(of hash: Hash32) -> Bool {
        right == .established && !ownCommits.contains(hash)
    }

    /// The vote comes back once the chain is at `height`, if that was waited for.
    mutating func reach(_ height: UInt64) {
        if case .recovering(let until) = right, height >= until { right = .established }
    }

    /// It is known now that the chain has come to `height`.
    mutating func learn(highest height: UInt64) {
        guard right == .unknown else { return }
        let spoken = min(forgottenHeight ?? 0, height + 1)
        right = .recovering(until: max(height, spoken) + 2)
    }

    /// Its records are not whole. How far the chain has come is to be found out first.
    mutating func doubt(spokenAt height: UInt64? = nil) {
        if let height { forgottenHeight = max(forgottenHeight ?? 0, height) }
        right = .unknown
    }
}
