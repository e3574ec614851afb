import Console
import Glibc
import Ledger
import Protocol

/// Two accounts of one member that trade with each other, with meters of their own making: what they
/// need of the aggregator is that it registers payments.
struct PairOfAccounts {
    let seller: MemberProgram
    let buyer: MemberProgram
    /// What answers for the buyer's meter.
    private let household: ShamHousehold
    private let testnet: AttackedTestnet

    init(in testnet: AttackedTestnet, at node: String, _ effort: AttackEffort) throws {
        self.testnet = testnet
        seller = try testnet.program(at: node)
        buyer = try testnet.program(at: node)
        household = try ShamHousehold(of: buyer, in: testnet, watts: 0)
        buyer.waitForTokens(effort)
    }

    /// An offer of `energy` that the buyer has picked.
    func trade(_ energy: UInt32) throws -> OfferID? {
        // Dearer than what any household picks.
        let offer = MarketCall.addOffer(energy: energy, price: 1_000_000)
        guard let made = try seller.perform(offer, to: NativeContract.market),
            let id = try seller.offerID(madeBy: made)
        else { return nil }
        let pick = MarketCall.pickOffer(id)
        return try buyer.perform(pick, to: NativeContract.market) == nil ? nil : id
    }

    /// Waits until the trade is in `state`, for `seconds` at most.
    func wait(for state: String, of id: OfferID, seconds: Double) throws -> Bool {
        let deadline = ContinuousClock.now + .seconds(seconds)
        while buyer.state(of: id) != state {
            guard ContinuousClock.now < deadline else { return false }
            try household.work()
            Terminal.pause(milliseconds: 50)
        }
        return true
    }

    /// Hands in receipts of both meters over `stretch` of their registers, in the time from `start` to
    /// `end`; whether the ledger took them.
    func prove(
        _ id: OfferID, over stretch: Range<UInt64>, from start: MarketTime, to end: MarketTime
    ) throws -> Bool {
        func receipt(
            _ member: AttackMember, _ direction: FlowDirection
        ) -> SignedMeterReceipt {
            MeterReceipt(
                tradeID: id, meter: member.meter.address, direction: direction,
                startRegister: WattHours(stretch.lowerBound),
                endRegister: WattHours(stretch.upperBound), startTime: start, endTime: end
            ).signed(by: member.meter, in: testnet.domain)
        }
        let proof = MarketCall.proofOfDelivery(
            id, seller: receipt(seller.member, .export), buyer: receipt(buyer.member, .import))
        return try buyer.perform(proof, to: NativeContract.market) != nil
    }
}

/// Receipts over the same stretch of a register for several trades, and over the same time with other
/// registers, so that more would flow than the connection carries.
struct DoubleReceipts: MemberAttack {
    let number = "m10"
    let title = "receipts over the same stretch twice"
    let members = 2

    /// What each trade is of: as much as the connection carries in three seconds or so.
    private static let energy: UInt64 = 900

    func run(against testnet: AttackedTestnet, _ effort: AttackEffort) throws {
        let pair = try PairOfAccounts(in: testnet, at: target, effort)
        var register: UInt64 = 0
        repeat {
            let ids = try (0..<3).compactMap { _ in try pair.trade(UInt32(Self.energy)) }
            let paid = try ids.filter { try pair.wait(for: "paid", of: $0, seconds: 5) }
            let start = testnet.marketNow
            let carried = Self.energy * 3_600 / AttackMember.ratedPower.value + 1
            Terminal.pause(milliseconds: UInt32(carried * 1_000 / UInt64(testnet.clock.rate)) + 500)
            let end = testnet.marketNow
            var taken = 0
            for (index, id) in paid.enumerated() {
                // The second over the same stretch, the third over the next one in the same time.
                let first = index == 2 ? register + Self.energy : register
                if try pair.prove(id, over: first..<(first + Self.energy), from: start, to: end) {
                    taken += 1
                }
                effort.count("pairs of receipts")
            }
            // Time and a half would carry twice as much.
            let most = (end.seconds - start.seconds) * AttackMember.ratedPower.value / 3_600
            let fits = UInt64(taken) * Self.energy <= max(most, Self.energy)
            effort.count("taken", taken)
            effort.claim(
                "energy through one connection", fits && taken <= 1 && taken > 0,
                "\(taken) of \(paid.count) taken", limit: "1 of \(paid.count)")
            register += Self.energy
        } while !effort.isOver
    }
}

