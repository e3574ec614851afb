package import Protocol

/// How an aggregator works.
package struct AggregatorSettings: Hashable, Sendable {
    /// Tokens for households that have few, as demonstrations want it: given without being asked, to
    /// each household once.
    package struct TopUp: Hashable, Sendable {
        /// Below which balance a household gets tokens.
        package var below: TokenAmount
        /// How many it gets; zero for none ever.
        package var amount: TokenAmount
        /// How many all households together get in 24 hours.
        package var mostPerDay: TokenAmount

        package init(
            below: TokenAmount = .zero, amount: TokenAmount = .zero,
            mostPerDay: TokenAmount = TokenAmount(1_000_000_000)
        ) {
            self.below = below
            self.amount = amount
            self.mostPerDay = mostPerDay
        }
    }

    /// How long a delivery lasts at most, in seconds of the market, before it is settled by what
    /// has been delivered.
    package var deliverySeconds: UInt64 = 600
    /// After how long a command without an answer is sent again, in milliseconds.
    package var resendMilliseconds: UInt64 = 3_000
    /// How long readings are kept, in hours of real time.
    package var readingsKeptHours: UInt64 = 48
    /// Automatic sales.
    package var topUp = TopUp()
    /// How many tokens it sells a household in 24 hours for purchases, without its operator's word;
    /// what goes beyond waits for `busbar token sell`.
    package var purchaseLimit = TokenAmount.zero
    /// The members' names, for people: they never stand in the ledger.
    package var names: [Address: String] = [:]

    package init() {}
}
