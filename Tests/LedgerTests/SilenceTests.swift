import Protocol
import TestKit
import Testing

@testable import Ledger

/// What comes of a trade of which one side is silent.
@Suite struct SilenceTests {
    private let anna = TestCommunity.anna
    private let ben = TestCommunity.ben
    private let aggregator = TestCommunity.aggregator
    private let claim = MarketCall.claim(OfferID(1))

    /// Anna has handed in her receipt by itself, shortly before the window ends.
    private func alone(
        share: UInt32 = 500, fee: UInt32 = 0, exported: UInt64 = 1_000
    ) throws -> TestCommunity {
        var genesis = TestCommunity.genesis(fee: fee)
        genesis.sellerShare = share
        var community = try TestCommunity(genesis)
        try community.fund(ben, 1_000, reference: "invoice 1")
        community.wait(10)
        try community.send(anna, MarketCall.addOffer(energy: 1_000, price: 120))
        community.wait(10)
        try community.send(ben, MarketCall.pickOffer(OfferID(1)))
        try community.send(aggregator, community.confirm(1))
        community.wait(3_600)
        #expect(
            try community.send(
                anna,
                MarketCall.handInReceipt(
                    OfferID(1), community.signed(community.exportReceipt(1, energy: exported))))
                == nil)
        return community
    }

    private func answer(
        _ community: inout TestCommunity, by sender: Address, energy: UInt64
    ) throws -> String? {
        let receipt = community.signed(community.importReceipt(1, energy: energy))
        return try community.send(sender, MarketCall.handInReceipt(OfferID(1), receipt))
    }

    @Test func `the seller's receipt by itself claims its register, and is no refund`() throws {
        var community = try alone()
        #expect(
            community.marketEvents == [
                .receiptHandedIn(id: OfferID(1), household: anna, energy: WattHours(1_000))
            ])
        let trade = try community.trade(1)
        #expect(trade.status == .paid && trade.exported == WattHours(1_000))
        #expect(trade.imported == nil && trade.firstReceipt?.block == community.head.number)
        let meter = community.state.meter(TestCommunity.meter(of: anna))
        #expect(meter?.exportClaims.energy == WattHours(1_000))
        #expect(
            try community.send(
                anna,
                MarketCall.handInReceipt(OfferID(1), community.signed(community.exportReceipt(1))))
                == "the seller's receipt for trade 1 is there already")
        community.wait(5_000)
        #expect(
            try community.send(ben, MarketCall.refund(OfferID(1)))
                == "trade 1 is not refunded: the seller's receipt shows its delivery, and what the "
                + "buyer's is missing for is claimed")
    }

    @Test func `the buyer answers within ten seconds of the window's end`() throws {
        var community = try alone()
        var late = community
        community.wait(10)
        #expect(
            try answer(&community, by: TestCommunity.carla, energy: 1_000)?
                .hasSuffix("it cannot prove delivery") == true)
        #expect(try answer(&community, by: ben, energy: 1_000) == nil)
        #expect(try community.trade(1).status == .delivered)
        #expect(try community.trade(1).deliveredEnergy == WattHours(1_000))
        late.wait(11)
        #expect(
            try answer(&late, by: ben, energy: 1_000)
                == "the time for the buyer's receipt for trade 1 ended at 1003630, now it is 1003631"
        )
        late.wait(5_000)
        #expect(try late.send(anna, claim) == nil)
    }

    @Test func `a seller's receipt that comes after the window is too late`() throws {
        var community = try TestCommunity.withPayment()
        community.wait(3_591)
        let receipt = community.signed(community.exportReceipt(1))
        #expect(
            try community.send(anna, MarketCall.handInReceipt(OfferID(1), receipt))
                == "trade 1's delivery window ended at 1003620, now it is 1003621")
        #expect(
            try answer(&community, by: ben, energy: 10)
                == "trade 1's delivery window ended at 1003620, now it is 1003621")
        #expect(try community.send(ben, MarketCall.refund(OfferID(1))) == nil)
        #expect(community.balance(ben) == 1_000)
    }

    @Test func `a silent buyer saves nothing, and the seller has its share`() throws {
        var community = try alone(fee: 100_000)
        community.wait(10)
        #expect(
            try community.send(anna, claim)
                == "trade 1 can be claimed after 1003630, when the buyer's receipt can come no "
                + "more; now it is 1003630")
        community.wait(1)
        let minted = community.state.supply.minted
        #expect(try community.send(TestCommunity.carla, claim) == nil)
        #expect(
            community.marketEvents == [
                .sellerPaid(
                    id: OfferID(1), seller: anna, amount: TokenAmount(54), fee: TokenAmount(6),
                    returned: .zero, burned: TokenAmount(60))
            ])
        #expect(community.balance(ben) == 880)
        #expect(community.balance(anna) == 54 && community.balance(aggregator) == 6)
        let supply = community.state.supply
        #expect(supply.burned == TokenAmount(60) && supply.escrow == .zero)
        #expect(supply.minted == minted)
        let trade = try community.trade(1)
        #expect(trade.status == .settled && trade.burned == TokenAmount(60))
        #expect(trade.deliveredEnergy == .zero && community.state.totals.settledEnergy == .zero)
        #expect(community.state.marketStanding(of: ben) == MarketStanding())
        #expect(try community.send(anna, claim) == "trade 1 is settled, not delivered")
    }

    @Test func `of more than was offered no more is paid`() throws {
        var community = try alone(exported: 1_500)
        #expect(try community.trade(1).exported == WattHours(1_000))
        community.wait(11)
        #expect(try community.send(anna, claim) == nil)
        #expect(community.balance(anna) == 60)
    }

    @Test func `the proof of both takes what one has handed in as it is`() throws {
        var community = try alone()
        #expect(try community.send(aggregator, community.proof(1, exported: 1)) == nil)
        #expect(try community.trade(1).deliveredEnergy == WattHours(1_000))
    }

    @Test func `a buyer's receipt by itself does not keep its price`() throws {
        var community = try TestCommunity.withPayment()
        community.wait(1_800)
        #expect(try answer(&community, by: ben, energy: 1_000) == nil)
        community.wait(5_000)
        #expect(try community.send(anna, claim) == "trade 1 is paid, not delivered")
        #expect(try community.send(ben, MarketCall.refund(OfferID(1))) == nil)
        #expect(community.balance(ben) == 1_000)
    }

    @Test func `what flowed for nobody is signed for nothing, and no time is claimed`() throws {
        var community = try alone()
        #expect(try answer(&community, by: ben, energy: 0) == nil)
        let meter = community.state.meter(TestCommunity.meter(of: ben))
        #expect(meter?.importClaims == RegisterClaims())
        community.wait(3_601)
        #expect(try community.send(anna, claim) == nil)
        #expect(community.balance(anna) == 60 && community.balance(ben) == 940)
        #expect(community.state.supply.burned == .zero)
    }

    @Test func `a stretch that is good for a share is good for nothing else`() throws {
        var community = try alone()
        community.wait(11)
        #expect(try community.send(anna, claim) == nil)
        try community.send(anna, MarketCall.addOffer(energy: 1_000, price: 120))
        try community.send(ben, MarketCall.pickOffer(OfferID(2)))
        try community.send(aggregator, community.confirm(2))
        community.wait(1_800)
        #expect(
            try community.send(aggregator, community.proof(2))?.contains("already claimed") == true)
    }

    // The game.

    /// What the buyer pays and the seller gets, for what the meters show of 1,000 Wh at 1,000 base
    /// units; nil for a silent one.
    private func outcome(
        _ exported: UInt64?, _ imported: UInt64?, share: UInt32
    ) throws -> (paid: UInt64, got: UInt64) {
        guard let exported else { return (0, 0) }
        var trade = try TestCommunity.withPayment(price: 1_000).trade(1)
        trade.exported = WattHours(exported)
        trade.imported = imported.map { WattHours($0) }
        trade.deliveredEnergy = WattHours(min(exported, imported ?? 0))
        let split = try PaymentSplit(of: trade, sellerShare: share, feeMillionths: 0)
        #expect(
            split.seller.baseUnits + split.fee.baseUnits + split.buyer.baseUnits
                + split.burned.baseUnits == 1_000)
        return (1_000 - split.buyer.baseUnits, split.seller.baseUnits)
    }

    @Test(arguments: [0, 250, 500, 1_000] as [UInt32])
    func `neither side gains by silence`(share: UInt32) throws {
        let amounts: [UInt64] = [0, 1, 333, 500, 999, 1_000]
        for exported in amounts {
            let silent = try outcome(exported, nil, share: share)
            #expect(silent.paid == exported)
            #expect(silent.got == exported * UInt64(share) / 1_000)
            for imported in amounts {
                let spoken = try outcome(exported, imported, share: share)
                #expect(spoken.paid <= silent.paid)
                #expect(spoken.got >= silent.got)
                #expect(spoken.got == spoken.paid)
                #expect(spoken.got >= (try outcome(nil, imported, share: share)).got)
                #expect(
                    spoken.got
                        == max(min(exported, imported), exported * UInt64(share) / 1_000))
            }
        }
    }

    @Test func `the record of a trade is read as it was written`() throws {
        var trade = try alone().trade(1)
        trade.imported = .zero
        trade.burned = TokenAmount(5)
        trade.released = [anna, ben]
        trade.releaseCount = 9
        #expect(try Trade(decoding: trade.encoded) == trade)
        #expect(throws: MalformedBytes.self) {
            try Trade(decoding: Bytes(trade.encoded.dropLast()))
        }
    }
}
