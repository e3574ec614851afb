import Ledger
import Protocol
import TestKit

extension TestCommunity {
    /// Mints tokens, and sells them to a household.
    mutating func fund(_ account: Address, _ amount: UInt64, reference: String) throws {
        let tokens = TokenAmount(amount)
        let mint = TokenCall.mint(to: Self.aggregator, amount: tokens, reference: reference)
        try send(Self.exchange, to: NativeContract.token, mint)
        let sale = TokenCall.transfer(to: account, amount: tokens)
        try send(Self.aggregator, to: NativeContract.token, sale)
    }

    /// Ben has 1,000 base units; Anna offers 1,000 Wh for 120.
    static func withOffer(
        fee: UInt32 = 0, energy: UInt32 = 1_000, price: UInt32 = 120
    ) throws -> TestCommunity {
        var community = try TestCommunity(genesis(fee: fee))
        try community.fund(ben, 1_000, reference: "invoice 1")
        community.wait(10)
        try community.send(anna, MarketCall.addOffer(energy: energy, price: price))
        return community
    }

    /// Ben picked Anna's offer.
    static func withPick(
        fee: UInt32 = 0, energy: UInt32 = 1_000, price: UInt32 = 120
    ) throws -> TestCommunity {
        var community = try withOffer(fee: fee, energy: energy, price: price)
        community.wait(10)
        try community.send(ben, MarketCall.pickOffer(OfferID(1)))
        return community
    }

    /// The aggregator registered the payment.
    static func withPayment(
        fee: UInt32 = 0, energy: UInt32 = 1_000, price: UInt32 = 120
    ) throws -> TestCommunity {
        var community = try withPick(fee: fee, energy: energy, price: price)
        community.wait(10)
        try community.send(aggregator, community.confirm(1))
        return community
    }

    /// So much was delivered within 1,800 seconds, and proved.
    static func withDelivery(
        fee: UInt32 = 0, energy: UInt32 = 1_000, price: UInt32 = 120, exported: UInt64 = 1_000,
        imported: UInt64 = 1_000
    ) throws -> TestCommunity {
        var community = try withPayment(fee: fee, energy: energy, price: price)
        community.wait(1_800)
        let proof = community.proof(1, exported: exported, imported: imported)
        if let reason = try community.send(aggregator, proof) { throw Reverted(reason: reason) }
        return community
    }

    /// What the buyer's meter signs now, before trade `id` is delivered; Ben's if nobody has picked it.
    func start(_ id: UInt32) -> MeterReceipt {
        let buyer = state.trade(OfferID(id))?.buyer ?? Self.ben
        return MeterReceipt(
            tradeID: OfferID(id), meter: state.member(buyer)?.meterKey ?? .zero, direction: .import,
            startRegister: WattHours(700), endRegister: WattHours(700),
            startTime: MarketTime(seconds: now), endTime: MarketTime(seconds: now))
    }

    /// The call that registers the payment of trade `id`.
    func confirm(_ id: UInt32, _ change: (inout MeterReceipt) -> Void = { _ in }) -> Bytes {
        var start = start(id)
        change(&start)
        return MarketCall.confirmP2L(OfferID(id), start: signed(start))
    }

    /// What Anna's meter says of trade `id`: `energy` from register 5,000 on, in the 1,800 seconds
    /// up to now.
    func exportReceipt(_ id: UInt32, energy: UInt64 = 1_000) -> MeterReceipt {
        MeterReceipt(
            tradeID: OfferID(id), meter: Self.meter(of: Self.anna), direction: .export,
            startRegister: WattHours(5_000), endRegister: WattHours(5_000 + energy),
            startTime: MarketTime(seconds: now - 1_800), endTime: MarketTime(seconds: now))
    }

    /// What Ben's meter says of trade `id`: `energy` from register 700 on.
    func importReceipt(_ id: UInt32, energy: UInt64 = 1_000) -> MeterReceipt {
        MeterReceipt(
            tradeID: OfferID(id), meter: Self.meter(of: Self.ben), direction: .import,
            startRegister: WattHours(700), endRegister: WattHours(700 + energy),
            startTime: MarketTime(seconds: now - 1_800), endTime: MarketTime(seconds: now))
    }

    /// The receipt signed by the meter that it names.
    func signed(_ receipt: MeterReceipt) -> SignedMeterReceipt {
        receipt.signed(by: PlainKey(address: receipt.meter), in: state.domain)
    }

    /// The aggregator's proof of delivery of trade `id`, from both meters.
    func proof(
        _ id: UInt32, exported: UInt64 = 1_000, imported: UInt64 = 1_000,
        _ change: (inout MeterReceipt, inout MeterReceipt) -> Void = { _, _ in }
    ) -> Bytes {
        var seller = exportReceipt(id, energy: exported)
        var buyer = importReceipt(id, energy: imported)
        change(&seller, &buyer)
        return MarketCall.proofOfDelivery(
            OfferID(id), seller: signed(seller), buyer: signed(buyer))
    }
}
