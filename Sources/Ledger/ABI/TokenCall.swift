public import Protocol

/// The call data of EnergyToken's functions, for a transaction to ``NativeContract/token``.
public enum TokenCall {
    /// Asks for the token's name.
    public static func name() -> Bytes { call(.name, []) }

    /// Asks for the token's symbol.
    public static func symbol() -> Bytes { call(.symbol, []) }

    /// Asks how many decimals a token has.
    public static func decimals() -> Bytes { call(.decimals, []) }

    /// Asks for the tokens that there are.
    public static func totalSupply() -> Bytes { call(.totalSupply, []) }

    /// Asks for an account's tokens.
    public static func balanceOf(_ account: Address) -> Bytes {
        call(.balanceOf, [.address(account)])
    }

    /// Moves tokens of the sender.
    public static func transfer(to: Address, amount: TokenAmount) -> Bytes {
        call(.transfer, [.address(to), .number(amount.baseUnits)])
    }

    /// Lets `spender` move up to `amount` of the sender's tokens; the largest number has no end.
    public static func approve(spender: Address, amount: UInt256) -> Bytes {
        call(.approve, [.address(spender), .uint(amount)])
    }

    /// Asks how much of `owner`'s tokens `spender` may move.
    public static func allowance(owner: Address, spender: Address) -> Bytes {
        call(.allowance, [.address(owner), .address(spender)])
    }

    /// Moves tokens of `from`, which it allowed to the sender.
    public static func transferFrom(_ from: Address, to: Address, amount: TokenAmount) -> Bytes {
        call(.transferFrom, [.address(from), .address(to), .number(amount.baseUnits)])
    }

    /// Mints tokens to an aggregator against the payment `reference`; the exchange's.
    public static func mint(to: Address, amount: TokenAmount, reference: String) -> Bytes {
        call(.mint, [.address(to), .number(amount.baseUnits), .string(reference)])
    }

    /// Burns tokens that the exchange holds, for the payment `reference`; the exchange's.
    public static func burn(amount: TokenAmount, reference: String) -> Bytes {
        call(.burn, [.number(amount.baseUnits), .string(reference)])
    }

    /// Asks to buy tokens of the aggregator `seller`, who recognises the payment by `reference`.
    public static func purchaseTokens(
        of seller: Address, amount: TokenAmount, reference: String
    ) -> Bytes {
        call(
            .purchaseTokens, [.address(seller), .number(amount.baseUnits), .string(reference)])
    }

    /// Takes the sender's open purchase back.
    public static func cancelPurchase() -> Bytes { call(.cancelPurchase, []) }

    /// Sells what `buyer` asked for in its purchase `number`; its seller's.
    public static func sellTokens(to buyer: Address, purchase number: UInt32) -> Bytes {
        call(.sellTokens, [.address(buyer), .number(number)])
    }

    /// Declines the purchase `number` of `buyer`, and says why; its seller's.
    public static func declinePurchase(
        of buyer: Address, purchase number: UInt32, reason: String
    ) -> Bytes {
        call(.declinePurchase, [.address(buyer), .number(number), .string(reason)])
    }

    /// Asks for the last purchase of `buyer`.
    public static func tokenPurchase(of buyer: Address) -> Bytes {
        call(.tokenPurchase, [.address(buyer)])
    }

    private static func call(_ function: TokenFunction, _ arguments: [ABIValue]) -> Bytes {
        TokenFunction.table[function].call(arguments)
    }
}
