public import Protocol

extension StateView {
    /// The tokens minted, burned and in escrow.
    public var supply: Supply { record(at: .supply) ?? .none }

    /// How much of `owner`'s balance `spender` may move.
    public func allowance(owner: Address, spender: Address) -> UInt256 {
        value(at: .allowance(owner: owner, spender: spender)).flatMap { UInt256(bigEndian: $0) }
            ?? .zero
    }

    /// Whether tokens were minted or burned for the payment `reference`.
    public func isUsed(reference: String) -> Bool { value(at: .reference(reference)) != nil }

    /// The last purchase of tokens by `buyer`, open or not, or nil.
    public func tokenPurchase(of buyer: Address) -> TokenPurchase? {
        record(at: .tokenPurchase(buyer))
    }

    /// Every open purchase of tokens, in the order in which the buyers were registered.
    public func openTokenPurchases() -> [(buyer: Address, purchase: TokenPurchase)] {
        members().compactMap { member in
            guard let purchase = tokenPurchase(of: member.account), purchase.isOpen else {
                return nil
            }
            return (member.account, purchase)
        }
    }
}
