import Ledger
import Protocol
import Testing

@testable import Node

/// A household alone with the aggregator's orders; the trades are made by hand.
@Suite struct HouseholdTests {
    private let community: TestCommunity
    private let seller: FakeServices
    private let buyer: FakeServices
    private let household: Household

    init() async throws {
        var limits = TraderLimits()
        limits.isEnabled = false
        community = try await TestCommunity(
            sources: [ManualSource(power: -3_600), ManualSource(power: 3_600)], prosumers: [0],
            limits: limits)
        seller = community.householdServices[0]
        buyer = community.householdServices[1]
        household = community.households[0]
        try await community.run(seconds: 2)
        _ = community.post.takeAll()
    }

    private func trade(paid: Bool = true) async throws -> OfferID {
        let offer = MarketCall.addOffer(energy: 500, price: 10_000)
        let id = try #require(community.ledger.state.nextOfferID)
        _ = try await seller.submit(to: NativeContract.market, data: offer)
        _ = try await buyer.submit(to: NativeContract.market, data: MarketCall.pickOffer(id))
        if paid { try await pay(id) }
        return id
    }

    private func pay(_ id: OfferID) async throws {
        _ = try await community.aggregatorServices.submit(
            to: NativeContract.market, data: MarketCall.confirmP2L(id))
    }

    private func order(
        _ id: OfferID, _ direction: FlowDirection = .export, energy: UInt64 = 500
    ) -> DeliveryCommand {
        DeliveryCommand(tradeID: id, direction: direction, energy: WattHours(energy))
    }

    private func answers(
        to message: MeterMessage, from sender: Address? = nil
    ) async throws -> [MeterMessage] {
        try await household.received(message, from: sender ?? community.aggregatorServices.account)
        return community.post.takeAll().map(\.message)
    }

    @Test func `an order to begin is answered with the register`() async throws {
        let id = try await trade()
        let answers = try await answers(to: .begin(order(id)))
        guard case .began(order(id), let reading)? = answers.first else {
            Issue.record("\(answers)")
            return
        }
        #expect(reading.exportRegister == WattHours(120))
    }

    @Test func `a receipt that is asked for again has the same bytes`() async throws {
        let id = try await trade()
        _ = try await answers(to: .begin(order(id)))
        community.ledger.advance(milliseconds: 1_000)
        let first = try await answers(to: .end(order(id)))
        community.ledger.advance(milliseconds: 5_000)
        #expect(try await answers(to: .end(order(id))) == first)
        guard case .receipt(let receipt)? = first.first else {
            Issue.record("\(first)")
            return
        }
        #expect(receipt.receipt.startRegister == WattHours(120))
        #expect(receipt.receipt.endRegister == WattHours(180))
    }

    @Test func `a trade that is not paid yet waits for the ledger`() async throws {
        let id = try await trade(paid: false)
        #expect(try await answers(to: .begin(order(id))).isEmpty)
        try await pay(id)
        try await household.tick()
        let letters = community.post.takeAll().map(\.message)
        #expect(letters.contains { if case .began(order(id), _) = $0 { true } else { false } })
    }

    @Test func `two deliveries in one direction never overlap`() async throws {
        let first = try await trade()
        let second = try await trade()
        _ = try await answers(to: .begin(order(first)))
        let refused = try await answers(to: .begin(order(second)))
        #expect(refused == [.refusal(second, reason: "the meter still delivers trade 1")])
        community.ledger.advance(milliseconds: 3_000)
        guard case .receipt(let one)? = try await answers(to: .end(order(first))).first else {
            Issue.record("no receipt")
            return
        }
        guard case .began(_, let two)? = try await answers(to: .begin(order(second))).first else {
            Issue.record("the meter is not free again")
            return
        }
        #expect(two.exportRegister >= one.receipt.endRegister)
    }

    @Test func `orders that the ledger does not bear out are refused`() async throws {
        let id = try await trade()
        let wrong = [order(id, .import), order(id, energy: 501)]
        for order in wrong {
            guard case .refusal(id, _)? = try await answers(to: .begin(order)).first else {
                Issue.record("begun: \(order)")
                return
            }
        }
        guard case .refusal? = try await answers(to: .end(order(id))).first else {
            Issue.record("ended what never began")
            return
        }
    }

    @Test func `nobody but the aggregator gives orders`() async throws {
        let id = try await trade()
        #expect(try await answers(to: .begin(order(id)), from: buyer.account).isEmpty)
    }

    @Test func `a delivery that the ledger closed frees the meter`() async throws {
        let id = try await trade()
        _ = try await answers(to: .begin(order(id)))
        community.ledger.advance(milliseconds: 61_000)
        _ = try await buyer.submit(to: NativeContract.market, data: MarketCall.refund(id))
        try await household.tick()
        _ = community.post.takeAll()
        let next = try await trade()
        guard case .began? = try await answers(to: .begin(order(next))).first else {
            Issue.record("the meter is still taken")
            return
        }
    }

    @Test func `a meter that lost its memory begins at what is claimed`() async throws {
        let id = try await trade()
        _ = try await answers(to: .begin(order(id)))
        let meter = await household.meter.address
        community.ledger.advance(milliseconds: 2_000)
        guard case .receipt(let sold)? = try await answers(to: .end(order(id))).first else {
            Issue.record("no receipt")
            return
        }
        try await community.households[1].received(
            .begin(order(id, .import)), from: community.aggregatorServices.account)
        try await community.households[1].received(
            .end(order(id, .import)), from: community.aggregatorServices.account)
        let bought = community.post.takeAll().compactMap { letter -> SignedMeterReceipt? in
            guard case .receipt(let receipt) = letter.message else { return nil }
            return receipt
        }
        _ = try await community.aggregatorServices.submit(
            to: NativeContract.market,
            data: MarketCall.proofOfDelivery(id, seller: sold, buyer: try #require(bought.first)))
        let claimed = try #require(community.ledger.state.meter(meter)).claimedExport
        #expect(claimed == sold.receipt.endRegister)
        let fresh = try Household(
            services: seller, meterKey: try Keys.key(50), source: ManualSource(),
            store: HouseholdStore(path: community.directory.file("lost.sqlite")))
        try await fresh.start()
        #expect(await fresh.reading.exportRegister == claimed)
    }
}