/// A member that has offers open, picks and tokens, and is suspended: an accomplice picks its offers and
/// moves its tokens.
struct SuspendedTrader: MemberAttack {
    let number = "m11"
    let title = "a suspended member's offers and tokens"
    let members = 2

    func run(against testnet: AttackedTestnet, _ effort: AttackEffort) throws {
        let member = try testnet.program(at: target)
        let accomplice = try testnet.program(at: target)
        for program in [member, accomplice] { program.waitForTokens(effort) }
        let approval = TokenCall.approve(spender: accomplice.address, amount: .max)
        try member.perform(approval, to: NativeContract.token)
        var gone = 0
        repeat {
            let offer = MarketCall.addOffer(energy: 20, price: .max)
            let made = try (0..<3).compactMap { _ in
                try member.perform(offer, to: NativeContract.market)
            }.compactMap { try member.offerID(madeBy: $0) }
            effort.count("offers", made.count)
            try testnet.testnet.callAsAggregator(
                CommunityCall.suspend(member.address), to: NativeContract.community)
            effort.count("suspensions")
            let before = member.balance
            for id in made {
                let pick = MarketCall.pickOffer(id)
                if try accomplice.perform(pick, to: NativeContract.market) != nil { gone += 1 }
            }
            let theft = TokenCall.transferFrom(
                member.address, to: accomplice.address, amount: TokenAmount(1))
            if try accomplice.perform(theft, to: NativeContract.token) != nil { gone += 1 }
            let transfer = TokenCall.transfer(to: accomplice.address, amount: TokenAmount(1))
            if try member.perform(transfer, to: NativeContract.token) != nil { gone += 1 }
            effort.count("attempts", made.count + 2)
            let isStill = member.balance == before
            effort.claim(
                "of a suspended member's", gone == 0 && isStill,
                "\(gone) went through, balance \(isStill ? "the same" : "another")",
                limit: "none")
            try testnet.testnet.callAsAggregator(
                CommunityCall.reinstate(member.address), to: NativeContract.community)
        } while !effort.isOver
    }
}

/// An aggregator that is silent from the moment on at which energy has flowed: neither household gets
/// anything of it.
struct SilentAggregator: MemberAttack {
    let number = "m13"
    let title = "an aggregator that falls silent after delivery"
    let stops: Set<String> = ["aggregator"]
    let members = 2
    /// A window of delivery, after which a proved trade is settled by whoever asks.
    let leastSeconds = 75.0
    let ground = AttackGround.own

    private static let energy: UInt64 = 500

    func run(against testnet: AttackedTestnet, _ effort: AttackEffort) throws {
        let pair = try PairOfAccounts(in: testnet, at: target, effort)
        guard let id = try pair.trade(UInt32(Self.energy)),
            try pair.wait(for: "paid", of: id, seconds: 10)
        else { throw CommandFailure(.failed, "the aggregator has registered no payment") }
        let start = testnet.marketNow
        let carried = Self.energy * 3_600 / AttackMember.ratedPower.value + 1
        Terminal.pause(milliseconds: UInt32(carried * 1_000 / UInt64(testnet.clock.rate)) + 500)
        let aggregator = testnet.testnet.process("aggregator")
        _ = aggregator.send(SIGSTOP)
        defer { _ = aggregator.send(SIGCONT) }
        effort.count("aggregators stopped")
        let isProved = try pair.prove(
            id, over: 0..<Self.energy, from: start, to: testnet.marketNow)
        effort.claim(
            "proved by the households", isProved, isProved ? "proved" : "not proved",
            limit: "proved")
        while !effort.isOver { Terminal.pause(milliseconds: 50) }
        guard !effort.isShort else { return }
        let claim = MarketCall.claim(id)
        let isSettled = try pair.seller.perform(claim, to: NativeContract.market) != nil
        effort.claim(
            "settled by the seller", isSettled && pair.buyer.state(of: id) == "settled",
            pair.buyer.state(of: id), limit: "settled")
    }
}
