import Protocol

/// How an aggregator works.
struct AggregatorSettings: Sendable {
    /// Tokens for households that have few, as demonstrations want it: sold without being asked.
    struct TopUp: Hashable, Sendable {
        /// Below which balance a household gets tokens.
        var below: TokenAmount
        /// How many it gets at once.
        var amount: TokenAmount
    }

    /// How long a delivery lasts at most, in seconds of the market, before it is settled by what
    /// has been delivered.
    var deliverySeconds: UInt64 = 600
    /// After how long a purchase without an answer is sent again, in milliseconds.
    var resendMilliseconds: UInt64 = 3_000
    /// How long readings are kept, in milliseconds of real time.
    var readingsKept: UInt64 = 2 * 86_400_000
    /// Automatic sales; nil for none.
    var topUp: TopUp?
    /// How many tokens it sells a household in 24 hours for purchases, without its operator's word;
    /// what goes beyond waits for `busbar token sell`.
    var purchaseLimit = TokenAmount.zero
    /// The members' names, for people: they never stand in the ledger.
    var names: [Address: String] = [:]

    /// The settings that an aggregator begins with.
    init() {}
}
