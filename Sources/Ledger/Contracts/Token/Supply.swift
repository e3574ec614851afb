public import Protocol

/// Where the tokens came from and went. The sum of all balances, plus the escrow, is what was
/// minted less what was burned, after every block.
public struct Supply: Hashable, Sendable {
    /// All tokens ever minted.
    public var minted: TokenAmount
    /// All tokens ever burned.
    public var burned: TokenAmount
    /// What buyers paid into the market for trades that are not over; nobody holds it.
    public var escrow: TokenAmount

    /// The supply before the first mint.
    public static let none = Supply(minted: .zero, burned: .zero, escrow: .zero)

    /// The tokens that there are: minted less burned.
    public var total: TokenAmount {
        TokenAmount(minted.baseUnits - min(minted.baseUnits, burned.baseUnits))
    }
}

extension Supply: Record {
    var encoded: Bytes { Self.bytes(of: minted, burned, escrow) }

    init(decoding bytes: Bytes) throws(MalformedBytes) {
        (minted, burned, escrow) = try Self.fields(in: bytes, of: "supply")
    }
}
