import Protocol

/// The last agreement messages that a validator has said or heard, for it to make lies of.
struct MessageHistory {
    private var last = LastElements<ConsensusMessage>(capacity: 256)
    private var messages: [ConsensusMessage] { last.all }

    mutating func note(_ message: ConsensusMessage) { last.add(message) }

    func anyone(_ generator: inout SeededGenerator) -> ConsensusMessage? {
        messages.isEmpty ? nil : generator.pick(messages)
    }

    func proposals(height: UInt64) -> [Proposal] {
        messages.compactMap { message in
            guard case .proposal(let proposal) = message, proposal.height == height else {
                return nil
            }
            return proposal
        }
    }

    /// The wishes for `round` of `height`, each once.
    func wishes(height: UInt64, round: UInt32) -> [RoundChange] {
        var found: [RoundChange] = []
        for case .roundChange(let change) in messages
        where change.vote.height == height && change.vote.round == round
            && !found.contains(where: { $0.vote.signature.r == change.vote.signature.r })
        {
            found.append(change)
        }
        return found
    }

    /// The prepares for `digest` in `round` of `height`, one of each author.
    func prepares(height: UInt64, round: UInt32, digest: Hash32) -> [Prepare] {
        var found: [Prepare] = []
        for case .prepare(let prepare) in messages
        where prepare.height == height && prepare.round == round && prepare.digest == digest
            && !found.contains(where: { $0.signature.r == prepare.signature.r })
        {
            found.append(prepare)
        }
        return found
    }

    /// The commits to `digest` in `round` of `height`, one of each author.
    func commits(height: UInt64, round: UInt32, digest: Hash32) -> [Commit] {
        var found: [Commit] = []
        for case .commit(let commit) in messages
        where commit.height == height && commit.round == round && commit.digest == digest
            && !found.contains(where: { $0.seal.r == commit.seal.r })
        {
            found.append(commit)
        }
        return found
    }

    /// The proposal of the lowest round of `height` below `round` that `quorum` validators have
    /// prepared, with the proof: an old certificate, if a later one exists.
    func oldCertificate(
        height: UInt64, below round: UInt32, quorum: Int
    ) -> (proposal: Proposal, prepares: [Prepare])? {
        let candidates = proposals(height: height).filter { $0.round < round }
            .sorted { $0.round < $1.round }
        for proposal in candidates {
            let prepares = prepares(
                height: height, round: proposal.round, digest: proposal.block.hash)
            if prepares.count >= quorum { return (proposal, prepares) }
        }
        return nil
    }
}
