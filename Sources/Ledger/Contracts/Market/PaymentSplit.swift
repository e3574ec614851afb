import Protocol

/// How a trade's price is divided; the parts add up to it exactly.
///
/// What both meters show is the seller's in full. Of what its own meter shows beyond that, it has no
/// more than its share, and only where that is more than the first: so neither a buyer's silence nor a
/// receipt for next to nothing leaves a seller unpaid, and no seller is paid in full by its own word. What
/// a buyer whose receipt never came keeps from the seller is nobody's: so silence saves it nothing.
struct PaymentSplit: Hashable {
    let seller: TokenAmount
    let fee: TokenAmount
    let buyer: TokenAmount
    let burned: TokenAmount

    /// Divides the price of `trade`, rounding down for the seller, and takes the fee, rounded down, out
    /// of the seller's part.
    ///
    /// - Parameter sellerShare: per mille.
    init(of trade: Trade, sellerShare: UInt32, feeMillionths: UInt32) throws(Revert) {
        let (offered, delivered) = (trade.offer.energy, trade.deliveredEnergy)
        let exported = trade.exported ?? delivered
        guard offered > .zero, delivered <= exported, exported <= offered, sellerShare <= 1_000,
            feeMillionths <= 1_000_000
        else {
            throw Revert(
                "\(delivered.value) Wh and \(exported.value) Wh of \(offered.value) Wh cannot be paid "
                    + "for")
        }
        func price(of energy: WattHours) -> UInt64 {
            offered.value.dividingFullWidth(
                trade.offer.price.baseUnits.multipliedFullWidth(by: energy.value)
            ).quotient
        }
        let shown = price(of: exported)
        let share = Self.part(sellerShare, of: shown, in: 1_000)
        let earned = max(price(of: delivered), share)
        let taken = trade.imported == nil ? max(shown, earned) : earned
        let fee = Self.part(feeMillionths, of: earned, in: 1_000_000)
        seller = TokenAmount(earned - fee)
        self.fee = TokenAmount(fee)
        burned = TokenAmount(taken - earned)
        buyer = TokenAmount(trade.offer.price.baseUnits - taken)
    }

    private static func part(_ part: UInt32, of amount: UInt64, in whole: UInt64) -> UInt64 {
        whole.dividingFullWidth(amount.multipliedFullWidth(by: UInt64(part))).quotient
    }
}
