import Consensus
import Ledger
import Protocol

extension ReplicaState {
    mutating func receivedFinalBlock(_ final: FinalBlock, from peer: Address) {
        let number = final.block.number
        if number <= chain.height {
            answerRepeated(final, from: peer)
        } else if number == chain.height + 1 {
            if extend(with: final, from: peer) {
                noteHead(of: final, from: peer)
            }
        } else {
            // A reason to ask for the blocks before it.
            noteHead(of: final, from: peer)
        }
    }

    private mutating func noteHead(of final: FinalBlock, from peer: Address) {
        let head = ChainHead(height: final.block.number, hash: final.block.hash)
        synchronizer.note(head, under: final.certificate, of: peer, from: standpoint)
    }

    /// Tells a peer that its whole block was not needed, unless it belongs to another chain of
    /// blocks that bears certificates too.
    private mutating func answerRepeated(_ final: FinalBlock, from peer: Address) {
        let known = chain.announcement
        noteHead(of: final, from: peer)
        if final.block.number == known.height, final.block.hash != known.hash {
            let isCertified = chain.headDecidedBy.certifies(
                final.certificate, block: final.block.hash, height: known.height,
                domain: domain, scheme: configuration.scheme)
            if isCertified {
                report(
                    .conflictingCertificates(
                        height: known.height, ours: known.hash, theirs: final.block.hash))
            } else {
                report(.misbehaviour(peer, reason: "a final block without a certificate"))
            }
            return
        }
        send(.head(chain.certifiedHead), to: [peer])
    }

    /// Appends a block from a peer if its seals and its execution hold. Returns whether it did.
    mutating func extend(with final: FinalBlock, from peer: Address) -> Bool {
        guard !isHalted else { return false }
        let refusal = chain.nextContext.refusal(
            of: final, domain: domain, scheme: configuration.scheme)
        if let refusal {
            report(.misbehaviour(peer, reason: "a final block that is none: \(refusal)"))
            synchronizer.fail(peer, at: now)
            return false
        }
        guard let execution = executed(final) else { return false }
        reviewSeals(of: final)
        append(final, execution: execution, source: .peer(peer))
        wasOfUse = true
        return true
    }

    /// Appends a block that this validator saw become final.
    mutating func finalize(_ final: FinalBlock) {
        guard final.block.number == chain.height + 1, let execution = executed(final) else {
            return
        }
        append(final, execution: execution, source: .agreement)
    }

    /// What becomes of a certified block. If it does not execute to its roots, either this node's
    /// ledger or a quorum is wrong: there is no going on.
    private mutating func executed(_ final: FinalBlock) -> Execution? {
        do {
            return try chain.execution(of: final.block)
        } catch {
            isHalted = true
            let head = ChainHead(height: final.block.number, hash: final.block.hash)
            report(.diverged(head, reason: "\(error)"))
            effects.append(
                .stop(reason: "block \(head.height) is final, and not valid here: \(error)"))
            return nil
        }
    }

    /// Whether the next block can be executed here. If not, this node stops before it, and in order:
    /// what it would make of that block is not what the others do.
    mutating func knowsNextRules() -> Bool {
        do throws(UnknownRules) {
            _ = try chain.state.rules(at: chain.height + 1)
            return true
        } catch {
            isHalted = true
            effects.append(.stop(reason: "\(error)"))
            return false
        }
    }

    private mutating func append(
        _ final: FinalBlock, execution: Execution, source: BlockSource
    ) {
        let (committed, change) = chain.append(
            execution, certificate: final.certificate, at: now)
        let haveValidatorsChanged = committed.nextValidators != committed.decidedBy
        effects.append(.commit(committed))
        report(
            .committed(
                chain.announcement, transactions: final.block.transactions.count,
                round: final.certificate.round, source: source))
        settle(final.block, change)
        votes.forgetCommits()
        var giver: Address?
        if case .peer(let peer) = source { giver = peer }
        synchronizer.advanced(
            to: chain.announcement, givenBy: giver, haveValidatorsChanged: haveValidatorsChanged,
            from: standpoint)
        gossip.forget(upTo: chain.height)
        announce(final)
        guard knowsNextRules() else { return }
        runAgreement(.advanced(chain.nextContext))
    }
}
