import Ledger
import Protocol
import TestKit
import Testing

@Suite struct DeliveryTests {
    private let anna = TestCommunity.anna
    private let ben = TestCommunity.ben
    private let aggregator = TestCommunity.aggregator

    /// Why a proof after 1,800 seconds is refused that differs from a good one by `change`.
    private func refusal(
        _ change: (inout MeterReceipt, inout MeterReceipt) -> Void
    ) throws -> String? {
        var community = try TestCommunity.withPayment()
        community.wait(1_800)
        let reason = try community.send(aggregator, community.proof(1, change))
        if reason != nil {
            #expect(try community.trade(1).status == .paid)
            let meter = community.state.meter(TestCommunity.meter(of: anna))
            #expect(meter?.exportClaims == RegisterClaims())
        }
        return reason
    }

    @Test func `the aggregator registers the payment`() throws {
        let community = try TestCommunity.withPayment()
        let trade = try community.trade(1)
        #expect(trade.status == .paid)
        #expect(trade.aggregator == aggregator)
        #expect(trade.paid?.block == community.head.number)
        #expect(
            community.marketEvents == [
                .peerPaid(
                    id: OfferID(1), buyer: ben, aggregator: aggregator, price: TokenAmount(120))
            ])
    }

    @Test func `a payment is registered by an aggregator, once, within the window`() throws {
        var community = try TestCommunity.withPick()
        #expect(
            try community.send(anna, community.confirm(1))
                == "\(anna) is a prosumer, not an aggregator: it cannot confirm payments")
        var late = community
        late.wait(3_600)
        var tooLate = late
        #expect(try late.send(aggregator, late.confirm(1)) == nil)
        tooLate.wait(1)
        #expect(
            try tooLate.send(aggregator, tooLate.confirm(1))
                == "trade 1's delivery window ended at 1003620, now it is 1003621")
        #expect(try community.send(aggregator, community.confirm(1)) == nil)
        #expect(
            try community.send(aggregator, community.confirm(1)) == "trade 1 is paid, not picked")
        #expect(
            try community.send(aggregator, community.confirm(2))
                == "offer 2 does not exist")
    }

    @Test func `an open offer has no payment to register`() throws {
        var community = try TestCommunity.withOffer()
        #expect(
            try community.send(aggregator, community.confirm(1))
                == "trade 1 is open, not picked")
    }

    @Test func `a proof records what was delivered and claims the registers`() throws {
        let community = try TestCommunity.withDelivery(exported: 900, imported: 1_200)
        let trade = try community.trade(1)
        #expect(trade.status == .delivered)
        #expect(trade.deliveredEnergy == WattHours(900))
        #expect(trade.delivered?.block == community.head.number)
        let exporting = community.state.meter(TestCommunity.meter(of: anna))
        #expect(exporting?.exportClaims.end.register == WattHours(5_900))
        #expect(exporting?.exportClaims.energy == WattHours(900))
        #expect(exporting?.importClaims == RegisterClaims())
        let importing = community.state.meter(TestCommunity.meter(of: ben))
        #expect(importing?.importClaims.end.register == WattHours(1_900))
        #expect(
            community.marketEvents == [
                .energyDelivered(
                    id: OfferID(1), seller: anna, buyer: ben, energy: WattHours(900))
            ])
    }

    @Test(arguments: [(900, 1_200, 900), (1_200, 800, 800), (1_500, 1_500, 1_000), (0, 5, 0)])
    func `delivered is the least of export, import and offer`(
        exported: UInt64, imported: UInt64, delivered: UInt64
    ) throws {
        let community = try TestCommunity.withDelivery(exported: exported, imported: imported)
        #expect(try community.trade(1).deliveredEnergy == WattHours(delivered))
    }

    @Test func `a proof comes from an aggregator, for a paid trade, within the window`() throws {
        var community = try TestCommunity.withPick()
        community.wait(1_800)
        #expect(
            try community.send(aggregator, community.proof(1)) == "trade 1 is picked, not paid")
        var paid = try TestCommunity.withPayment()
        paid.wait(3_590)
        #expect(
            try paid.send(TestCommunity.carla, paid.proof(1))
                == "\(TestCommunity.carla), a prosumer, is neither a household of trade 1 nor its "
                + "aggregator: it cannot prove delivery")
        let other = TestCommunity.otherAggregator
        #expect(
            try paid.send(other, paid.proof(1))
                == "\(other), an aggregator, is neither a household of trade 1 nor its "
                + "aggregator: it cannot prove delivery")
        var late = paid
        late.wait(1)
        #expect(
            try late.send(aggregator, late.proof(1))
                == "trade 1's delivery window ended at 1003620, now it is 1003621")
        #expect(try paid.send(aggregator, paid.proof(1)) == nil)
        #expect(
            try paid.send(aggregator, paid.proof(1)) == "trade 1 is delivered, not paid")
    }

    @Test(arguments: [TestCommunity.anna, TestCommunity.ben])
    func `either household may prove the delivery`(_ household: Address) throws {
        var community = try TestCommunity.withPayment()
        community.wait(1_800)
        #expect(try community.send(household, community.proof(1)) == nil)
        community.wait(3_601)
        #expect(try community.send(household, MarketCall.claim(OfferID(1))) == nil)
        #expect(community.balance(anna) == 120)
    }

    @Test func `an aggregator takes no trade of another's households`() throws {
        var community = try TestCommunity.withPick()
        let other = TestCommunity.otherAggregator
        #expect(
            try community.send(other, community.confirm(1))
                == "\(other) is the aggregator of neither household of trade 1")
        #expect(community.state.aggregator(of: anna) == aggregator)
        let new = TestCommunity.member(TestCommunity.account(30), .prosumer, power: 3_680)
        #expect(
            try community.send(other, to: NativeContract.community, CommunityCall.register(new))
                == nil)
        #expect(community.state.aggregator(of: new.account) == other)
        try community.send(new.account, MarketCall.addOffer(energy: 10, price: 10))
        try community.send(ben, MarketCall.pickOffer(OfferID(2)))
        #expect(try community.send(other, community.confirm(2)) == nil)
        #expect(try community.send(aggregator, community.confirm(1)) == nil)
    }

    @Test func `a receipt of another trade or another meter is refused`() throws {
        #expect(
            try refusal { seller, _ in seller.tradeID = OfferID(2) }
                == "the seller's receipt: it is for trade 2, not for 1")
        let carlas = TestCommunity.meter(of: TestCommunity.carla)
        #expect(
            try refusal { _, buyer in buyer.meter = carlas }
                == "the buyer's receipt: meter \(carlas) is not \(ben)'s, "
                + "which is \(TestCommunity.meter(of: ben))")
    }

    @Test func `a receipt of the other direction is refused`() throws {
        #expect(
            try refusal { seller, _ in seller.direction = .import }
                == "the seller's receipt: it is of import, not of export")
        #expect(
            try refusal { _, buyer in buyer.direction = .export }
                == "the buyer's receipt: it is of export, not of import")
    }

    @Test func `registers do not run backwards or faster than the connection`() throws {
        #expect(
            try refusal { seller, _ in seller.endRegister = WattHours(4_999) }
                == "the seller's receipt: the register runs backwards from 5000 Wh to 4999 Wh")
        #expect(
            try refusal { seller, _ in seller.endRegister = WattHours(5_000 + 1_842) }
                == "the seller's receipt: 1842 Wh in 1800 s is more than a connection of 3680 W "
                + "can carry")
        #expect(try refusal { seller, _ in seller.endRegister = WattHours(5_000 + 1_841) } == nil)
        #expect(try refusal { _, buyer in buyer.endRegister = WattHours(.max) } != nil)
    }

    @Test func `a receipt's times lie between the payment and now`() throws {
        #expect(
            try refusal { seller, _ in seller.startTime = MarketTime(seconds: 1_000_029) }
                == "the seller's receipt: it starts at 1000029, before the payment at 1000030")
        #expect(
            try refusal { _, buyer in buyer.endTime = MarketTime(seconds: 1_001_831) }
                == "the buyer's receipt: it ends at 1001831, after now, 1001830")
        #expect(
            try refusal { seller, _ in seller.endTime = MarketTime(seconds: 1_000_029) }
                == "the seller's receipt: it ends at 1000029, before it starts at 1000030")
    }

    @Test func `a forged receipt is refused`() throws {
        var community = try TestCommunity.withPayment()
        community.wait(1_800)
        let receipt = community.exportReceipt(1)
        let forged = receipt.signed(
            by: PlainKey(address: aggregator), in: community.state.domain)
        let elsewhere = SigningDomain(chainID: 4_242, genesisHash: .zero)
        let foreign = receipt.signed(by: PlainKey(address: receipt.meter), in: elsewhere)
        var altered = receipt
        altered.endRegister = WattHours(5_999)
        let tampered = SignedMeterReceipt(
            receipt: altered, signature: community.signed(receipt).signature)
        for seller in [forged, foreign, tampered] {
            let proof = MarketCall.proofOfDelivery(
                OfferID(1), seller: seller, buyer: community.signed(community.importReceipt(1)))
            #expect(
                try community.send(aggregator, proof)
                    == "the seller's receipt: it is not signed by meter \(receipt.meter)")
        }
    }

    @Test func `no watt-hour is sold twice`() throws {
        var community = try TestCommunity.withDelivery()
        try community.send(anna, MarketCall.addOffer(energy: 500, price: 50))
        try community.send(ben, MarketCall.pickOffer(OfferID(2)))
        try community.send(aggregator, community.confirm(2))
        community.wait(1_800)
        let again = community.proof(2)
        #expect(
            try community.send(aggregator, again)
                == "the seller's receipt: 5000 to 6000 Wh from 1001830 to 1003630 overlaps 5000 to "
                + "6000 Wh from 1000030 to 1001830, which is already claimed")
        let onlySellerMoved = community.proof(2) { seller, _ in
            seller.startRegister = WattHours(6_000)
            seller.endRegister = WattHours(6_500)
        }
        #expect(
            try community.send(aggregator, onlySellerMoved)
                == "the buyer's receipt: 700 to 1700 Wh from 1001830 to 1003630 overlaps 700 to "
                + "1700 Wh from 1000030 to 1001830, which is already claimed")
        let fresh = community.proof(2) { seller, buyer in
            seller.startRegister = WattHours(6_000)
            seller.endRegister = WattHours(6_500)
            buyer.startRegister = WattHours(1_700)
            buyer.endRegister = WattHours(2_200)
        }
        #expect(try community.send(aggregator, fresh) == nil)
        #expect(try community.trade(2).deliveredEnergy == WattHours(500))
    }

    /// Within the window what lies before a stretch that is claimed may still be.
    @Test func `a delivery can be proved after a later one that was over long ago`() throws {
        var community = try TestCommunity.withPayment()
        try community.send(anna, MarketCall.addOffer(energy: 500, price: 50))
        try community.send(ben, MarketCall.pickOffer(OfferID(2)))
        try community.send(aggregator, community.confirm(2))
        let begin = community.now
        community.wait(1_800)
        func proof(_ id: UInt32, from start: UInt64) -> Bytes {
            community.proof(id) { seller, buyer in
                func move(_ receipt: inout MeterReceipt) {
                    receipt.startTime = MarketTime(seconds: begin + start)
                    receipt.endTime = MarketTime(seconds: begin + start + 300)
                    receipt.startRegister = WattHours(receipt.startRegister.value + start / 20)
                    receipt.endRegister = WattHours(receipt.startRegister.value + 10)
                }
                move(&seller)
                move(&buyer)
            }
        }
        #expect(try community.send(aggregator, proof(2, from: 400)) == nil)
        community.wait(60)
        #expect(try community.send(aggregator, proof(1, from: 0)) == nil)
        #expect(try community.trade(1).deliveredEnergy == WattHours(10))
        let claims = community.state.meter(TestCommunity.meter(of: anna))?.exportClaims
        #expect(claims?.stretches.count == 2 && claims?.floor.register == .zero)
    }

    @Test func `the signatures of real keys are checked`() throws {
        let keys = try (1...3).map { number in
            try #require(PrivateKey(secret: Bytes(repeating: UInt8(number), count: 32)))
        }
        let domain = SigningDomain(chainID: 4_242, genesisHash: .zero)
        let receipt = MeterReceipt(
            tradeID: OfferID(1), meter: keys[0].address, direction: .export,
            startRegister: .zero, endRegister: .zero, startTime: MarketTime(seconds: 0),
            endTime: MarketTime(seconds: 0))
        let digest = receipt.digest(in: domain)
        for key in keys {
            let signature = receipt.signed(by: key, in: domain).signature
            let signer = Secp256k1().signer(of: signature, over: digest)
            #expect((signer == receipt.meter) == (key.address == receipt.meter))
        }
    }
}
