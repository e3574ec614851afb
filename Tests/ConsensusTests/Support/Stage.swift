@testable import Consensus
import Protocol
import TestKit

/// One validator on a stage where the test plays all others.
struct Stage {
    let signers: [PlainKey]
    let own: Int?
    var chain: ToyChain
    var node: ConsensusInstance
    var now = ToyChain.start.advanced(byMilliseconds: 1_000)
    /// What was stored so far.
    var records: [SafetyRecord] = []

    /// The validator at `own` of `count`, at height 1, where `proposer(1, r)` is number r.
    init(
        of count: Int, as own: Int?, records: [SafetyRecord] = [], participating: Bool = true
    ) throws {
        signers = PlainKey.numbered(count)
        self.own = own
        self.records = records
        chain = ToyChain(validators: ValidatorSet(signers.map(\.address)))
        node = ConsensusInstance(
            parameters: ToyChain.parameters, signer: own.map { [signers] in signers[$0] },
            scheme: PlainScheme(), context: chain.context, records: records, at: now)
        if participating { _ = try give(.participation(true)) }
    }

    private init(restarting stage: Stage) {
        self = stage
        node = ConsensusInstance(
            parameters: ToyChain.parameters, signer: own.map { [signers] in signers[$0] },
            scheme: PlainScheme(), context: chain.context, records: records, at: now)
    }

    /// The same validator after a crash: it has its chain and its records, and nothing else.
    func restarted() throws -> (stage: Stage, outputs: [Output]) {
        var stage = Stage(restarting: self)
        let outputs = try stage.give(.participation(true))
        return (stage, outputs)
    }

    var quorum: Int { chain.validators.quorum }

    mutating func give(_ input: Input) throws(Rejection) -> [Output] {
        let outputs = try node.handle(input, at: now, application: &chain)
        for case .persist(let record) in outputs { records.append(record) }
        return outputs
    }

    mutating func receive(_ message: ConsensusMessage) throws(Rejection) -> [Output] {
        try give(.received(message))
    }

    mutating func receive(_ messages: [ConsensusMessage]) throws(Rejection) -> [Output] {
        var outputs: [Output] = []
        for message in messages { outputs += try receive(message) }
        return outputs
    }

    mutating func submit(_ number: UInt64) throws -> [Output] {
        chain.submit(try ToyChain.transaction(number))
        return try give(.workArrived)
    }

    /// Lets so many others be heard in `round` that with this validator they are a quorum.
    mutating func hearQuorum(inRound round: UInt32) throws -> [Output] {
        let status = ConsensusStatus(height: node.context.height, round: round, hasProposal: true)
        let others = signers.indices.filter { $0 != own }.prefix(quorum - 1)
        return try others.flatMap { other in
            try give(.statusReceived(status, from: signers[other].address))
        }
    }

    /// Lets the current round run out, in the presence of a quorum.
    mutating func letRoundExpire() throws -> [Output] {
        _ = try hearQuorum(inRound: node.round)
        let duration = ToyChain.parameters.duration(ofRound: node.round)
        now = now.advanced(byMilliseconds: 2 * duration)
        guard let timer = node.state.roundTimer else { return [] }
        return try give(.timerExpired(timer))
    }
}

/// What the others say.
extension Stage {
    var domain: SigningDomain { ToyChain.parameters.domain }

    func block(_ number: UInt64, by proposer: Int) throws -> Block {
        ToyChain.block(
            on: chain.head, at: now, proposer: signers[proposer].address,
            [try ToyChain.transaction(number)])
    }

    func emptyBlock(by proposer: Int) -> Block {
        ToyChain.block(on: chain.head, at: now, proposer: signers[proposer].address, [])
    }

    func proposal(
        _ block: Block, round: UInt32 = 0, by author: Int, roundChanges: [RoundChangeVote] = [],
        prepares: [Prepare] = []
    ) -> Proposal {
        let digest = domain.proposalDigest(height: block.number, round: round, block: block.hash)
        return Proposal(
            round: round, block: block, signature: signers[author].sign(digest),
            roundChanges: roundChanges, prepares: prepares)
    }

    func prepare(_ block: Block, round: UInt32 = 0, by author: Int) -> Prepare {
        let digest = domain.prepareDigest(height: block.number, round: round, block: block.hash)
        return Prepare(
            height: block.number, round: round, digest: block.hash,
            signature: signers[author].sign(digest))
    }

    func commit(_ block: Block, round: UInt32 = 0, by author: Int) -> Commit {
        let digest = domain.commitDigest(height: block.number, round: round, block: block.hash)
        return Commit(
            height: block.number, round: round, digest: block.hash,
            seal: signers[author].sign(digest))
    }

    func prepares(_ block: Block, round: UInt32 = 0, by authors: [Int]) -> [Prepare] {
        authors.map { prepare(block, round: round, by: $0) }
    }

    func roundChange(to round: UInt32, by author: Int, _ prepared: PreparedBlock? = nil)
        -> RoundChange
    {
        let claim = prepared?.claim
        let digest = domain.roundChangeDigest(
            height: node.context.height, round: round, prepared: claim)
        let vote = RoundChangeVote(
            height: node.context.height, round: round, prepared: claim,
            signature: signers[author].sign(digest))
        return RoundChange(vote: vote, block: prepared?.block, prepares: prepared?.prepares ?? [])
    }

    func roundChanges(
        to round: UInt32, by authors: [Int], _ prepared: PreparedBlock? = nil
    ) -> [RoundChange] {
        authors.map { roundChange(to: round, by: $0, prepared) }
    }

    func prepared(_ block: Block, round: UInt32, by authors: [Int]) -> PreparedBlock {
        PreparedBlock(
            round: round, block: block, prepares: prepares(block, round: round, by: authors))
    }
}

extension [Output] {
    /// The messages that go to everyone.
    var broadcasts: [ConsensusMessage] {
        compactMap { if case .broadcast(let message) = $0 { message } else { nil } }
    }

    func broadcasts(_ kind: ConsensusMessage.Kind) -> [ConsensusMessage] {
        broadcasts.filter { $0.kind == kind }
    }

    var finals: [FinalBlock] {
        compactMap { if case .finalize(let final) = $0 { final } else { nil } }
    }

    var evidence: [Evidence] {
        compactMap { if case .evidence(let evidence) = $0 { evidence } else { nil } }
    }

    var timers: [ConsensusTimer] {
        compactMap { if case .setTimer(let timer, _) = $0 { timer } else { nil } }
    }

    var refusals: Int {
        count { if case .refusedToSignTwice = $0 { true } else { false } }
    }

    /// Whether each message that goes to everyone was stored before, now or in `earlier`.
    func storesBeforeSending(earlier: [SafetyRecord] = []) -> Bool {
        var stored = Set(earlier)
        for output in self {
            switch output {
            case .persist(let record): stored.insert(record)
            case .broadcast(let message):
                guard stored.contains(.vote(message)) else { return false }
            default: break
            }
        }
        return true
    }
}
