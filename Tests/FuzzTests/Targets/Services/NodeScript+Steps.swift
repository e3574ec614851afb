import Consensus
import Ledger
import Market
import Protocol
import Replica
import Simulation
import TestKit

// What happens.

extension NodeScript {
    mutating func step() throws {
        switch draw.below(20) {
        case 0...1: try wait(waitingTime())
        case 2...4: try lie()
        case 5: try misbehave()
        case 6...7: try agree()
        case 8: try decide()
        case 9...10: try submit(asUser: true)
        case 11: try submit(asUser: false)
        case 12...14: try meter()
        case 15: try tick()
        case 16: try tell(.setPower(draw.number(of: Int32.self), RequestNumber(draw.number())))
        case 17: try fireTimer()
        case 18: try link()
        default: if draw.oneIn(4) { try restart() } else { try tick() }
        }
    }

    mutating func meterStep() throws {
        switch draw.below(12) {
        case 0...5: try meter()
        case 6: try lieOfMeter()
        case 7: try tick()
        case 8: try decide()
        case 9: try submit(asUser: true)
        case 10: try wait(waitingTime())
        default: if draw.oneIn(6) { try restart() } else { try lieOfMeter() }
        }
    }

    private mutating func waitingTime() -> UInt64 {
        [1, 100, 1_000, 60_000, 3_600_000][draw.below(5)] * UInt64(1 + draw.below(4))
    }

    private mutating func tick() throws {
        try wait(1_000)
        try tell(.tick)
    }

    /// A timer comes too early, twice, or never was set.
    private mutating func fireTimer() throws {
        let (height, round) = (draw.number(), draw.number(of: UInt32.self))
        let timers: [ReplicaTimer] = [
            .catchUp, .gossip, .rebroadcast, .sweep, .requestTimeout(height),
            .consensus(.round(height: watch.height + 1, round: round, deadline: now)),
            .consensus(.round(height: height, round: round, deadline: .zero)),
            .consensus(.resend(height: watch.height + 1)), .consensus(.resend(height: height)),
            .consensus(.block(height: watch.height + 1)),
        ]
        if let timer = draw.pick(timers) { try hand(.timer(timer)) }
    }

    private mutating func link() throws {
        let peer = draw.pick(FuzzCommunity.addresses) ?? .zero
        try hand(draw.oneIn(2) ? .connected(peer) : .disconnected(peer))
    }

    private mutating func peer() -> Address {
        (draw.pick(FuzzCommunity.members) ?? FuzzCommunity.stranger).address
    }

    // Lies.

    /// A real message with other fields, from anyone.
    private mutating func lie() throws {
        forger.hashes = [watch.headHash, .zero, candidate(by: 0).block.hash]
        let template = draw.oneIn(3) ? .replica(honest()) : draw.pick(heard) ?? .replica(honest())
        guard let forged = forger.forged(template, &draw, &watch.hasQuorumLied) else { return }
        try hear(forged, from: peer())
    }

    private mutating func lieOfMeter() throws {
        let said = heard.filter { if case .meter = $0 { true } else { false } }
        let template = draw.pick(said) ?? .meter(meterMessage())
        guard let forged = forger.forged(template, &draw, &watch.hasQuorumLied) else { return }
        try hear(forged, from: peer())
    }

    // What honest validators could say.

    /// The next block as the validator numbered so could propose it.
    private func candidate(by validator: Int) -> Execution {
        replica.state.build(
            on: replica.head.block, at: now,
            proposer: FuzzCommunity.validators[validator].address,
            candidates: replica.pool.candidates(atMost: 50))
    }

    /// A message of any kind that says what is so, or nearly.
    private mutating func honest() -> ReplicaMessage {
        let height = watch.height + 1
        let block = candidate(by: draw.below(4)).block
        let key = draw.pick(forger.liars) ?? FuzzCommunity.stranger
        let round = UInt32(draw.below(3))
        switch draw.below(11) {
        case 0: return .consensus(.prepare(forger.prepare(height, round, block.hash, by: key)))
        case 1: return .consensus(.commit(forger.commit(height, round, block.hash, by: key)))
        case 2:
            let vote = forger.wish(height, round + 1, nil, by: key)
            return .consensus(.roundChange(RoundChange(vote: vote, block: nil, prepares: [])))
        case 3: return .consensus(proposal(block, round: round, by: key))
        case 4: return .consensusStatus(.init(height: height, round: round, hasProposal: true))
        case 5: return .blocksRequest(from: draw.number(), count: draw.number())
        case 6: return .proposalRequest(height: draw.number(), hash: block.hash)
        case 7: return .proposalBlock(block)
        case 8: return .finalBlock(FinalBlock(block: block, certificate: replica.head.certificate))
        case 9: return .transactions(replica.pool.candidates(atMost: 5))
        default:
            let head = ChainHead(height: height, hash: block.hash)
            return .head(CertifiedHead(head: head, certificate: replica.head.certificate))
        }
    }

