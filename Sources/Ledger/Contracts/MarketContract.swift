import Protocol

/// EnergyMarket: offers, and the trades that come of them.
enum MarketContract {
    /// How many offers or ids a view gives at most.
    static let pageSize: UInt32 = 100

    /// Runs the function that `data` calls and gives its results.
    static func call(_ data: Bytes, in run: inout BlockExecutor) throws(Revert) -> Bytes {
        var (function, arguments) = try MarketFunction.table.read(data, of: "EnergyMarket")
        switch function {
        case .offer, .trade, .listOffers, .tradesOf:
            return ABI.encode([try look(function, &arguments, in: run)])
        case .supportsInterface:
            return ABI.encode([.bool(false)])
        default:
            guard run.time.seconds <= UInt32.max else {
                throw Revert("the market's time \(run.time.seconds) is beyond 32 bits")
            }
            let results = try change(function, &arguments, in: &run)
            run.searchExpiredOffers()
            return ABI.encode(results)
        }
    }

    private static func change(
        _ function: MarketFunction, _ arguments: inout CallArguments, in run: inout BlockExecutor
    ) throws(Revert) -> [ABIValue] {
        if function == .addOffer || function == .addOfferExpiring {
            let energy = WattHours(UInt64(try arguments.number("energy") as UInt32))
            let price = TokenAmount(UInt64(try arguments.number("price") as UInt32))
            let expires =
                function == .addOffer
                ? nil : MarketTime(seconds: try arguments.number("expiry"))
            return [.number(try run.addOffer(energy, for: price, until: expires).value)]
        }
        let id = OfferID(try arguments.number("id"))
        guard var trade = run.overlay.trade(id) else {
            throw Revert("offer \(id.value) does not exist")
        }
        switch function {
        case .pickOffer: try run.pick(&trade)
        case .confirmP2L: try run.confirmPayment(&trade)
        case .proofOfDelivery:
            let seller = try SignedMeterReceipt(from: &arguments, "the seller")
            let buyer = try SignedMeterReceipt(from: &arguments, "the buyer")
            try run.proveDelivery(&trade, seller: seller, buyer: buyer)
        case .confirmL2P: try run.confirmSettlement(&trade)
        case .cancelOffer: try run.cancel(&trade)
        case .refund: try run.refund(&trade)
        default: try run.claim(&trade)
        }
        run.overlay.set(.trade(id), trade)
        return []
    }

    private static func look(
        _ function: MarketFunction, _ arguments: inout CallArguments, in run: BlockExecutor
    ) throws(Revert) -> ABIValue {
        switch function {
        case .listOffers:
            let from = OfferID(try arguments.number("from"))
            let count: UInt32 = try arguments.number("count")
            let offers = run.overlay.openOffers(
                from: from, count: Int(min(count, pageSize)), at: run.time)
            return .array(offers.map { .tuple($0.values(status: .open)) })
        case .tradesOf:
            let account = try arguments.address("account")
            let from: UInt32 = try arguments.number("from")
            let count: UInt32 = try arguments.number("count")
            let ids = run.overlay.trades(of: account, from: from, count: min(count, pageSize))
            return .array(ids.map { .number($0.value) })
        default:
            let id = OfferID(try arguments.number("id"))
            guard let trade = run.overlay.trade(id) else {
                throw Revert("offer \(id.value) does not exist")
            }
            return function == .trade
                ? trade.value(at: run.time)
                : .tuple(trade.offer.values(status: trade.status(at: run.time)))
        }
    }
}
