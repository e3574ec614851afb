import Protocol
import TestKit
import Testing

@testable import Ledger

/// Offers that name who alone may pick them, for a price or for nothing.
@Suite struct RecipientTests {
    private let anna = TestCommunity.anna
    private let ben = TestCommunity.ben
    private let carla = TestCommunity.carla
    private let aggregator = TestCommunity.aggregator
    private let id = OfferID(1)

    /// Anna offers Ben 1,000 Wh, and nobody has a token.
    private func offered(price: UInt32 = 0, fee: UInt32 = 0) throws -> TestCommunity {
        var community = try TestCommunity(TestCommunity.genesis(fee: fee))
        community.wait(10)
        #expect(try community.send(anna, gift(price: price)) == nil)
        return community
    }

    private func gift(price: UInt32 = 0, energy: UInt32 = 1_000, to recipient: Address? = nil)
        -> Bytes
    { MarketCall.addOffer(energy: energy, price: price, to: recipient ?? ben) }

    private func paid() throws -> TestCommunity {
        var community = try offered(fee: 10_000)
        #expect(try community.send(ben, MarketCall.pickOffer(id)) == nil)
        community.wait(2)
        #expect(try community.send(aggregator, community.confirm(1)) == nil)
        return community
    }

    @Test func `nobody but its recipient picks it, whatever the price`() throws {
        for price in [0, 120] as [UInt32] {
            var community = try offered(price: price)
            for account in [ben, carla] {
                try community.fund(account, 1_000, reference: "\(account)")
            }
            let pick = MarketCall.pickOffer(id)
            #expect(try community.send(carla, pick) == "offer 1 is for \(ben) alone")
            #expect(try community.send(anna, pick) == "offer 1 is your own")
            #expect(community.balance(carla) == 1_000)
            #expect(try community.send(ben, pick) == nil)
            #expect(try community.trade(1).buyer == ben)
            #expect(community.balance(ben) == 1_000 - UInt64(price))
            #expect(try community.send(carla, pick) == "offer 1 is already picked")
        }
    }

