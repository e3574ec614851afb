import Ledger
import Protocol
import Simulation
import TestKit
import Testing

@testable import Market

/// What a household gives away by its owner's rules, and what its neighbour takes of it.
@Suite struct GiftTests {
    private static let (giver, taker, third) = (Keys.key(10), Keys.key(11), Keys.key(12))

    /// Two prosumers and two consumers that neither draw nor feed in.
    private func quiet() throws -> TestCommunity {
        var community = try TestCommunity(
            sources: Array(repeating: .manual(0), count: 4), prosumers: [0, 1])
        community.run(seconds: 5)
        return community
    }

    private func offer(
        _ energy: UInt32, _ price: UInt32, to recipient: SimulatedKey? = nil,
        by key: SimulatedKey, in community: inout TestCommunity
    ) throws -> OfferID {
        let id = try #require(community.ledger.state.nextOfferID)
        let call =
            recipient.map { MarketCall.addOffer(energy: energy, price: price, to: $0.address) }
            ?? MarketCall.addOffer(energy: energy, price: price)
        try community.call(NativeContract.market, call, by: key)
        return id
    }

    /// What the trader of `key` decides, with so much fed in today.
    private func actions(
        of key: SimulatedKey, power: Int32, fedIn: UInt64 = 0, in community: TestCommunity,
        _ change: (inout TraderLimits) -> Void = { _ in }
    ) -> [TradeAction] {
        var limits = TraderLimits()
        change(&limits)
        let (ledger, time) = (
            community.ledger, community.ledger.clock.time(at: community.ledger.now)
        )
        var trades = OwnTrades(of: key.address)
        trades.follow(ledger.state, at: time)
        return AutomaticTrader(account: key.address, limits: limits).actions(
            in: AutomaticTrader.Situation(
                state: ledger.state, height: ledger.head.number + 1, time: time, power: power,
                trades: trades, surplus: surplus(fedIn)))
    }

    private func surplus(_ energy: UInt64) -> CountedSurplus {
        var surplus = CountedSurplus()
        surplus.count(reading(0, day: 0))
        surplus.count(reading(energy, day: 0))
        return surplus
    }

    private func reading(_ exported: UInt64, day: UInt64) -> MeterReading {
        MeterReading(
            meter: .zero, time: MarketTime(seconds: day * 86_400 + 1), importRegister: .zero,
            exportRegister: WattHours(exported), power: 0)
    }

    /// How many of `actions` offer something: for nothing to somebody, or for sale to anyone.
    private func count(_ actions: [TradeAction]) -> (gifts: [Address], sales: Int) {
        var (gifts, sales) = ([Address](), 0)
        for case .offer(let energy, let price, _, let recipient) in actions {
            #expect(energy == TraderLimits().lot)
            if price == .zero, let recipient { gifts.append(recipient) } else { sales += 1 }
        }
        return (gifts, sales)
    }

    @Test func `a part of what was fed in is given away, in whole lots`() throws {
        let community = try quiet()
        func given(_ permille: UInt32, of fedIn: UInt64) -> Int {
            let actions = actions(of: Self.giver, power: -5_000, fedIn: fedIn, in: community) {
                $0.gifts = [Self.taker.address: permille]
            }
            let found = count(actions)
            #expect(found.gifts.allSatisfy { $0 == Self.taker.address })
            return found.gifts.count
        }
        #expect(given(0, of: 5_000) == 0)
        #expect(given(100, of: 499) == 0)
        #expect(given(100, of: 500) == 1)
        #expect(given(1_000, of: 99) == 1)
        // Two at most wait for one neighbour, however much is due.
        #expect(given(1_000, of: 100_000) == 2)
        #expect(given(1_000, of: .max) == 2)
    }

    @Test func `what is given away is not for sale`() throws {
        let community = try quiet()
        // 900 W are 18 lots in an hour, and six may be open.
        for (permille, sales) in [(0, 6), (667, 5), (950, 0), (1_000, 0)] as [(UInt32, Int)] {
            let found = count(
                actions(of: Self.giver, power: -900, in: community) {
                    $0.gifts = [Self.taker.address: permille]
                })
            #expect(found.sales == sales && found.gifts.isEmpty, "\(permille): \(found)")
        }
    }

    @Test func `what was given or may still be taken is not given again`() throws {
        var community = try quiet()
        func due() -> Int {
            count(
                actions(of: Self.giver, power: -5_000, fedIn: 150, in: community) {
                    $0.gifts = [Self.taker.address: 1_000]
                }
            ).gifts.count
        }
        #expect(due() == 2)
        let first = try offer(50, 0, to: Self.taker, by: Self.giver, in: &community)
        #expect(due() == 1)
        let second = try offer(50, 0, to: Self.taker, by: Self.giver, in: &community)
        #expect(due() == 0)
        try community.call(
            NativeContract.market, MarketCall.pickOffer(first), by: Self.taker)
        #expect(due() == 1)
        // What was taken back was not given.
        try community.call(NativeContract.market, MarketCall.cancelOffer(second), by: Self.giver)
        #expect(due() == 2)
        // Nor is what nobody took in time, whether a block says so already or not.
        _ = try offer(50, 0, to: Self.taker, by: Self.giver, in: &community)
        #expect(due() == 1)
        community.advance(milliseconds: 1_441_000)
        #expect(due() == 2)
    }

