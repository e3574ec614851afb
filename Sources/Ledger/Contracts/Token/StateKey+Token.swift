public import Protocol

extension StateTable {
    static let allowance = StateTable("l", bytes: 32)
    static let tokenPurchase = StateTable("q", of: TokenPurchase.self)
    static let reference = StateTable("r", bytes: 8)
    static let supply = StateTable("s", of: Supply.self)
    static let usedReference = StateTable("y", of: UsedReference.self)
}

extension StateKey {
    /// The tokens minted, burned and in escrow.
    public static let supply = StateKey(.supply)

    /// How much of `owner`'s balance `spender` may move.
    public static func allowance(owner: Address, spender: Address) -> StateKey {
        StateKey(.allowance, owner, then: spender.bytes)
    }

    /// A reference of a payment that tokens were minted or burned for.
    public static func reference(_ text: String) -> StateKey {
        StateKey(.reference, Array(text.utf8))
    }

    /// The `number`-th reference that was used, from 0.
    static func usedReference(_ number: UInt32) -> StateKey {
        StateKey(.usedReference, number.bigEndianBytes)
    }

    /// The last purchase of tokens by `buyer`.
    public static func tokenPurchase(_ buyer: Address) -> StateKey {
        StateKey(.tokenPurchase, buyer)
    }
}

extension StateEntry {
    /// Whether it holds the tokens minted, burned and in escrow.
    public var isSupply: Bool { key == StateKey.supply.bytes }
}