    @Test func `it names a household that could pick it, and not the seller`() throws {
        var community = try TestCommunity()
        func reason(_ recipient: Address) throws -> String? {
            try community.send(anna, gift(to: recipient))
        }
        #expect(try reason(anna) == "the recipient is yourself")
        #expect(
            try reason(TestCommunity.stranger)
                == "\(TestCommunity.stranger) is not a registered member")
        #expect(try reason(.zero) == "\(Address.zero) is not a registered member")
        #expect(
            try reason(aggregator) == "\(aggregator) is an aggregator: only households pick offers")
        try community.send(
            aggregator, to: NativeContract.community, CommunityCall.suspend(carla))
        #expect(try reason(carla) == "member \(carla) is suspended")
        #expect(try reason(ben) == nil)
        // Whoever is suspended after it was offered picks nothing.
        try community.send(aggregator, to: NativeContract.community, CommunityCall.suspend(ben))
        #expect(throws: Disagreement.self, "no block takes its transactions") {
            try community.send(ben, MarketCall.pickOffer(id))
        }
        #expect(try community.trade(1).status == .open)
        try community.send(aggregator, to: NativeContract.community, CommunityCall.reinstate(ben))
        #expect(try community.send(ben, MarketCall.pickOffer(id)) == nil)
    }

    @Test func `only an offer that names its recipient is for nothing`() throws {
        var community = try TestCommunity()
        #expect(
            try community.send(anna, MarketCall.addOffer(energy: 1, price: 0))
                == "the price is 0: only an offer that names its recipient is for nothing")
        #expect(try community.send(ben, gift(to: anna)) != nil)
        #expect(try community.send(anna, gift(energy: 0)) == "energy is 0 Wh")
    }

    @Test func `it is told with its recipient, which views show`() throws {
        var community = try TestCommunity()
        let until = MarketCall.addOffer(energy: 5, price: 0, to: ben, expires: 1_000_100)
        #expect(try community.send(anna, until) == nil)
        #expect(
            community.marketEvents == [
                .offerAdded(
                    id: id, seller: anna, recipient: ben, energy: WattHours(5), price: .zero,
                    timeOffered: MarketTime(seconds: 1_000_000),
                    expires: MarketTime(seconds: 1_000_100))
            ])
        let log = try #require(community.receipts.first?.logs.first)
        #expect(log.topics.count == 4 && log.topics[3].bytes.suffix(20) == ben.bytes[...])
        try community.send(anna, MarketCall.addOffer(energy: 5, price: 6))
        try community.send(anna, gift(energy: 7, to: carla))
        func look(_ name: String, _ call: Bytes) throws -> [Address?] {
            let function = try #require(ContractABI.market.functions.first { $0.name == name })
            let offers = try function.results(in: community.view(call))[0].elements ?? []
            return offers.map { $0.elements?[7].address }
        }
        #expect(
            try look("listOffers", MarketCall.listOffers(from: OfferID(0), count: 9))
                == [ben, .zero, carla])
        #expect(try look("cheapestOffers", MarketCall.cheapestOffers(count: 9)) == [.zero])
        #expect(try look("offersTo", MarketCall.offers(to: ben, count: 9)) == [ben])
        #expect(try look("offersTo", MarketCall.offers(to: anna, count: 9)) == [])
    }

    /// Five hundred for others, cheaper than all, cost a search nothing.
    @Test func `a search for offers never comes by those that are for others`() throws {
        var overlay = StateOverlay(empty: TestCommunity.genesis())
        func add(_ number: UInt32, _ price: UInt64, to recipient: Address?) -> Offer {
            let offer = Offer(
                id: OfferID(number), seller: anna, energy: WattHours(10),
                price: TokenAmount(price), timeOffered: .zero,
                expires: MarketTime(seconds: 50), recipient: recipient)
            overlay.set(
                .trade(offer.id), Trade(offer: offer, offered: TradeStep(block: 1, time: .zero)))
            OpenOffers.insert(offer, in: &overlay)
            return offer
        }
        let others = (1...500).map { add($0, 0, to: carla) }
        let open = add(501, 9, to: nil)
        let dear = add(502, 7, to: ben)
        let given = add(503, 0, to: ben)
        func found(_ recipient: Address?, most: Int = 2) -> [Offer] {
            overlay.cheapestOffers(to: recipient, count: 9, lookingAt: most, at: .zero)
        }
        #expect(found(nil, most: 1) == [open])
        #expect(found(ben) == [given, dear])
        #expect(found(anna) == [])
        #expect(found(carla, most: 3) == Array(others.prefix(3)))
        #expect(overlay.openOffers(from: OfferID(499), count: 9, at: .zero).count == 5)
        for offer in others + [open, dear, given] { OpenOffers.remove(offer, in: &overlay) }
        #expect(overlay.changes.allSatisfy { $0.entry.key.first == StateTable.trade.letter })
    }

    /// From its offer to its end no token moves, and no event tells of any.
    @Test func `a gift goes all the way to its end, for nothing`() throws {
        var community = try paid()
        community.wait(1_800)
        #expect(try community.send(aggregator, community.proof(1)) == nil)
        #expect(try community.send(aggregator, MarketCall.confirmL2P(id)) == nil)
        #expect(
            community.marketEvents == [
                .sellerPaid(
                    id: id, seller: anna, amount: .zero, fee: .zero, returned: .zero, burned: .zero)
            ])
        let trade = try community.trade(1)
        #expect(trade.status == .settled && trade.deliveredEnergy == WattHours(1_000))
        #expect(trade.offer.isGift && trade.offer.unitPrice == 0)
        for account in [anna, ben, aggregator] { #expect(community.balance(account) == 0) }
        #expect(community.state.supply == Supply(minted: .zero, burned: .zero, escrow: .zero))
        #expect(community.state.totals.balances == .zero)
        #expect(community.state.totals.settledEnergy == WattHours(1_000))
        let logs = community.blocks.count
        #expect(logs == 5)
    }

    @Test func `no transfer is told of where nothing is paid`() throws {
        var community = try offered()
        #expect(try community.send(ben, MarketCall.pickOffer(id)) == nil)
        #expect(community.receipts.flatMap(\.logs).compactMap { TokenEvent($0) }.isEmpty)
        #expect(
            community.marketEvents == [
                .offerPicked(id: id, seller: anna, buyer: ben, price: .zero)
            ])
    }

    @Test func `a gift that is not delivered is refunded, with nothing`() throws {
        var community = try paid()
        community.wait(3_601)
        #expect(try community.send(TestCommunity.observer, MarketCall.refund(id)) == nil)
        #expect(try community.trade(1).status == .refunded)
        #expect(community.state.supply.escrow == .zero)
        #expect(community.state.marketStanding(of: ben).picks == [])
    }

    @Test func `a silent recipient costs the giver its energy, and itself its picks`() throws {
        var community = try paid()
        var account = community.state.account(ben)
        account.takenDeliveries = 3
        try community.replace(.account(ben), with: account.encoded)
        community.wait(1_800)
        let handIn = MarketCall.handInReceipt(
            id, community.signed(community.exportReceipt(1)))
        #expect(try community.send(anna, handIn) == nil)
        community.wait(3_700)
        #expect(try community.send(anna, MarketCall.claim(id)) == nil)
        let trade = try community.trade(1)
        #expect(trade.status == .settled && trade.burned == .zero)
        #expect(trade.sellerAmount == .zero)
        #expect(community.state.account(ben).takenDeliveries == 0)
    }

    /// Two accounts of one hand could give each other as much as they like.
    @Test func `a delivery that was for the buyer alone allows no pick more`() throws {
        for price in [0, 1] as [UInt32] {
            var community = try offered(price: price)
            try community.fund(ben, 1_000, reference: "invoice 1")
            #expect(try community.send(ben, MarketCall.pickOffer(id)) == nil)
            #expect(try community.send(aggregator, community.confirm(1)) == nil)
            community.wait(1_800)
            #expect(try community.send(aggregator, community.proof(1)) == nil)
            #expect(try community.send(aggregator, MarketCall.confirmL2P(id)) == nil)
            #expect(community.state.account(ben).takenDeliveries == 0)
            #expect(community.state.picksLeft(of: ben, at: community.head.number + 1) == 4)
        }
    }

    @Test func `gifts count as picks and as offers do`() throws {
        var community = try TestCommunity()
        for _ in 1...5 { #expect(try community.send(anna, gift(energy: 10)) == nil) }
        for number in 1...4 as ClosedRange<UInt32> {
            #expect(try community.send(ben, MarketCall.pickOffer(OfferID(number))) == nil)
        }
        #expect(
            try community.send(ben, MarketCall.pickOffer(OfferID(5)))
                == "4 of your picks wait for their delivery: no more may at once; each delivery "
                + "you take allows one more")
        for _ in 6...64 { #expect(try community.send(anna, gift(energy: 10)) == nil) }
        #expect(
            try community.send(anna, gift(energy: 10))
                == "64 of your offers are open or picked and not paid: no more may be at once")
    }

    /// It would be for nobody: the one who may pick it has let it wait.
    @Test func `an offer whose recipient lets it wait is over`() throws {
        var community = try offered(price: 120)
        try community.fund(ben, 1_000, reference: "invoice 1")
        #expect(try community.send(ben, MarketCall.pickOffer(id)) == nil)
        community.wait(6)
        #expect(try community.send(anna, MarketCall.releaseOffer(id)) == nil)
        #expect(
            community.marketEvents == [
                .offerReleased(id: id, seller: anna, buyer: ben, price: TokenAmount(120)),
                .offerCancelled(id: id, seller: anna),
            ])
        #expect(try community.trade(1).status == .cancelled)
        #expect(community.balance(ben) == 1_000)
        #expect(community.state.marketStanding(of: anna).offers == [])
        #expect(community.state.cheapestOffers(to: ben, count: 9, at: .zero).isEmpty)
    }

    @Test func `with the suspension of either side a gift that is not paid ends`() throws {
        for suspended in [anna, ben] {
            var community = try offered()
            #expect(try community.send(ben, MarketCall.pickOffer(id)) == nil)
            try community.send(
                aggregator, to: NativeContract.community, CommunityCall.suspend(suspended))
            #expect(try community.trade(1).status == .refunded)
            #expect(community.state.supply.escrow == .zero)
        }
    }

    @Test func `it expires, is taken back, and leaves the state as others do`() throws {
        var community = try offered()
        #expect(try community.send(anna, gift(energy: 7)) == nil)
        #expect(try community.send(anna, MarketCall.cancelOffer(OfferID(2))) == nil)
        community.wait(86_401)
        #expect(try community.send(ben, MarketCall.pickOffer(id)) == "offer 1 expired at 1086410")
        #expect(try community.send(ben, MarketCall.refund(id)) == nil)
        #expect(try community.trade(1).status == .expired)
        community.wait(8 * 86_400)
        #expect(try community.send(anna, gift()) == nil)
        #expect(community.state.forgottenTradeCount == 2)
        #expect(community.state.trade(id) == nil)
    }

    @Test func `the record keeps its recipient`() throws {
        let community = try offered()
        let trade = try community.trade(1)
        #expect(try Trade(decoding: trade.encoded) == trade)
        #expect(trade.offer.recipient == ben)
        #expect(trade.offer.isFor(ben) && !trade.offer.isFor(carla) && !trade.offer.isFor(anna))
        let open = try TestCommunity.withOffer().trade(1)
        #expect(try Trade(decoding: open.encoded) == open)
        #expect(open.offer.isFor(ben) && open.offer.isFor(carla) && !open.offer.isFor(anna))
    }
}
