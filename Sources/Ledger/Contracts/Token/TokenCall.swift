public import Protocol

/// The call data of EnergyToken's functions, for a transaction to ``NativeContract/token``.
public enum TokenCall {
    /// Asks for the token's name.
    public static func name() -> Bytes { TokenFunction.name.call() }

    /// Asks for the token's symbol.
    public static func symbol() -> Bytes { TokenFunction.symbol.call() }

    /// Asks how many decimals a token has.
    public static func decimals() -> Bytes { TokenFunction.decimals.call() }

    /// Asks for the tokens that there are.
    public static func totalSupply() -> Bytes { TokenFunction.totalSupply.call() }

    /// Asks for an account's tokens.
    public static func balanceOf(_ account: Address) -> Bytes {
        TokenFunction.balanceOf.call(.address(account))
    }

    /// Moves tokens of the sender.
    public static func transfer(to: Address, amount: TokenAmount) -> Bytes {
        TokenFunction.transfer.call(.address(to), .number(amount.baseUnits))
    }

    /// Lets `spender` move up to `amount` of the sender's tokens; the largest number has no end.
    public static func approve(spender: Address, amount: UInt256) -> Bytes {
        TokenFunction.approve.call(.address(spender), .uint(amount))
    }

    /// Asks how much of `owner`'s tokens `spender` may move.
    public static func allowance(owner: Address, spender: Address) -> Bytes {
        TokenFunction.allowance.call(.address(owner), .address(spender))
    }

    /// Moves tokens of `from`, which it allowed to the sender.
    public static func transferFrom(_ from: Address, to: Address, amount: TokenAmount) -> Bytes {
        TokenFunction.transferFrom.call(.address(from), .address(to), .number(amount.baseUnits))
    }

    /// Mints tokens to an aggregator against the payment `reference`; the exchange's.
    public static func mint(to: Address, amount: TokenAmount, reference: String) -> Bytes {
        TokenFunction.mint.call(.address(to), .number(amount.baseUnits), .string(reference))
    }

    /// Burns tokens that the exchange holds, for the payment `reference`; the exchange's.
    public static func burn(amount: TokenAmount, reference: String) -> Bytes {
        TokenFunction.burn.call(.number(amount.baseUnits), .string(reference))
    }

    /// Asks to buy tokens of the aggregator `seller`, who recognises the payment by `reference`.
    public static func purchaseTokens(
        of seller: Address, amount: TokenAmount, reference: String
    ) -> Bytes {
        TokenFunction.purchaseTokens.call(
            .address(seller), .number(amount.baseUnits), .string(reference))
    }

    /// Takes the sender's open purchase back.
    public static func cancelPurchase() -> Bytes { TokenFunction.cancelPurchase.call() }

    /// Sells what `buyer` asked for in its purchase `number`; its seller's.
    public static func sellTokens(to buyer: Address, purchase number: UInt32) -> Bytes {
        TokenFunction.sellTokens.call(.address(buyer), .number(number))
    }

    /// Declines the purchase `number` of `buyer`, and says why; its seller's.
    public static func declinePurchase(
        of buyer: Address, purchase number: UInt32, reason: String
    ) -> Bytes {
        TokenFunction.declinePurchase.call(.address(buyer), .number(number), .string(reason))
    }

    /// Asks for the last purchase of `buyer`.
    public static func tokenPurchase(of buyer: Address) -> Bytes {
        TokenFunction.tokenPurchase.call(.address(buyer))
    }
}
