package import Protocol

/// How an aggregator works.
package struct AggregatorSettings: Hashable, Sendable {
    /// Tokens for households that have few, as demonstrations want it: sold without being asked.
    package struct TopUp: Hashable, Sendable {
        /// Below which balance a household gets tokens.
        package var below: TokenAmount
        /// How many it gets at once; zero for none ever.
        package var amount: TokenAmount

        package init(below: TokenAmount = .zero, amount: TokenAmount = .zero) {
            self.below = below
            self.amount = amount
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
