package import Protocol

/// A description of a testnet: its nodes, the links between them, and what is to go wrong.
package struct NetworkManifest: Hashable, Sendable {
    /// The community's name.
    package var name = "Example street"
    /// How many validators there are.
    package var validators = 4
    /// The households, by their names in the data.
    package var households: [String] = []
    /// The directory with `households.csv` and the file of readings.
    package var dataDirectory: String
    /// The file of readings in it.
    package var readings = "testnet-week.csv"
    /// When the market's clock begins.
    package var begins: MarketTime
    /// How many market seconds go by in a second.
    package var speed: UInt32 = 60
    /// What a household's grid connection carries.
    package var connectionPower = Watts(17_250)
    /// The ledger's timings and parameters.
    package var ledger = LedgerParameters()
    /// What the households' automatic traders may do.
    package var trader = TraderConfiguration()
    /// How the aggregator works; its database is named for each testnet.
    package var aggregator = AggregatorConfiguration(database: "")
    /// How the exchange works; its aggregator is named for each testnet.
    package var exchange = ExchangeConfiguration()
    /// What differs for single households.
    package var exceptions: [String: TraderConfiguration] = [:]
    /// Links that are worse than the machine's own.
    package var links: [LinkFault] = []
    /// The misbehaviours that faulty validators play, by their names; debug builds only.
    package var byzantine: [String: [String]] = [:]
    /// What happens once the testnet runs, in order of time.
    package var plan: [PlannedStep] = []

    /// The ledger's parameters that a manifest may set.
    package struct LedgerParameters: Hashable, Sendable {
        /// The shortest time between two blocks, in milliseconds.
        package var minimumBlockInterval: UInt64 = 100
        /// The age of the last block from which an empty one is allowed, in milliseconds.
        package var heartbeat: UInt64 = 60_000
        /// How long round 0 lasts, in milliseconds.
        package var roundTimeout: UInt64 = 1_000
        /// The aggregator's share of each payment, in millionths.
        package var aggregatorFee: UInt32 = 0
        /// How long after a pick delivery may be proved, in seconds of the market.
        package var deliveryWindow: UInt64 = 3_600

        /// The usual parameters.
        package init() {}
    }

    /// A testnet with the data in `dataDirectory`, whose market begins at `begins`.
    package init(dataDirectory: String, begins: MarketTime) {
        self.dataDirectory = dataDirectory
        self.begins = begins
    }
}
