import Protocol
import Replica

@testable import Ledger
@testable import Simulation

/// A community of four validators and its chain's first block after the genesis.
struct FirstBlock {
    let community: SimulatedCommunity
    let validators: [SimulatedKey]
    /// The block of height 1 by the first validator, with a transaction and everyone's seal.
    let final: FinalBlock

    init() throws {
        var generator = SeededGenerator(seed: 4)
        community = SimulatedCommunity(validators: 4, others: 1, generator: &generator)
        validators = community.nodes().prefix(4).map(\.key)
        let transaction = try Self.mint(nonce: 0, in: community)
        let parent = community.chain.head.block
        let block = community.chain.state.build(
            on: parent, at: parent.header.timestamp.advanced(byMilliseconds: 100),
            proposer: validators[0].address, candidates: [transaction]
        ).block
        let digest = community.domain.commitDigest(height: 1, round: 0, block: block.hash)
        let seals = validators.map { $0.sign(digest) }
        final = FinalBlock(block: block, certificate: Certificate(round: 0, seals: seals))
    }

    private static func mint(
        nonce: UInt64, in community: SimulatedCommunity
    ) throws -> VerifiedTransaction {
        let mint = Transaction(
            chainID: community.genesis.chainID, nonce: nonce, to: NativeContract.token,
            data: TokenCall.mint(
                to: community.aggregator, amount: TokenAmount(1_000),
                reference: "payment-\(nonce + 1)"))
        return try VerifiedTransaction(
            mint.signed(by: SimulatedKey(address: community.exchange)), scheme: SimulatedScheme())
    }

    /// The exchange's transaction numbered so.
    func mint(nonce: UInt64) throws -> VerifiedTransaction {
        try Self.mint(nonce: nonce, in: community)
    }

    /// The block as a node stores it, but for what is said otherwise.
    func committed(
        sealedBy sealers: [Int]? = nil, transactions: [VerifiedTransaction]? = nil,
        state: LedgerState? = nil, changes: [StateEntry]? = nil
    ) throws -> CommittedBlock {
        let header = final.block.header
        let block = Block(header: header, transactions: transactions ?? final.block.transactions)
        return try committed(
            block, sealedBy: sealers ?? [0, 1, 2, 3], state: state, changes: changes)
    }

    /// Another block of the same height.
    func rival() throws -> CommittedBlock {
        let parent = community.chain.head.block
        let block = community.chain.state.build(
            on: parent, at: parent.header.timestamp.advanced(byMilliseconds: 200),
            proposer: validators[1].address, candidates: []
        ).block
        return try committed(block, sealedBy: [0, 1, 2, 3], state: community.chain.state)
    }

    private func committed(
        _ block: Block, sealedBy sealers: [Int], state: LedgerState?,
        changes: [StateEntry]? = nil
    ) throws -> CommittedBlock {
        let digest = community.domain.commitDigest(height: 1, round: 0, block: block.hash)
        let seals = sealers.map { validators[$0].sign(digest) }
        let execution = try community.chain.state.execute(
            final.block, on: community.chain.head.block)
        let set = community.chain.headDecidedBy
        return CommittedBlock(
            final: FinalBlock(block: block, certificate: Certificate(round: 0, seals: seals)),
            receipts: execution.receipts, changes: changes ?? execution.changes, decidedBy: set,
            nextValidators: set, state: state ?? execution.state)
    }

    /// The first state, but for `changes`.
    func state(with changes: [(StateKey, Bytes)]) throws -> LedgerState {
        let news = changes.map { StateEntry(key: $0.bytes, value: $1) }
        let kept = community.chain.state.entries.filter { entry in
            !news.contains { $0.key == entry.key }
        }
        return try LedgerState(entries: kept + news, scheme: SimulatedScheme())
    }

    /// When the chain begins.
    var start: Timestamp { community.genesis.timestamp }

    /// A replica with a new key at the genesis, linked to `peers`.
    func replica(of address: Address, signer: SimulatedKey?, peers: [Address]) -> ReplicaState {
        let resumption = Resumption(
            of: community.chain, hasNeverVoted: true, hasForgotten: false)
        var replica = ReplicaState(
            ReplicaConfiguration(address: address, signer: signer, scheme: SimulatedScheme()),
            from: resumption, at: start)
        _ = replica.start(at: start)
        for peer in peers { _ = replica.handle(.connected(peer), at: start) }
        return replica
    }
}
