import Protocol

extension ContractABI {
    /// EnergyMarket: offers, trades, proofs of delivery.
    public static let market = MarketContract.abi
}

/// EnergyMarket: offers, and the trades that come of them.
enum MarketContract: Contract {
    static let abi = ContractABI(
        name: "EnergyMarket", address: NativeContract.market,
        functions: MarketFunction.table.definitions, events: MarketEvent.definitions)

    static let tables: [StateTable] = [
        .closedTrade, .marketStanding, .openOffers, .openOffersAtPrice, .openPrices, .trade,
        .tradeOf,
    ]

    /// How many offers or ids a view gives at most.
    static let pageSize: UInt32 = 100

    static func perform(
        _ function: MarketFunction, _ arguments: inout ABIFields, in run: inout BlockExecutor
    ) throws(Revert) -> [ABIValue] {
        switch function {
        case .offer:
            let trade = try trade(&arguments, in: run)
            return [.tuple(trade.offer.values(status: trade.status(at: run.time)))]
        case .trade:
            return [try trade(&arguments, in: run).value(at: run.time)]
        case .listOffers:
            let from = OfferID(try arguments.number("from"))
            let count: UInt32 = try arguments.number("count")
            let offers = run.overlay.openOffers(
                from: from, count: Int(min(count, pageSize)), at: run.time)
            return [.array(offers.map { .tuple($0.values(status: .open)) })]
        case .cheapestOffers: return [try cheapestOffers(to: nil, &arguments, in: run)]
        case .offersTo:
            let recipient = try arguments.address("recipient")
            return [try cheapestOffers(to: recipient, &arguments, in: run)]
        case .tradesOf:
            let account = try arguments.address("account")
            let from: UInt32 = try arguments.number("from")
            let count: UInt32 = try arguments.number("count")
            let ids = run.overlay.trades(of: account, from: from, count: min(count, pageSize))
            return [.array(ids.map { .number($0.value) })]
        default:
            let results = try change(function, &arguments, in: &run)
            run.searchExpiredOffers()
            run.forgetOldTrades()
            return results
        }
    }

    private static func cheapestOffers(
        to recipient: Address?, _ arguments: inout ABIFields, in run: BlockExecutor
    ) throws(Revert) -> ABIValue {
        let count: UInt32 = try arguments.number("count")
        let offers = run.overlay.cheapestOffers(
            to: recipient, count: Int(min(count, pageSize)), at: run.time)
        return .array(offers.map { .tuple($0.values(status: .open)) })
    }

    private static func change(
        _ function: MarketFunction, _ arguments: inout ABIFields, in run: inout BlockExecutor
    ) throws(Revert) -> [ABIValue] {
        if let offer = try NewOffer(function, &arguments) {
            return [.number(try run.addOffer(offer).value)]
        }
        var trade = try trade(&arguments, in: run)
        switch function {
        case .pickOffer: try run.pick(&trade)
        case .confirmP2L:
            let start = try SignedMeterReceipt(from: &arguments, "the buyer")
            try run.confirmPayment(&trade, start: start)
        case .releaseOffer: try run.release(&trade)
        case .handInReceipt:
            let receipt = try SignedMeterReceipt(from: &arguments, "the household")
            try run.handIn(receipt, for: &trade)
        case .proofOfDelivery:
            let seller = try SignedMeterReceipt(from: &arguments, "the seller")
            let buyer = try SignedMeterReceipt(from: &arguments, "the buyer")
            try run.proveDelivery(&trade, seller: seller, buyer: buyer)
        case .confirmL2P: try run.confirmSettlement(&trade)
        case .cancelOffer: try run.cancel(&trade)
        case .refund: try run.refund(&trade)
        default: try run.claim(&trade)
        }
        run.overlay.set(.trade(trade.offer.id), trade)
        return []
    }

    /// The trade whose id comes next.
    private static func trade(
        _ arguments: inout ABIFields, in run: BlockExecutor
    ) throws(Revert) -> Trade {
        let id = OfferID(try arguments.number("id"))
        guard let trade = run.overlay.trade(id) else {
            throw Revert("offer \(id.value) does not exist")
        }
        return trade
    }

    /// How long a chain's clock must be good for, in milliseconds: thirty years.
    private static let clockLifetime: UInt64 = 30 * 36_525 * 864_000

    /// The market's times have 64 bits in the state and in calls; clients, whose numbers are often
    /// floating-point, hold 53 of them exactly.
    private static func checkClock(_ genesis: Genesis) throws(GenesisError) {
        let clock = genesis.marketClock
        let end = genesis.timestamp.advanced(byMilliseconds: clockLifetime)
        guard clock.time(at: end).seconds < 1 << 53 else {
            throw GenesisError(
                "the market's clock comes to 2^53 s within thirty years: it begins at "
                    + "\(clock.origin.seconds) s and runs \(clock.rate) times as fast")
        }
    }

    static func check(_ genesis: Genesis) throws(GenesisError) {
        guard genesis.marketClock.rate > 0 else {
            throw GenesisError("the market's clock stands still")
        }
        try checkClock(genesis)
        let fee = genesis.aggregatorFee
        guard fee <= 1_000_000 else {
            throw GenesisError("aggregator fee \(fee) is above 1000000 millionths")
        }
        guard genesis.sellerShare <= 1_000 else {
            throw GenesisError("the seller's share \(genesis.sellerShare) is above 1000 per mille")
        }
        let window = genesis.deliveryWindow
        guard 1...UInt64(UInt32.max) ~= window else {
            throw GenesisError("delivery window \(window) s is not from 1 to 2^32 - 1")
        }
    }
}
