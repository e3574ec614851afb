import Ledger
import Protocol
import Simulation

@testable import Market

func command(
    _ id: OfferID, _ direction: FlowDirection = .export, energy: UInt64 = 500
) -> DeliveryCommand {
    DeliveryCommand(tradeID: id, direction: direction, energy: WattHours(energy))
}

extension TestCommunity {
    /// A seller and a buyer, or several; the aggregator's process has ended.
    static func pair(buyers: Int = 1) throws -> TestCommunity {
        var limits = TraderLimits()
        limits.isEnabled = false
        var community = try TestCommunity(
            sources: [.manual(-3_600)] + (0..<buyers).map { _ in .manual(3_600) },
            prosumers: [0], limits: limits)
        community.run(seconds: 2)
        community.stop(TestCommunity.aggregator)
        return community
    }

    static let seller = household(0)
    static let buyer = household(1)

    /// A trade between the first household and another.
    mutating func makeTrade(paid: Bool = true, seller: Int = 0, buyer: Int = 1) throws -> OfferID {
        let id = ledger.state.nextOfferID ?? OfferID(.max)
        try call(
            NativeContract.market, MarketCall.addOffer(energy: 500, price: 10_000),
            by: roles[Self.household(seller)].key)
        try call(
            NativeContract.market, MarketCall.pickOffer(id), by: roles[Self.household(buyer)].key)
        if paid { try pay(id) }
        return id
    }

    mutating func pay(_ id: OfferID) throws {
        try call(
            NativeContract.market, confirmation(of: id), by: roles[Self.aggregator].key)
    }

    /// What the buyer's meter signs now, before the trade is delivered.
    func start(of id: OfferID) -> SignedMeterReceipt {
        let buyer = ledger.state.trade(id)?.buyer ?? .zero
        let meter = ledger.state.member(buyer)?.meterKey ?? .zero
        let now = ledger.clock.time(at: ledger.now)
        return MeterReceipt(
            tradeID: id, meter: meter, direction: .import, startRegister: .zero,
            endRegister: .zero, startTime: now, endTime: now
        ).signed(by: SimulatedKey(address: meter), in: ledger.state.domain)
    }

    /// The call that registers the trade's payment.
    func confirmation(of id: OfferID) -> Bytes { MarketCall.confirmP2L(id, start: start(of: id)) }

    /// Lets both meters deliver for a trade for two seconds; the seller's receipt and the buyer's.
    mutating func deliver(_ id: OfferID) -> [SignedMeterReceipt] {
        let sides = [(Self.household(0), FlowDirection.export), (Self.household(1), .import)]
        for (index, direction) in sides {
            _ = answers(of: index, to: .begin(command(id, direction)))
        }
        advance(milliseconds: 2_000)
        var receipts: [SignedMeterReceipt] = []
        for (index, direction) in sides {
            for case .receipt(let receipt) in answers(of: index, to: .end(command(id, direction))) {
                receipts.append(receipt)
            }
        }
        return receipts
    }

    /// What a role answers to a message of the aggregator.
    mutating func answers(
        of index: Int, to message: MeterMessage, from sender: Address? = nil
    ) -> [MeterMessage] {
        _ = takeLetters()
        tell(index, .received(message, from: sender ?? broker))
        return takeLetters().map(\.message)
    }
}
