public import Protocol

extension StateView {
    /// The tokens minted, burned and in escrow.
    public var supply: Supply { record(at: .supply) ?? .none }

    /// How much of `owner`'s balance `spender` may move.
    public func allowance(owner: Address, spender: Address) -> UInt256 {
        value(at: .allowance(owner: owner, spender: spender)).flatMap { UInt256(bigEndian: $0) }
            ?? .zero
    }

    /// Whether tokens were minted or burned for the payment `reference`; what is long ago does not count
    /// (``Rules/referenceMilliseconds``).
    public func isUsed(reference: String) -> Bool { value(at: .reference(reference)) != nil }

    /// The last purchase of tokens by `buyer`, open or not, or nil.
    public func tokenPurchase(of buyer: Address) -> TokenPurchase? {
        record(at: .tokenPurchase(buyer))
    }

    /// The open purchases of tokens of `count` members from the `from`-th on, in the order in which they
    /// were registered.
    public func openTokenPurchases(
        from: UInt32 = 0, count: UInt32 = .max
    ) -> [(buyer: Address, purchase: TokenPurchase)] {
        members(from: from, count: count).compactMap { member in
            guard let purchase = tokenPurchase(of: member.account), purchase.isOpen else {
                return nil
            }
            return (member.account, purchase)
        }
    }
}
