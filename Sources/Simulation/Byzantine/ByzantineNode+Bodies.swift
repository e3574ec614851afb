import Protocol

extension ByzantineNode {
    /// `sending` with other transactions in a block that is in it, whose hash, signatures and
    /// certificates are left as they are.
    mutating func alter(_ sending: Sending) -> Sending {
        guard generator.chance(permille: 600) else { return sending }
        let message: ReplicaMessage
        switch sending.message {
        case .consensus(.proposal(let proposal)):
            message = .consensus(
                .proposal(
                    Proposal(
                        round: proposal.round, block: altered(proposal.block),
                        signature: proposal.signature, roundChanges: proposal.roundChanges,
                        prepares: proposal.prepares)))
        case .consensus(.roundChange(let change)):
            guard let block = change.block else { return sending }
            message = .consensus(
                .roundChange(
                    RoundChange(
                        vote: change.vote, block: altered(block), prepares: change.prepares)))
        case .finalBlock(let final): message = .finalBlock(altered(final))
        case .blocks(let blocks): message = .blocks(blocks.map { altered($0) })
        case .proposalBlock(let block): message = .proposalBlock(altered(block))
        default: return sending
        }
        return Sending(
            message: message, recipients: sending.recipients, misbehaviour: .alteredBodies)
    }

    private mutating func altered(_ final: FinalBlock) -> FinalBlock {
        FinalBlock(block: altered(final.block), certificate: final.certificate)
    }

    private mutating func altered(_ block: Block) -> Block {
        let transactions =
            switch generator.index(below: 3) {
            case 0: [VerifiedTransaction]()
            case 1: Array(block.transactions.dropLast())
            default: block.transactions + block.transactions.prefix(1)
            }
        return Block(header: block.header, transactions: transactions)
    }
}
