import Protocol
import TestKit
import Testing

@testable import Ledger

/// How many picks a member may have waiting at once, by what it took of those before.
@Suite struct TakenDeliveriesTests {
    private let anna = TestCommunity.anna
    private let ben = TestCommunity.ben
    private let aggregator = TestCommunity.aggregator

    private func left(_ community: TestCommunity) -> Int {
        community.state.picksLeft(of: ben, at: community.head.number + 1)
    }

    /// Ben has taken the delivery of trade 1, and may have five picks at once.
    private func settled(imported: UInt64 = 1_000) throws -> TestCommunity {
        var community = try TestCommunity.withDelivery(imported: imported)
        #expect(left(community) == 4)
        #expect(try community.send(aggregator, MarketCall.confirmL2P(OfferID(1))) == nil)
        return community
    }

    /// Anna offers once more, Ben picks and Anna's energy is to come.
    private func again(_ community: inout TestCommunity) throws {
        try community.send(anna, MarketCall.addOffer(energy: 1_000, price: 120))
        #expect(try community.send(ben, MarketCall.pickOffer(OfferID(2))) == nil)
    }

    @Test func `a delivery that was taken allows one more`() throws {
        var community = try settled()
        #expect(left(community) == 5)
        try again(&community)
        #expect(left(community) == 4)
    }

    @Test func `one of which the buyer's meter shows less than half does not count`() throws {
        #expect(left(try settled(imported: 499)) == 4)
        #expect(left(try settled(imported: 500)) == 5)
        #expect(left(try settled(imported: 0)) == 4)
    }

    @Test func `thirty-two are the most`() {
        let rules = Rules()
        #expect([0, 1, 27, 28, 29, .max].map(rules.picksAtOnce) == [4, 5, 31, 32, 32, 32])
    }

    @Test func `what is not counted beyond the most is not kept either`() throws {
        var community = try TestCommunity.withDelivery()
        var account = community.state.account(ben)
        account.takenDeliveries = 28
        try community.replace(.account(ben), with: account.encoded)
        #expect(try community.send(aggregator, MarketCall.confirmL2P(OfferID(1))) == nil)
        #expect(community.state.account(ben).takenDeliveries == 28)
    }

    @Test func `after a silence it is the first few again`() throws {
        var community = try settled()
        try again(&community)
        #expect(try community.send(aggregator, community.confirm(2)) == nil)
        community.wait(3_600)
        var receipt = community.exportReceipt(2)
        receipt.startRegister = WattHours(6_000)
        receipt.endRegister = WattHours(7_000)
        let handIn = MarketCall.handInReceipt(OfferID(2), community.signed(receipt))
        #expect(try community.send(anna, handIn) == nil)
        community.wait(11)
        #expect(left(community) == 4)
        #expect(try community.send(anna, MarketCall.claim(OfferID(2))) == nil)
        #expect(left(community) == 4)
        #expect(community.state.account(ben).takenDeliveries == 0)
    }

    @Test func `after a pick without a start it is the first few again`() throws {
        var community = try settled()
        try again(&community)
        community.wait(6)
        #expect(try community.send(anna, MarketCall.releaseOffer(OfferID(2))) == nil)
        #expect(left(community) == 4)
    }

    @Test func `a seller's silence takes nothing from the buyer`() throws {
        var community = try settled()
        try again(&community)
        #expect(try community.send(aggregator, community.confirm(2)) == nil)
        community.wait(3_601)
        #expect(try community.send(ben, MarketCall.refund(OfferID(2))) == nil)
        #expect(left(community) == 5)
    }
}
