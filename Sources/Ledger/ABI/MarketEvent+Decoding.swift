public import Protocol

extension MarketEvent {
    /// Reads an event of the market; nil if `log` is another contract's, or none of these.
    public init?(_ log: EventLog) {
        guard log.address == NativeContract.market, let topic = log.topics.first,
            let definition = Self.definitions.first(where: { $0.topic == topic }),
            let values = definition.values(in: log),
            let id = values.first?.number(as: UInt32.self)
        else { return nil }
        let accounts = values.compactMap(\.address)
        let figures = values.dropFirst().compactMap { $0.number(as: UInt64.self) }
        guard accounts.count + figures.count + 1 == values.count else { return nil }
        self.init(definition.name, OfferID(id), accounts, figures)
    }

    /// The counts of accounts and figures follow from the name: the event's ABI was read.
    private init?(_ name: String, _ id: OfferID, _ accounts: [Address], _ figures: [UInt64]) {
        switch name {
        case "OfferAdded":
            self = .offerAdded(
                id: id, seller: accounts[0], energy: WattHours(figures[0]),
                price: TokenAmount(figures[1]), timeOffered: MarketTime(seconds: figures[2]),
                expires: figures[3] == 0 ? nil : MarketTime(seconds: figures[3]))
        case "OfferPicked":
            self = .offerPicked(
                id: id, seller: accounts[0], buyer: accounts[1], price: TokenAmount(figures[0]))
        case "PeerPaid":
            self = .peerPaid(
                id: id, buyer: accounts[0], aggregator: accounts[1],
                price: TokenAmount(figures[0]))
        case "EnergyDelivered":
            self = .energyDelivered(
                id: id, seller: accounts[0], buyer: accounts[1], energy: WattHours(figures[0]))
        case "SellerPaid":
            self = .sellerPaid(
                id: id, seller: accounts[0], amount: TokenAmount(figures[0]),
                fee: TokenAmount(figures[1]), returned: TokenAmount(figures[2]))
        case "OfferCancelled":
            self = .offerCancelled(id: id, seller: accounts[0])
        case "OfferExpired":
            self = .offerExpired(id: id, seller: accounts[0])
        case "TradeRefunded":
            self = .tradeRefunded(
                id: id, buyer: accounts[0], amount: TokenAmount(figures[0]))
        default: return nil
        }
    }
}
