import Protocol

/// The messages of one height that passed all checks, at most one of each kind, round and
/// validator; validators are named by their place in the set.
struct MessageLog: Sendable {
    private struct Round {
        var proposal: Proposal?
        var prepares: [Prepare?]
        var commits: [Commit?]
        var roundChanges: [RoundChange?]

        init(validators: Int) {
            prepares = Array(repeating: nil, count: validators)
            commits = Array(repeating: nil, count: validators)
            roundChanges = Array(repeating: nil, count: validators)
        }
    }

    private let validators: Int
    private var rounds: [UInt32: Round] = [:]
    /// The highest round change of each validator, also beyond and below the rounds that are kept
    /// in full: without it, validators that are far apart would never find to one round.
    private var lastRoundChanges: [RoundChange?]

    init(validators: Int) {
        self.validators = validators
        lastRoundChanges = Array(repeating: nil, count: validators)
    }

    /// What the validator at `index` has said of `kind` in `round`.
    func message(
        _ kind: ConsensusMessage.Kind, round: UInt32, by index: Int
    ) -> ConsensusMessage? {
        let kept = rounds[round]
        switch kind {
        case .proposal: return kept?.proposal.map(ConsensusMessage.proposal)
        case .prepare: return kept?.prepares[index].map(ConsensusMessage.prepare)
        case .commit: return kept?.commits[index].map(ConsensusMessage.commit)
        case .roundChange:
            let last = lastRoundChanges[index].flatMap { $0.vote.round == round ? $0 : nil }
            return (kept?.roundChanges[index] ?? last).map(ConsensusMessage.roundChange)
        }
    }

    /// Keeps `message` of the validator at `index`.
    mutating func insert(_ message: ConsensusMessage, by index: Int) {
        let round = message.round
        if rounds[round] == nil { rounds[round] = Round(validators: validators) }
        switch message {
        case .proposal(let proposal): rounds[round]?.proposal = proposal
        case .prepare(let prepare): rounds[round]?.prepares[index] = prepare
        case .commit(let commit): rounds[round]?.commits[index] = commit
        case .roundChange(let change):
            rounds[round]?.roundChanges[index] = change
            insertLast(change, by: index)
        }
    }

    /// Keeps a round change, whatever its round, if it is its author's highest.
    mutating func insertLast(_ change: RoundChange, by index: Int) {
        if let known = lastRoundChanges[index], known.vote.round >= change.vote.round { return }
        lastRoundChanges[index] = change
    }

    /// The highest round that the validator at `index` has asked for; 0 for none.
    func lastWish(by index: Int) -> UInt32 { lastRoundChanges[index]?.vote.round ?? 0 }

    /// The prepares for `digest` in `round`, in the validators' order.
    func prepares(round: UInt32, digest: Hash32) -> [Prepare] {
        rounds[round]?.prepares.compactMap { $0 }.filter { $0.digest == digest } ?? []
    }

    /// The commits for `digest` in `round`, in the validators' order.
    func commits(round: UInt32, digest: Hash32) -> [Commit] {
        rounds[round]?.commits.compactMap { $0 }.filter { $0.digest == digest } ?? []
    }

    /// The round changes to `round`, in the validators' order.
    func roundChanges(to round: UInt32) -> [RoundChange] {
        rounds[round]?.roundChanges.compactMap { $0 } ?? []
    }

    /// For each validator that wants to go beyond `round`, the highest round that it asks for;
    /// the highest of them first.
    func wishes(beyond round: UInt32) -> [UInt32] {
        lastRoundChanges.compactMap(\.?.vote.round).filter { $0 > round }.sorted(by: >)
    }

    /// What the validator at `index` has said of `kind` in any round, the lowest round first.
    func messages(_ kind: ConsensusMessage.Kind, by index: Int) -> [ConsensusMessage] {
        rounds.keys.sorted().compactMap { message(kind, round: $0, by: index) }
    }

    /// Everything but proposals that the validator at `index` has said, the lowest round first.
    func allMessages(by index: Int) -> [ConsensusMessage] {
        let kinds: [ConsensusMessage.Kind] = [.prepare, .commit, .roundChange]
        return kinds.flatMap { messages($0, by: index) }
    }

    /// A prepare or commit of the highest round in which the validator at `index` has made one.
    func lastVote(by index: Int) -> ConsensusMessage? {
        var last: ConsensusMessage?
        for kept in rounds.values {
            let vote =
                kept.commits[index].map(ConsensusMessage.commit)
                ?? kept.prepares[index].map(ConsensusMessage.prepare)
            guard let vote, vote.round >= last?.round ?? 0 else { continue }
            last = vote
        }
        return last
    }

    /// What shows how far the validator at `index` is: its last vote or round change, whichever is
    /// of the higher round.
    func furthest(by index: Int) -> ConsensusMessage? {
        let wish = lastRoundChanges[index].map(ConsensusMessage.roundChange)
        guard let vote = lastVote(by: index), vote.round >= wish?.round ?? 0 else { return wish }
        return vote
    }

    /// The block `hash`, if a message carries it.
    func block(_ hash: Hash32) -> Block? {
        for round in rounds.keys.sorted() {
            guard let kept = rounds[round] else { continue }
            if let block = kept.proposal?.block, block.hash == hash { return block }
            for change in kept.roundChanges {
                if let block = change?.block, block.hash == hash { return block }
            }
        }
        return nil
    }

    /// Lets go of what no rule asks for from `round` on, and keeps up to `horizon` in full.
    mutating func enter(round: UInt32, horizon: UInt32) {
        let passed = rounds.keys.filter { $0 < round }.sorted()
        for number in passed {
            guard let kept = rounds[number] else { continue }
            var rest = Round(validators: validators)
            rest.commits = kept.commits
            rest.proposal = round - number <= Limits.futureRounds ? kept.proposal : nil
            let isEmpty = rest.proposal == nil && rest.commits.allSatisfy { $0 == nil }
            rounds[number] = isEmpty ? nil : rest
        }
        for (index, change) in lastRoundChanges.enumerated() {
            guard let change, (round...horizon).contains(change.vote.round) else { continue }
            insert(.roundChange(change), by: index)
        }
    }
}
