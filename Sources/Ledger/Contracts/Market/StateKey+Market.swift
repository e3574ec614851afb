public import Protocol

extension StateTable {
    static let marketStanding = StateTable("g", of: MarketStanding.self)
    static let closedTrade = StateTable("w", bytes: 4)
    static let openOffers = StateTable("o", bytes: PagedSet.pageBytes)
    static let openOffersAtPrice = StateTable("k", bytes: PagedSet.pageBytes)
    static let openPrices = StateTable("j", bytes: PagedSet.pageBytes)
    static let trade = StateTable("t", of: Trade.self)
    static let tradeOf = StateTable("u", bytes: 4)
}

extension StateKey {
    /// An offer and the trade that comes of it.
    public static func trade(_ id: OfferID) -> StateKey {
        withUnsafeBytes(of: id.value.bigEndian) {
            StateKey(bytes: [StateTable.trade.letter, $0[0], $0[1], $0[2], $0[3]])
        }
    }

    /// The `number`-th offer that `account` made or picked, from 0.
    public static func trade(of account: Address, number: UInt32) -> StateKey {
        StateKey(.tradeOf, account, then: number.bigEndianBytes)
    }

    /// The `number`-th trade that was over, from 0.
    static func closedTrade(_ number: UInt32) -> StateKey {
        StateKey(.closedTrade, number.bigEndianBytes)
    }

    /// What a member has open on the market.
    static func marketStanding(_ account: Address) -> StateKey {
        StateKey(.marketStanding, account)
    }
}

extension StateEntry {
    /// The offer that it holds, with the trade that comes of it; nil if it holds something else.
    public var trade: OfferID? {
        guard let name = name(in: .trade), name.count == 4 else { return nil }
        return UInt32(bigEndian: name).map { OfferID($0) }
    }
}
