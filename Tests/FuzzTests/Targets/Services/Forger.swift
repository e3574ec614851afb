import Ledger
import Protocol
import Simulation
import TestKit

/// Makes hostile messages of real ones: some of their fields are others, and whoever could have
/// signed them so has.
struct Forger {
    let domain: SigningDomain
    /// The validators that lie, which are all but the node's own.
    let liars: [SimulatedKey]
    /// Hashes that mean something here.
    var hashes: [Hash32] = []

    /// `message` with up to four of its fields changed and signed anew; nil if no node could read it.
    func forged(
        _ message: WireMessage, _ draw: inout Draw, _ hasQuorumLied: inout Bool
    ) -> WireMessage? {
        guard var item = try? RLP(decoding: message.encoded) else { return nil }
        for _ in 0..<(1 + draw.below(4)) {
            var place = draw.below(item.count)
            item.change(at: &place) { item in changed(item, &draw) }
        }
        guard
            let forged = try? WireMessage(decoding: item.encoded, scheme: SimulatedScheme())
        else { return nil }
        return draw.oneIn(8) ? forged : signed(forged, &draw, &hasQuorumLied)
    }

    /// `item` otherwise.
    private func changed(_ item: RLP, _ draw: inout Draw) -> RLP {
        guard var items = item.items else {
            switch draw.below(6) {
            case 0...2: return .number(draw.number())
            case 3: return draw.pick(hashes).map { .bytes($0.bytes) } ?? item
            case 4: return draw.pick(FuzzCommunity.addresses).map { .bytes($0.bytes) } ?? item
            default: return .bytes(draw.bytes(atMost: 40))
            }
        }
        switch draw.below(4) {
        case 0: if !items.isEmpty { items.remove(at: draw.below(items.count)) }
        case 1: if let one = draw.pick(items) { items.append(one) }
        case 2: items.reverse()
        default:
            if let one = draw.pick(items) { items = Array(repeating: one, count: draw.below(64)) }
        }
        return .list(items)
    }
}

// Signing anew.

extension Forger {
    private func signed(
        _ message: WireMessage, _ draw: inout Draw, _ hasQuorumLied: inout Bool
    ) -> WireMessage {
        guard let key = draw.pick(liars) else { return message }
        switch message {
        case .link: return message
        case .meter(let message): return .meter(signed(message, &draw))
        case .replica(.consensus(let message)): return .replica(.consensus(signed(message, key)))
        case .replica(.finalBlock(let final)):
            return .replica(.finalBlock(sealed(final.block, &draw, &hasQuorumLied)))
        case .replica(.blocks(let blocks)):
            return .replica(.blocks(blocks.map { sealed($0.block, &draw, &hasQuorumLied) }))
        case .replica(.head(let head)):
            let certificate = certificate(head.head, &draw, &hasQuorumLied)
            return .replica(.head(CertifiedHead(head: head.head, certificate: certificate)))
        case .replica(.transactions(let transactions)):
            return .replica(.transactions(transactions.compactMap { signed($0, &draw) }))
        case .replica: return message
        }
    }

    private func signed(_ message: ConsensusMessage, _ key: SimulatedKey) -> ConsensusMessage {
        switch message {
        case .proposal(let proposal):
            let digest = domain.proposalDigest(
                height: proposal.height, round: proposal.round, block: proposal.block.hash)
            return .proposal(
                Proposal(
                    round: proposal.round, block: proposal.block, signature: key.sign(digest),
                    roundChanges: proposal.roundChanges, prepares: proposal.prepares))
        case .prepare(let prepare):
            return .prepare(
                self.prepare(prepare.height, prepare.round, prepare.digest, by: key))
        case .commit(let commit):
            return .commit(self.commit(commit.height, commit.round, commit.digest, by: key))
        case .roundChange(let change):
            let vote = wish(
                change.vote.height, change.vote.round, change.vote.prepared, by: key)
            return .roundChange(
                RoundChange(vote: vote, block: change.block, prepares: change.prepares))
        }
    }

    func prepare(
        _ height: UInt64, _ round: UInt32, _ digest: Hash32, by key: SimulatedKey
    ) -> Prepare {
        let signed = domain.prepareDigest(height: height, round: round, block: digest)
        return Prepare(height: height, round: round, digest: digest, signature: key.sign(signed))
    }

    func commit(
        _ height: UInt64, _ round: UInt32, _ digest: Hash32, by key: SimulatedKey
    ) -> Commit {
        let signed = domain.commitDigest(height: height, round: round, block: digest)
        return Commit(height: height, round: round, digest: digest, seal: key.sign(signed))
    }

    func wish(
        _ height: UInt64, _ round: UInt32, _ claim: PreparedClaim?, by key: SimulatedKey
    ) -> RoundChangeVote {
        let signed = domain.roundChangeDigest(height: height, round: round, prepared: claim)
        return RoundChangeVote(
            height: height, round: round, prepared: claim, signature: key.sign(signed))
    }

    /// `block` under the seals of some liars; of a quorum of them seldom.
    private func sealed(
        _ block: Block, _ draw: inout Draw, _ hasQuorumLied: inout Bool
    ) -> FinalBlock {
        let head = ChainHead(height: block.number, hash: block.hash)
        return FinalBlock(
            block: block, certificate: certificate(head, &draw, &hasQuorumLied))
    }

    private func certificate(
        _ head: ChainHead, _ draw: inout Draw, _ hasQuorumLied: inout Bool
    ) -> Certificate {
        let isQuorum = draw.oneIn(32)
        if isQuorum { hasQuorumLied = true }
        let round = draw.number(of: UInt32.self)
        let digest = domain.commitDigest(height: head.height, round: round, block: head.hash)
        let sealers = isQuorum ? liars.prefix(3) : liars.prefix(draw.below(3))
        var seals = sealers.map { $0.sign(digest) }
        // One seal in the place of many makes no quorum.
        if let one = draw.pick(seals), draw.oneIn(3) {
            seals += Array(repeating: one, count: draw.below(8))
        }
        return Certificate(round: round, seals: seals)
    }

    private func signed(
        _ transaction: VerifiedTransaction, _ draw: inout Draw
    ) -> VerifiedTransaction? {
        guard let key = draw.pick(FuzzCommunity.members + [FuzzCommunity.stranger]) else {
            return nil
        }
        return try? VerifiedTransaction(
            transaction.transaction.signed(by: key), scheme: SimulatedScheme())
    }

    private func signed(_ message: MeterMessage, _ draw: inout Draw) -> MeterMessage {
        guard case .receipt(let receipt) = message, let meter = draw.pick(FuzzCommunity.meters)
        else { return message }
        return .receipt(receipt.receipt.signed(by: meter, in: domain))
    }
}

extension RLP {
    /// How many items there are in it, itself among them.
    fileprivate var count: Int {
        guard let items else { return 1 }
        return items.reduce(1) { $0 + $1.count }
    }

    /// Changes the item that is the `place`-th from here on; `place` is below 0 once that is done.
    fileprivate mutating func change(at place: inout Int, _ change: (RLP) -> RLP) {
        guard place > 0 else {
            self = change(self)
            place = -1
            return
        }
        place -= 1
        guard var items else { return }
        for index in items.indices where place >= 0 { items[index].change(at: &place, change) }
        self = .list(items)
    }
}
