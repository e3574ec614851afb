/// One run of whole nodes on one clock and one seed: a time of faults, then a time to heal.
package struct SimulationRun: Hashable, Sendable {
    /// Decides everything that is random.
    package var seed: UInt64
    /// Which faults there are.
    package var profile: FaultProfile
    /// How many validators there are.
    package var validators: Int
    /// How many other nodes there are.
    package var others: Int
    /// How long the faults last, in milliseconds.
    package var milliseconds: UInt64
    /// The average pause between two actions of one member, in milliseconds.
    package var pace: UInt64
    /// How many members without nodes there are that do nothing but send, as often as others act.
    var crowd = 0
    /// How many transactions a pool takes; nil for as many as the product's.
    var poolTransactions: Int?

    /// Who trades, all of them with nodes of their own; nil for three prosumers and three consumers, of
    /// whom so many have one as there are ``others``.
    package var market: Market?

    /// Households whose trade is to be measured.
    package struct Market: Hashable, Sendable {
        /// How many of them generate more than they use.
        package var sellers: Int
        /// How many use what is bought.
        package var buyers: Int

        package init(sellers: Int, buyers: Int) {
            self.sellers = sellers
            self.buyers = buyers
        }
    }

    /// A run; the default is a minute of four validators and four other nodes.
    package init(
        seed: UInt64, profile: FaultProfile = .swarm, validators: Int = 4, others: Int = 4,
        milliseconds: UInt64 = 60_000, pace: UInt64 = 8_000
    ) {
        self.seed = seed
        self.profile = profile
        self.validators = validators
        self.others = others
        self.milliseconds = milliseconds
        self.pace = pace
    }

    /// A run without faults in which so many sellers and buyers trade for `hours` of the market, which
    /// is sixty times as fast as the ledger.
    package init(seed: UInt64, measuring market: Market, hours: UInt64) {
        self.init(
            seed: seed, profile: .calm, others: 2 + market.sellers + market.buyers,
            milliseconds: hours * 3_600_000 / UInt64(SimulatedCommunity.measuredRate))
        self.market = market
    }

    /// How many validators may be faulty: f.
    var tolerated: Int { max(0, (validators - 1) / 3) }

    /// The command that does this run again.
    package var command: String {
        "busbar-testnet simulate --seeds \(seed)-\(seed) --profile \(profile.rawValue)"
            + " --nodes \(validators) --households \(others) --milliseconds \(milliseconds)"
            + " --pace \(pace)"
    }

    /// Runs it to its end, or to the first broken promise.
    package func run() -> SimulationReport {
        var world = World(self)
        return world.run()
    }
}
