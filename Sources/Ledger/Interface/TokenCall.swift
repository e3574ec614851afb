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

    private static func call(_ function: TokenFunction, _ arguments: [ABIValue]) -> Bytes {
        TokenFunction.table[function].call(arguments)
    }
}
