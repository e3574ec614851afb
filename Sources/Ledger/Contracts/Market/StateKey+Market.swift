public import Protocol

extension StateTable {
    static let openOffers = StateTable("o", bytes: OpenOffers.pageBytes)
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

    /// A page of the set of open offers.
    static func openOffers(level: UInt8, prefix: UInt32) -> StateKey {
        withUnsafeBytes(of: prefix.bigEndian) {
            StateKey(
                bytes: [StateTable.openOffers.letter, level, $0[0], $0[1], $0[2], $0[3]])
        }
    }
}

extension StateEntry {
    /// The offer that it holds, with the trade that comes of it; nil if it holds something else.
    public var trade: OfferID? {
        guard let name = name(in: .trade), name.count == 4 else { return nil }
        return UInt32(bigEndian: name).map { OfferID($0) }
    }
}
