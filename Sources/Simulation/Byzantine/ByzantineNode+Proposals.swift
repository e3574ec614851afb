import Ledger
import Protocol
import Replica

extension ByzantineNode {
    /// A second proposal for the height and round of `proposal`, as good as the first.
    mutating func makeRival(of proposal: Proposal, by replica: ReplicaState) -> Proposal? {
        if let rival, rival.height == proposal.height, rival.round == proposal.round {
            return rival
        }
        guard proposal.prepares.isEmpty else { return nil }
        let all = proposal.block.transactions
        let isShorter = all.count > 1 && generator.chance(permille: 500)
        guard
            let block = block(
                at: proposal.block.header.timestamp.advanced(byMilliseconds: 1),
                of: isShorter ? Array(all.dropLast()) : all, height: proposal.height, by: replica),
            case .proposal(let made) = self.proposal(
                block, round: proposal.round, roundChanges: proposal.roundChanges)
        else { return nil }
        rival = made
        return made
    }

    /// A valid block of `height`, if that is the next one.
    func block(
        at time: Timestamp, of transactions: [VerifiedTransaction], height: UInt64,
        by replica: ReplicaState
    ) -> Block? {
        guard replica.head.block.number + 1 == height else { return nil }
        return replica.state.build(
            on: replica.head.block, at: time, proposer: key.address,
            candidates: transactions
        ).block
    }

    /// A proposal in place of `proposal` that nobody may accept.
    mutating func spoiled(_ proposal: Proposal, by replica: ReplicaState) -> ConsensusMessage {
        let block = spoiled(proposal.block, by: replica)
        return self.proposal(
            block, round: proposal.round, roundChanges: proposal.roundChanges,
            prepares: proposal.prepares)
    }

    private mutating func spoiled(_ block: Block, by replica: ReplicaState) -> Block {
        var header = block.header
        var transactions = block.transactions
        switch generator.index(below: 9) {
        case 0: header.stateRoot = Hash32.drawn(&generator)
        case 1: header.parentHash = Hash32.drawn(&generator)
        case 2: header.number += 1
        case 3: header.proposer = Address.zero
        case 4: transactions = []
        case 5:
            transactions += transactions.prefix(1)
            header.transactionsRoot = Block.transactionsRoot(of: transactions)
        case 6: header.timestamp = Timestamp.zero
        case 7:
            let late = header.timestamp.advanced(byMilliseconds: 3_600_000)
            let made = self.block(at: late, of: transactions, height: block.number, by: replica)
            return made ?? block
        default:
            // Valid in itself, but an empty one is not due in round 0.
            let made = self.block(at: header.timestamp, of: [], height: block.number, by: replica)
            return made ?? block
        }
        return Block(header: header, transactions: transactions)
    }

    /// A proposal for a later round that passes over what was prepared, or has no right to be.
    mutating func unjust(_ proposal: Proposal, by replica: ReplicaState) -> ConsensusMessage? {
        let (height, round) = (proposal.height, proposal.round)
        let quorum = replica.validators.quorum
        let wishes = history.wishes(height: height, round: round)
        guard
            let new = block(
                at: proposal.block.header.timestamp, of: proposal.block.transactions,
                height: height, by: replica)
        else { return nil }
        switch generator.index(below: 5) {
        case 0:
            // Allowed, if so many have prepared nothing: it must do no harm.
            let free = wishes.map(\.vote).filter { $0.prepared == nil }.prefix(quorum)
            return self.proposal(new, round: round, roundChanges: Array(free))
        case 1:
            let one = proposal.roundChanges.prefix(1)
            let many = Array(repeating: one, count: quorum).flatMap { $0 }
            return self.proposal(new, round: round, roundChanges: many)
        case 2: return self.proposal(new, round: round, roundChanges: proposal.roundChanges)
        case 3:
            let old = history.oldCertificate(height: height, below: round, quorum: quorum)
            return self.proposal(
                old?.proposal.block ?? new, round: round, roundChanges: proposal.roundChanges,
                prepares: old?.prepares ?? [])
        default:
            let few = Array(proposal.roundChanges.dropLast())
            return self.proposal(
                proposal.block, round: round, roundChanges: few, prepares: proposal.prepares)
        }
    }
}
