import Ledger
import Protocol
import TestKit
import Testing

/// Random calls by everyone, most of them out of place: whatever happens, what must hold holds.
@Suite struct MarketPropertyTests {
    /// The steps that a trade may take.
    private static let arrows: [TradeStatus: Set<TradeStatus>] = [
        .open: [.picked, .cancelled, .expired], .picked: [.paid, .refunded],
        .paid: [.delivered, .refunded], .delivered: [.settled], .settled: [], .cancelled: [],
        .expired: [], .refunded: [],
    ]

    private static let people = [
        TestCommunity.anna, TestCommunity.ben, TestCommunity.carla, TestCommunity.observer,
        TestCommunity.aggregator, TestCommunity.otherAggregator, TestCommunity.exchange,
        TestCommunity.validator,
    ]

    @Test(arguments: 1...6 as ClosedRange<UInt64>)
    func `no sequence of calls breaks the market`(seed: UInt64) throws {
        var random = SeededGenerator(seed: seed)
        var community = try TestCommunity(TestCommunity.genesis(fee: 12_345))
        for (account, name) in [
            (TestCommunity.anna, "a"), (TestCommunity.ben, "b"),
            (TestCommunity.carla, "c"),
        ] {
            try community.fund(account, 5_000, reference: name)
        }
        var reached: Set<TradeStatus> = []
        for round in 0..<60 {
            community.wait([0, 1, 60, 600, 1_300].randomElement(using: &random) ?? 0)
            let before = community.state
            var nonces: [Address: UInt64] = [:]
            let transactions = try (0..<Int.random(in: 1...6, using: &random)).map { _ in
                let (sender, target, data) = call(round, in: community, &random)
                let nonce = nonces[sender] ?? community.state.account(sender).nonce
                nonces[sender] = nonce + 1
                return try community.transaction(sender, to: target, data, nonce: nonce)
            }
            let execution = try community.add(transactions)
            #expect(execution.receipts.count == transactions.count)
            checkConservation(community)
            checkTotals(community.state)
            checkSteps(from: before, to: community.state, transactions.count, &reached)
            checkRegisters(from: before, to: community.state)
        }
        let restored = try LedgerState(
            entries: community.state.entries.shuffled(using: &random), scheme: PlainScheme())
        #expect(restored.root == community.state.root)
        #expect(reached.isSuperset(of: [.picked, .paid, .delivered, .settled]))
    }

    private func call(
        _ round: Int, in community: TestCommunity, _ random: inout SeededGenerator
    ) -> (Address, Address, Bytes) {
        let someone = Self.people.randomElement(using: &random) ?? .zero
        let household =
            [TestCommunity.anna, .init(reserved: 0xacc0_0002), TestCommunity.carla]
            .randomElement(using: &random) ?? .zero
        let aggregator =
            Int.random(in: 0..<8, using: &random) > 0
            ? TestCommunity.aggregator : TestCommunity.otherAggregator
        let market = NativeContract.market
        switch Int.random(in: 0..<16, using: &random) {
        case 0...2:
            let expires = [nil, community.now + 100].randomElement(using: &random) ?? nil
            if Int.random(in: 0..<3, using: &random) == 0 {
                let price = UInt32.random(in: 0...900, using: &random)
                let recipient = Self.people.randomElement(using: &random) ?? .zero
                return (
                    household, market,
                    MarketCall.addOffer(
                        energy: .random(in: 0...2_000, using: &random),
                        price: price.isMultiple(of: 2) ? 0 : price, to: recipient, expires: expires)
                )
            }
            let offer = MarketCall.addOffer(
                energy: .random(in: 0...2_000, using: &random),
                price: .random(in: 0...900, using: &random), expires: expires)
            return (household, market, offer)
        case 3...5:
            return (household, market, MarketCall.pickOffer(some(.open, in: community, &random)))
        case 6...7:
            let id = some(.picked, in: community, &random)
            return (aggregator, market, community.confirm(id.value))
        case 8...9:
            let id = some(.paid, in: community, &random)
            return (aggregator, market, proof(of: id, in: community, &random))
        case 10...11:
            let id = some(.delivered, in: community, &random)
            return (aggregator, market, MarketCall.confirmL2P(id))
        case 12:
            return (household, market, MarketCall.cancelOffer(some(.open, in: community, &random)))
        case 13: return (someone, market, MarketCall.refund(some(.paid, in: community, &random)))
        case 14:
            return (someone, market, MarketCall.claim(some(.delivered, in: community, &random)))
        default: return (someone, NativeContract.token, tokenCall(round, &random))
        }
    }

    /// Mostly a trade of `status`, sometimes any, sometimes none.
    private func some(
        _ status: TradeStatus, in community: TestCommunity, _ random: inout SeededGenerator
    ) -> OfferID {
        let fitting = trades(of: community.state).filter { $0.status == status }.map(\.offer.id)
        let newest = community.state.nextOfferID?.value ?? 1
        if let id = fitting.randomElement(using: &random), Int.random(in: 0..<4, using: &random) > 0
        {
            return id
        }
        return OfferID(UInt32.random(in: 0...newest, using: &random))
    }

