import Ledger
import Protocol
import Simulation
import Testing

@testable import Market

/// What an aggregator takes of a receipt, and what not.
@Suite struct DeliverySideTests {
    private static let domain = SigningDomain(chainID: 5, genesisHash: .zero)
    private static let meter = Keys.key(50)

    private static func receipt(_ change: (inout MeterReceipt) -> Void = { _ in }) -> MeterReceipt {
        var receipt = MeterReceipt(
            tradeID: OfferID(3), meter: meter.address, direction: .export,
            startRegister: WattHours(10), endRegister: WattHours(20),
            startTime: MarketTime(seconds: 100), endTime: MarketTime(seconds: 200))
        change(&receipt)
        return receipt
    }

    private static func side() -> DeliverySide {
        DeliverySide(
            account: Keys.key(10).address, meter: meter.address, direction: .export, began: nil,
            receipt: nil)
    }

    private func fault(of signed: SignedMeterReceipt) -> String? {
        var side = Self.side()
        let fault = side.take(signed, in: Self.domain, scheme: SimulatedScheme())
        #expect((side.receipt == nil) == (fault != nil))
        return fault
    }

    @Test func `a good receipt is taken`() {
        #expect(fault(of: Self.receipt().signed(by: Self.meter, in: Self.domain)) == nil)
    }

    /// Each differs from a good receipt in the checked field alone, and is signed as it is.
    @Test func `a receipt that says something else is not taken`() {
        let other = "the receipt is of another meter or direction"
        let wrong: [(MeterReceipt, String)] = [
            (Self.receipt { $0.meter = Keys.key(51).address }, other),
            (Self.receipt { $0.direction = .import }, other),
            (Self.receipt { $0.endRegister = WattHours(9) }, "the receipt runs backwards"),
            (
                Self.receipt { $0.endTime = MarketTime(seconds: 99) },
                "the receipt runs backwards"
            ),
        ]
        for (receipt, reason) in wrong {
            #expect(fault(of: receipt.signed(by: Self.meter, in: Self.domain)) == reason)
        }
    }

    /// The signature is the meter's own, over something else.
    @Test func `a receipt whose signature does not cover the trade is not taken`() {
        let good = Self.receipt().signed(by: Self.meter, in: Self.domain)
        for change: (inout MeterReceipt) -> Void in [
            { $0.tradeID = OfferID(4) }, { $0.endRegister = WattHours(21) },
            { $0.startRegister = WattHours(9) }, { $0.startTime = MarketTime(seconds: 99) },
            { $0.endTime = MarketTime(seconds: 201) },
        ] {
            let moved = SignedMeterReceipt(receipt: Self.receipt(change), signature: good.signature)
            #expect(fault(of: moved) == "the receipt is not signed by the meter")
        }
        let domain = SigningDomain(chainID: 6, genesisHash: .zero)
        let elsewhere = Self.receipt().signed(by: Self.meter, in: domain)
        #expect(fault(of: elsewhere) == "the receipt is not signed by the meter")
        let forged = Self.receipt().signed(by: Keys.key(51), in: Self.domain)
        #expect(fault(of: forged) == "the receipt is not signed by the meter")
    }

    /// One that has lost its memory refuses to end what it begins again at once.
    @Test func `a seller that refuses to end is told neither to begin nor to end at once`() throws {
        var limits = TraderLimits()
        limits.isEnabled = false
        var community = try TestCommunity(
            sources: [.manual(-3_600), .manual(3_600)], prosumers: [0], limits: limits)
        community.run(seconds: 2)
        let id = try community.makeTrade(paid: false)
        community.run(seconds: 4)
        community.stop(TestCommunity.seller)
        community.run(seconds: 20)
        let books = community.roles[TestCommunity.aggregator].store.content
        #expect(books.trades[id]?.buyerReceipt != nil && books.trades[id]?.sellerBegan != nil)
        for _ in 0..<3 {
            community.tell(
                TestCommunity.aggregator,
                .received(.refusal(id, reason: "forgotten"), from: community.account(0)))
            #expect(community.takeLetters().filter { $0.to == community.account(0) } == [])
        }
    }
}
