import Protocol
import Testing

@testable import Ledger

/// What the rules and the people are told of one thing, compared without the code that tells it.
@Suite struct `What a contract tells` {
    private let anna = TestCommunity.anna
    private let ben = TestCommunity.ben
    private let aggregator = TestCommunity.aggregator

    /// What a field of `value` is called, and what stands in it.
    private func named(_ value: ABIValue, as type: ABIType) throws -> [String: ABIValue] {
        guard case .tuple(let parameters) = type else { return [:] }
        let elements = try #require(value.elements)
        #expect(elements.count == parameters.count)
        return Dictionary(uniqueKeysWithValues: zip(parameters.map(\.name), elements))
    }

    /// Every part of the sum differs from every other.
    @Test func `of a trade stands under its own name`() throws {
        var community = try TestCommunity.withDelivery(fee: 30_000, price: 999, exported: 500)
        community.wait(7)
        try community.send(aggregator, MarketCall.confirmL2P(OfferID(1)))
        let function = try #require(
            ContractABI.market.functions.first { $0.name == "trade" && $0.isView })
        let answer = try community.view(function.call([.number(UInt32(1))]))
        let value = try #require(try function.results(in: answer).first)
        let fields = try named(value, as: MarketTypes.trade)
        let head = community.head.number
        func step(_ block: UInt64, _ time: UInt64) -> ABIValue {
            .tuple([.number(block), .number(time)])
        }
        #expect(
            fields == [
                "id": .number(UInt32(1)), "seller": .address(anna),
                "energy": .number(UInt32(1_000)), "price": .number(UInt32(999)),
                "timeOffered": .number(UInt32(1_000_010)),
                "expires": .number(UInt32(1_086_410)),
                "status": .number(UInt8(5)), "recipient": .address(.zero), "buyer": .address(ben),
                "aggregator": .address(aggregator), "offered": step(head - 4, 1_000_010),
                "picked": step(head - 3, 1_000_020), "paid": step(head - 2, 1_000_030),
                "firstReceipt": step(0, 0), "exported": .number(UInt32(500)),
                "imported": .number(UInt32(1_000)), "burned": .number(UInt32(0)),
                "delivered": step(head - 1, 1_001_830), "closed": step(head, 1_001_837),
                "deliveredEnergy": .number(UInt32(500)), "sellerAmount": .number(UInt32(485)),
                "fee": .number(UInt32(14)), "returned": .number(UInt32(500)),
            ])
    }

    /// The price is in escrow already when the last step of a pick fails.
    @Test func `of a call that reverts is nothing, however far it got`() throws {
        let community = try TestCommunity.withOffer()
        var run = BlockExecutor(
            over: community.state,
            in: BlockContext(
                number: community.head.number + 1, timestamp: community.head.header.timestamp,
                proposer: TestCommunity.validator))
        run.overlay.update(ben) { $0.tradeCount = .max }
        let pick = try community.transaction(
            ben, to: NativeContract.market, MarketCall.pickOffer(OfferID(1)))
        let receipt = run.run(pick, gasBefore: 0)
        #expect(receipt.revertReason == "\(ben) has too many trades")
        #expect(receipt.logs.isEmpty)
        #expect(run.overlay.supply.escrow == .zero)
        #expect(run.overlay.account(ben).balance == TokenAmount(1_000))
        #expect(run.overlay.account(ben).nonce == 1)
        #expect(run.overlay.trade(OfferID(1))?.status == .open)
    }
}