    private func tokenCall(_ round: Int, _ random: inout SeededGenerator) -> Bytes {
        let to = Self.people.randomElement(using: &random) ?? .zero
        let from = Self.people.randomElement(using: &random) ?? .zero
        let amount = TokenAmount(.random(in: 0...500, using: &random))
        switch Int.random(in: 0..<5, using: &random) {
        case 0: return TokenCall.mint(to: to, amount: amount, reference: "m\(round)")
        case 1: return TokenCall.burn(amount: amount, reference: "m\(round)")
        case 2: return TokenCall.approve(spender: to, amount: 300)
        case 3: return TokenCall.transferFrom(from, to: to, amount: amount)
        default: return TokenCall.transfer(to: to, amount: amount)
        }
    }

    /// Receipts that begin about where the meters' claims end, seldom before.
    private func proof(
        of id: OfferID, in community: TestCommunity, _ random: inout SeededGenerator
    ) -> Bytes {
        let trade = community.state.trade(id)
        let paid = trade?.paid?.time ?? .zero
        func receipt(_ account: Address?, _ direction: FlowDirection) -> SignedMeterReceipt {
            let key = TestCommunity.meter(of: account ?? TestCommunity.anna)
            let claimed = community.state.meter(key)?.claims(direction).end
            let isEarly = Int.random(in: 0..<8, using: &random) == 0
            let start = max(1, claimed?.register.value ?? 0) - (isEarly ? 1 : 0)
            let begin = isEarly ? paid : max(paid, claimed?.time ?? .zero)
            let energy = UInt64.random(in: 0...1_200, using: &random)
            return community.signed(
                MeterReceipt(
                    tradeID: id, meter: key, direction: direction,
                    startRegister: WattHours(start), endRegister: WattHours(start + energy),
                    startTime: begin, endTime: MarketTime(seconds: community.now)))
        }
        return MarketCall.proofOfDelivery(
            id, seller: receipt(trade?.offer.seller, .export),
            buyer: receipt(trade?.buyer, .import))
    }

    private func checkConservation(_ community: TestCommunity) {
        let supply = community.state.supply
        let balances = Self.people.reduce(0) { $0 + community.balance($1) }
        #expect(
            balances + supply.escrow.baseUnits
                == supply.minted.baseUnits - supply.burned.baseUnits)
        let inEscrow = trades(of: community.state)
            .filter { [.picked, .paid, .delivered].contains($0.status) }
            .reduce(0) { $0 + $1.offer.price.baseUnits }
        #expect(supply.escrow.baseUnits == inEscrow)
        for trade in trades(of: community.state) where trade.status == .settled {
            let parts = [trade.sellerAmount, trade.fee, trade.returned]
            let sum = parts.reduce(0) { $0 + $1.baseUnits }
            #expect(sum == trade.offer.price.baseUnits)
            #expect(trade.deliveredEnergy <= trade.offer.energy)
        }
    }

    /// The sums that the ledger keeps are those that a count of everything gives.
    private func checkTotals(_ state: LedgerState) {
        let trades = trades(of: state)
        for status in TradeStatus.allCases {
            #expect(state.totals.count(status) == UInt64(trades.count { $0.status == status }))
        }
        let settled = trades.filter { $0.status == .settled }
        #expect(
            state.totals.settledEnergy.value
                == settled.reduce(0) { $0 + $1.deliveredEnergy.value })
        let accounts = state.entries.compactMap(\.account)
        #expect(
            state.totals.balances.baseUnits
                == accounts.reduce(0) { $0 + state.account($1).balance.baseUnits })
    }

    /// Each trade moved along arrows alone, at most one a transaction.
    private func checkSteps(
        from before: LedgerState, to after: LedgerState, _ transactions: Int,
        _ reached: inout Set<TradeStatus>
    ) {
        for trade in trades(of: after) {
            let old = before.trade(trade.offer.id)?.status ?? .open
            var possible: Set<TradeStatus> = [old]
            for _ in 0..<transactions {
                possible.formUnion(possible.flatMap { Self.arrows[$0] ?? [] })
            }
            #expect(possible.contains(trade.status))
            reached.insert(trade.status)
            let steps = [trade.offered, trade.picked, trade.paid, trade.delivered, trade.closed]
            let blocks = steps.compactMap { $0?.block }
            #expect(blocks == blocks.sorted())
            #expect(trade.offer == before.offer(trade.offer.id) ?? trade.offer)
            if let buyer = trade.buyer { #expect(trade.offer.isFor(buyer)) }
        }
    }

    /// The watt-hours claimed of a meter grow by at least what was delivered through it.
    private func checkRegisters(from before: LedgerState, to after: LedgerState) {
        for account in Self.people {
            let key = TestCommunity.meter(of: account)
            guard let old = before.meter(key), let new = after.meter(key) else { continue }
            let delivered = trades(of: after).filter {
                $0.delivered != nil && before.trade($0.offer.id)?.delivered == nil
            }
            let sold = delivered.filter { $0.offer.seller == account }
                .reduce(0) { $0 + $1.deliveredEnergy.value }
            let bought = delivered.filter { $0.buyer == account }
                .reduce(0) { $0 + $1.deliveredEnergy.value }
            #expect(new.exportClaims.energy.value >= old.exportClaims.energy.value + sold)
            #expect(new.importClaims.energy.value >= old.importClaims.energy.value + bought)
        }
    }

    private func trades(of state: LedgerState) -> [Trade] {
        let next = state.nextOfferID?.value ?? 1
        return (1..<max(next, 1)).compactMap { state.trade(OfferID($0)) }
    }
}