    private func proposal(_ block: Block, round: UInt32, by key: SimulatedKey) -> ConsensusMessage {
        let signed = forger.domain.proposalDigest(
            height: block.number, round: round, block: block.hash)
        let wishes = forger.liars.prefix(3).map { forger.wish(block.number, round, nil, by: $0) }
        return .proposal(
            Proposal(
                round: round, block: block, signature: key.sign(signed),
                roundChanges: round == 0 ? [] : wishes))
    }

    /// The others agree on the next block in some round, as far as the draw goes: they propose,
    /// prepare, commit.
    private mutating func agree() throws {
        let round = UInt32(draw.below(3))
        let others = forger.liars.prefix(3)
        let context = HeightContext(
            after: replica.head.block, decidedBy: replica.validators,
            validators: replica.validators)
        let proposer = context.proposer(ofRound: round)
        guard let key = FuzzCommunity.validators.first(where: { $0.address == proposer }),
            let place = FuzzCommunity.validators.firstIndex(where: { $0.address == proposer })
        else { return }
        var (block, height) = (candidate(by: place).block, watch.height + 1)
        if round > 0 {
            for other in others {
                let vote = forger.wish(height, round, nil, by: other)
                let change = RoundChange(vote: vote, block: nil, prepares: [])
                try hear(.replica(.consensus(.roundChange(change))), from: other.address)
            }
        }
        if key.address == account.address {
            // Its own turn: what it has proposed is what the others vote for.
            try wait(1_000)
            guard let own = ownProposal(height) else { return }
            (block, height) = (own, own.number)
        } else {
            try hear(
                .replica(.consensus(proposal(block, round: round, by: key))), from: key.address)
        }
        let phases = draw.below(4)
        for other in others where phases > 0 && watch.height < height {
            let prepare = forger.prepare(height, round, block.hash, by: other)
            try hear(.replica(.consensus(.prepare(prepare))), from: other.address)
        }
        for other in others.prefix(phases) where phases > 1 && watch.height < height {
            let commit = forger.commit(height, round, block.hash, by: other)
            try hear(.replica(.consensus(.commit(commit))), from: other.address)
        }
    }

    private func ownProposal(_ height: UInt64) -> Block? {
        for case .replica(.consensus(.proposal(let proposal))) in heard.reversed()
        where proposal.height == height {
            return proposal.block
        }
        return nil
    }

    /// The next block has become final elsewhere, and a peer hands it over.
    private mutating func decide() throws {
        let execution = candidate(by: draw.below(forger.liars.count))
        let block = execution.block
        let digest = forger.domain.commitDigest(height: block.number, round: 0, block: block.hash)
        let final = FinalBlock(
            block: block,
            certificate: Certificate(
                round: 0, seals: forger.liars.prefix(3).map { $0.sign(digest) }))
        let message: ReplicaMessage = draw.oneIn(2) ? .finalBlock(final) : .blocks([final])
        try hear(.replica(message), from: peer())
    }

    // What users and meters say.

    private mutating func submit(asUser: Bool) throws {
        guard let key = draw.pick(FuzzCommunity.members + [FuzzCommunity.stranger]) else { return }
        var receipts: [SignedMeterReceipt] = []
        for case .meter(.receipt(let receipt)) in heard { receipts.append(receipt) }
        let call = draw.call(addresses: FuzzCommunity.addresses, receipts: receipts)
        let next = max(
            replica.state.account(key.address).nonce,
            replica.pool.nextNonce(of: key.address) ?? 0)
        let transaction = Transaction(
            chainID: draw.oneIn(24) ? draw.number() : 4_711,
            nonce: draw.oneIn(6) ? draw.number() : next, to: call.target, data: call.data)
        let signed = transaction.signed(by: key)
        guard let verified = try? VerifiedTransaction(signed, scheme: SimulatedScheme()) else {
            return
        }
        if asUser { return try submitAsUser(verified) }
        try hear(.replica(.transactions([verified])), from: peer())
        if replica.pool.contains(verified.hash) { successes += 1 }
    }

    private mutating func meter() throws {
        let sender =
            draw.oneIn(4)
            ? peer()
            : (part == .aggregator
                ? draw.pick(FuzzCommunity.households) ?? account : FuzzCommunity.aggregator).address
        try hear(.meter(meterMessage()), from: sender)
    }

