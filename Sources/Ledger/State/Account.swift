public import Protocol

/// What the ledger keeps of any account, member or not.
public struct Account: Hashable, Sendable {
    /// How many transactions of the account stand in blocks.
    public var nonce: UInt64
    /// Its tokens.
    public var balance: TokenAmount
    /// How many offers it made or picked.
    public var tradeCount: UInt32
    /// How many of the oldest of them have left the state.
    public var forgottenTradeCount: UInt32 = 0
    /// How many deliveries it has taken since its meter was last silent in a trade, up to what counts: so
    /// many picks more than the first few may it have waiting at once.
    public var takenDeliveries: UInt32 = 0

    /// The account of whom nobody has heard.
    public static let untouched = Account(nonce: 0, balance: .zero, tradeCount: 0)
}

extension Account: Record {
    var encoded: Bytes {
        Self.bytes(of: nonce, balance, tradeCount, forgottenTradeCount, takenDeliveries)
    }

    init(decoding bytes: Bytes) throws(MalformedBytes) {
        (nonce, balance, tradeCount, forgottenTradeCount, takenDeliveries) = try Self.fields(
            in: bytes, of: "account")
    }
}