    /// The neighbours take four gifts each, and draw nothing. Five to each are open or under way at most,
    /// two of them open, and twenty to all.
    @Test(arguments: [(4, [8, 8, 8, 4]), (5, [10, 10, 5, 0])])
    func `gifts that nobody draws keep nothing from being sold`(
        _ neighbours: Int, _ more: [Int]
    ) throws {
        var community = try TestCommunity(
            sources: Array(repeating: .manual(0), count: neighbours + 1), prosumers: [0])
        community.run(seconds: 5)
        let takers = (1...neighbours).map { Keys.key(UInt8(10 + $0)) }
        func found() -> (gifts: [Address], sales: Int) {
            count(
                actions(of: Self.giver, power: -5_000, fedIn: 5_000, in: community) {
                    $0.gifts = Dictionary(
                        uniqueKeysWithValues: takers.map { ($0.address, 100) })
                })
        }
        #expect(found().gifts.count == 2 * neighbours && found().sales == 6)
        for number in 1...4 {
            for taker in takers {
                let gift = try offer(50, 0, to: taker, by: Self.giver, in: &community)
                try community.call(
                    NativeContract.market, MarketCall.pickOffer(gift), by: taker)
                #expect(community.ledger.state.trade(gift)?.status == .paid)
            }
            #expect(found().gifts.count == more[number - 1], "after \(number)")
            #expect(found().sales == 6)
        }
        #expect(Set(found().gifts).count == more[3])
    }

    /// It picks what it is given, its meter signs starts, and its receipts never come.
    @Test func `who hands in no receipts has its part once`() throws {
        let recipient = Keys.key(90)
        var limits = TraderLimits()
        limits.gifts = [recipient.address: 100]
        var community = try TestCommunity(
            sources: [.manual(-1_000)], prosumers: [0], limits: limits)
        try community.call(
            NativeContract.community,
            CommunityCall.register(
                .fixture(
                    recipient.address, .consumer, meter: Keys.key(91).address,
                    power: Watts(22_000), certificate: .zero)), by: Keys.key(4))
        for _ in 0..<240 {
            community.run(seconds: 1)
            for trade in community.trades where trade.offer.recipient == recipient.address {
                let state = community.ledger.state
                switch trade.status {
                case .open
                where state.picksLeft(
                    of: recipient.address, at: community.ledger.head.number + 1) > 0:
                    try community.call(
                        NativeContract.market, MarketCall.pickOffer(trade.offer.id), by: recipient)
                case .picked:
                    try community.call(
                        NativeContract.market, community.confirmation(of: trade.offer.id),
                        by: recipient)
                default: break
                }
            }
        }
        let gifts = community.trades.filter { $0.buyer == recipient.address }
        let over = gifts.filter { $0.status == .settled }
        #expect(over.count >= 2 && over.allSatisfy { $0.deliveredEnergy == .zero })
        let given = gifts.reduce(0) { $0 + ($1.exported ?? $1.offer.energy).value }
        let exported = try #require(community.reading(0)).exportRegister.value
        #expect(given * 1_000 <= exported * 100, "\(given) of \(exported) Wh")
    }

    @Test func `who is no household, or may pick nothing, is given nothing`() throws {
        var community = try quiet()
        let limits: (inout TraderLimits) -> Void = {
            $0.gifts = [
                Self.taker.address: 600, Self.third.address: 700, Self.giver.address: 100,
                community.broker: 100, Keys.key(99).address: 100,
            ]
        }
        func shares() -> [UInt32] {
            var own = TraderLimits()
            limits(&own)
            let trader = AutomaticTrader(account: Self.giver.address, limits: own)
            let shares = trader.giftShares(in: community.ledger.state)
            #expect(shares.allSatisfy { own.gifts[$0.recipient] ?? 0 >= $0.permille })
            return shares.map(\.permille)
        }
        // Never more than all, whatever the rules say.
        #expect(shares().count == 2 && shares().reduce(0, +) == 1_000)
        try community.call(
            NativeContract.community, CommunityCall.suspend(Self.taker.address),
            by: community.roles[TestCommunity.aggregator].key)
        #expect(shares() == [700])
    }

