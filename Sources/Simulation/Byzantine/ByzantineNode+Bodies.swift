import Protocol

extension ByzantineNode {
    /// `sending` with other transactions in a block that is in it, whose hash, signatures and
    /// certificates are left as they are.
    func alter(_ sending: Sending, _ generator: inout SeededGenerator) -> Sending {
        guard generator.chance(permille: 600) else { return sending }
        var sending = sending
        switch sending.message {
        case .consensus(.proposal(let proposal)):
            sending = Sending(
                .proposal(
                    Proposal(
                        round: proposal.round, block: altered(proposal.block, &generator),
                        signature: proposal.signature, roundChanges: proposal.roundChanges,
                        prepares: proposal.prepares)),
                to: sending.recipients, .alteredBodies)
        case .consensus(.roundChange(let change)):
            guard let block = change.block else { return sending }
            sending = Sending(
                .roundChange(
                    RoundChange(
                        vote: change.vote, block: altered(block, &generator),
                        prepares: change.prepares)),
                to: sending.recipients, .alteredBodies)
        case .finalBlock(let final):
            sending = Sending(
                message: .finalBlock(altered(final, &generator)), recipients: sending.recipients,
                misbehaviour: .alteredBodies)
        case .blocks(let blocks):
            sending = Sending(
                message: .blocks(blocks.map { altered($0, &generator) }),
                recipients: sending.recipients, misbehaviour: .alteredBodies)
        case .proposalBlock(let block):
            sending = Sending(
                message: .proposalBlock(altered(block, &generator)),
                recipients: sending.recipients, misbehaviour: .alteredBodies)
        default: break
        }
        return sending
    }

    private func altered(_ final: FinalBlock, _ generator: inout SeededGenerator) -> FinalBlock {
        FinalBlock(block: altered(final.block, &generator), certificate: final.certificate)
    }

    private func altered(_ block: Block, _ generator: inout SeededGenerator) -> Block {
        let transactions =
            switch generator.index(below: 3) {
            case 0: [VerifiedTransaction]()
            case 1: Array(block.transactions.dropLast())
            default: block.transactions + block.transactions.prefix(1)
            }
        return Block(header: block.header, transactions: transactions)
    }
}