    /// What a meter or an aggregator could say of one of the trades, with numbers of any kind.
    private mutating func meterMessage() -> MeterMessage {
        let side = draw.below(2)
        let direction: FlowDirection = (side == 0) != draw.oneIn(8) ? .export : .import
        let meter = FuzzCommunity.meters[side]
        let id =
            draw.oneIn(12)
            ? OfferID(draw.number(of: UInt32.self)) : OfferID(UInt32(1 + draw.below(3)))
        let energy =
            draw.oneIn(6) ? WattHours(draw.number()) : replica.state.trade(id)?.offer.energy
        let command = DeliveryCommand(
            tradeID: id, direction: direction, energy: energy ?? WattHours(500))
        switch draw.below(8) {
        case 0, 1: return .reading(reading(of: meter.address))
        case 7: return draw.oneIn(2) ? signIn() : news()
        case 2: return .begin(command)
        case 3: return .began(command, reading(of: meter.address))
        case 4: return .end(command)
        case 5:
            return .receipt(
                MeterReceipt(
                    tradeID: id, meter: meter.address, direction: direction,
                    startRegister: WattHours(draw.number()), endRegister: WattHours(draw.number()),
                    startTime: time(), endTime: time()
                ).signed(by: draw.oneIn(8) ? FuzzCommunity.stranger : meter, in: forger.domain))
        default: return .refusal(id, reason: UntrustedText(draw.text()))
        }
    }

    private mutating func signIn() -> MeterMessage {
        let challenge = SHA256.hash([draw.byte()])
        switch draw.below(3) {
        case 0: return .signInWish
        case 1: return .signInChallenge(challenge)
        default:
            let key = draw.pick(FuzzCommunity.households) ?? account
            return .signInAnswer(
                SignInAnswer(
                    challenge: challenge, time: now, signature: key.sign(challenge)))
        }
    }

    /// What an aggregator tells its households of what they do not hear themselves, and what they ask.
    private mutating func news() -> MeterMessage {
        let start = MarketTime(seconds: time().seconds / 900 * 900)
        switch draw.below(3) {
        case 0: return .quartersWish(from: draw.oneIn(4) ? time() : start)
        case 1: return .suspension(reason: UntrustedText(draw.text()))
        default:
            let quarters = (0..<draw.below(QuarterReport.most + 1)).map { _ in
                QuarterSums(
                    meters: draw.number(of: UInt32.self), measured: draw.number(of: UInt32.self),
                    supply: WattHours(draw.number()), need: WattHours(draw.number()))
            }
            return .quarters(
                QuarterReport(first: draw.oneIn(4) ? time() : start, quarters: quarters))
        }
    }

    private mutating func time() -> MarketTime {
        guard !draw.oneIn(4) else { return MarketTime(seconds: draw.number()) }
        let present = replica.state.parameters.marketClock.time(at: now)
        return present.advanced(bySeconds: UInt64(draw.byte()))
    }

    private mutating func reading(of meter: Address) -> MeterReading {
        MeterReading(
            meter: draw.oneIn(16) ? draw.pick(FuzzCommunity.addresses) ?? meter : meter,
            time: time(), importRegister: WattHours(draw.number()),
            exportRegister: WattHours(draw.number()), power: draw.number(of: Int32.self))
    }

    /// A meter message of each kind, for lies about the first trade.
    static func meterMessages(_ state: LedgerState) -> [WireMessage] {
        let reading = MeterReading(
            meter: FuzzCommunity.meters[0].address, time: MarketTime(seconds: 1_780_000_000),
            importRegister: WattHours(1), exportRegister: WattHours(2), power: 3)
        let command = DeliveryCommand(
            tradeID: OfferID(1), direction: .export, energy: WattHours(500))
        let receipts = zip(FuzzCommunity.meters, [FlowDirection.export, .import]).map {
            MeterReceipt(
                tradeID: OfferID(1), meter: $0.address, direction: $1,
                startRegister: WattHours(1_000), endRegister: WattHours(1_500),
                startTime: state.parameters.marketClock.origin.advanced(bySeconds: 300),
                endTime: state.parameters.marketClock.origin.advanced(bySeconds: 400)
            ).signed(by: $0, in: state.domain)
        }
        return [
            .meter(.reading(reading)), .meter(.begin(command)), .meter(.began(command, reading)),
            .meter(.end(command)), .meter(.refusal(OfferID(1), reason: "no")),
            .meter(.signInWish), .meter(.signInChallenge(.zero)),
            .meter(.quartersWish(from: MarketTime(seconds: 1_780_000_200))),
            .meter(
                .quarters(
                    QuarterReport(
                        first: MarketTime(seconds: 1_780_000_200),
                        quarters: [
                            QuarterSums(
                                meters: 6, measured: 5, supply: WattHours(1), need: WattHours(2))
                        ]))),
            .meter(.suspension(reason: "unpaid")),
        ] + receipts.map { .meter(.receipt($0)) }
    }
}