    @Test func `each day is counted by itself`() {
        var surplus = CountedSurplus()
        surplus.count(reading(700, day: 3))
        #expect(surplus.energy == .zero && surplus.since == MarketTime(seconds: 3 * 86_400 + 1))
        surplus.count(reading(760, day: 3))
        #expect(surplus.energy == WattHours(60))
        // A register that went back is another meter's.
        surplus.count(reading(20, day: 3))
        #expect(surplus.energy == .zero)
        surplus.count(reading(50, day: 3))
        #expect(surplus.energy == WattHours(30))
        surplus.count(reading(90, day: 4))
        #expect(surplus.energy == .zero && surplus.since == MarketTime(seconds: 4 * 86_400 + 1))
    }

    @Test func `a gift is taken before anything is bought, and others' gifts never`() throws {
        var community = try quiet()
        _ = try offer(50, 500, by: Self.giver, in: &community)
        _ = try offer(50, 0, to: Self.third, by: Self.taker, in: &community)
        let buyer = Keys.key(13)
        #expect(
            actions(of: buyer, power: 500, in: community)
                == [.pick(OfferID(community.trades[0].offer.id.value))])
        let gift = try offer(50, 0, to: buyer, by: Self.taker, in: &community)
        #expect(actions(of: buyer, power: 500, in: community).first == .pick(gift))
        // Before what a favourite sells, too.
        let favoured = actions(of: buyer, power: 500, in: community) {
            $0.favourites = [Self.giver.address]
        }
        #expect(favoured.first == .pick(gift))
        // With no token left, too, and only by those who let their node trade.
        let poor = actions(of: buyer, power: 500, in: community) { $0.mostTokensPerDay = .zero }
        #expect(poor == [.pick(gift)])
        #expect(actions(of: buyer, power: 500, in: community) { $0.isEnabled = false }.isEmpty)
        #expect(actions(of: buyer, power: 0, in: community).isEmpty)
    }

    @Test func `what a household offers itself it takes back, and does not pick`() throws {
        var community = try quiet()
        let own = try offer(50, 400, by: Self.giver, in: &community)
        let other = try offer(50, 500, by: Self.taker, in: &community)
        let actions = actions(of: Self.giver, power: 500, in: community)
        #expect(Set(actions) == [.cancel(own), .pick(other)])
    }

    @Test func `an offer to it alone that costs something is bought as others are`() throws {
        var community = try quiet()
        let dear = try offer(50, 4_000, to: Keys.key(13), by: Self.giver, in: &community)
        let cheap = try offer(50, 500, by: Self.taker, in: &community)
        let picks = actions(of: Keys.key(13), power: 500, in: community)
        #expect(picks == [.pick(cheap), .pick(dear)])
    }

    /// At six kilowatts for two hours of the market; whoever is given a part takes it, and pays for none
    /// of it.
    @Test func `a third of a day's surplus reaches the neighbour, and the rest is sold`() throws {
        var limits = TraderLimits()
        limits.gifts = [Self.taker.address: 333]
        var community = try TestCommunity(
            sources: [.manual(-6_000), .manual(4_000), .manual(4_000)], prosumers: [0],
            limits: limits)
        community.run(seconds: 120)
        let gifts = community.trades(.settled).filter(\.offer.isGift)
        let sales = community.trades(.settled).filter { !$0.offer.isGift }
        let given = gifts.reduce(0) { $0 + $1.deliveredEnergy.value }
        let exported = try #require(community.reading(0)).exportRegister.value
        #expect(gifts.allSatisfy { $0.buyer == Self.taker.address && $0.sellerAmount == .zero })
        #expect(given * 1_000 <= exported * 333, "\(given) of \(exported) Wh")
        #expect(given * 1_000 >= exported * 200, "\(given) of \(exported) Wh")
        #expect(sales.count >= 20 && sales.allSatisfy { $0.sellerAmount > .zero })
        #expect(community.trades(.refunded).isEmpty)
    }

    /// Beside it the neighbour takes what is given to it, as if nobody tried.
    @Test func `who picks others' gifts gets none, and keeps none from them`() throws {
        var limits = TraderLimits()
        limits.gifts = [Self.taker.address: 500]
        var community = try TestCommunity(
            sources: [.manual(-6_000), .manual(1_000), .manual(0)], prosumers: [0],
            limits: limits)
        var refusals: [String] = []
        for _ in 0..<90 {
            community.run(seconds: 1)
            let (state, now) = (
                community.ledger.state, community.ledger.clock.time(at: community.ledger.now)
            )
            for offer in state.openOffers(from: OfferID(0), count: 100, at: now)
            where offer.recipient != nil {
                do {
                    try community.call(
                        NativeContract.market, MarketCall.pickOffer(offer.id), by: Self.third)
                } catch {
                    refusals.append("\(error)")
                }
            }
        }
        #expect(!refusals.isEmpty)
        #expect(refusals.allSatisfy { $0.contains("is for \(Self.taker.address) alone") })
        #expect(!community.trades.contains { $0.buyer == Self.third.address })
        #expect(community.trades(.settled).count { $0.offer.isGift } >= 5)
    }
}
