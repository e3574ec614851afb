public import Protocol

/// A description of a testnet: its nodes, the links between them, and what is to go wrong.
public struct NetworkManifest: Hashable, Sendable {
    /// The community's name.
    public var name = "Example street"
    /// How many validators there are.
    public var validators = 4
    /// The households, by their names in the data.
    public var households: [String] = []
    /// The directory with `households.csv` and the file of readings.
    public var dataDirectory: String
    /// The file of readings in it.
    public var readings = "testnet-week.csv"
    /// When the market's clock begins.
    public var begins: MarketTime
    /// How many market seconds go by in a second.
    public var speed: UInt32 = 60
    /// What a household's grid connection carries.
    public var connectionPower = Watts(17_250)
    /// The ledger's timings and parameters.
    public var ledger = LedgerParameters()
    /// What the households' automatic traders may do.
    public var trader = TraderConfiguration()
    /// How the aggregator works; its database is named for each testnet.
    public var aggregator = AggregatorConfiguration(database: "")
    /// How the exchange works; its aggregator is named for each testnet.
    public var exchange = ExchangeConfiguration()
    /// What differs for single households.
    public var exceptions: [String: TraderConfiguration] = [:]
    /// Links that are worse than the machine's own.
    public var links: [LinkFault] = []
    /// The misbehaviours that faulty validators play, by their names; debug builds only.
    public var byzantine: [String: [String]] = [:]
    /// What happens once the testnet runs, in order of time.
    public var plan: [PlannedStep] = []

    /// The ledger's parameters that a manifest may set.
    public struct LedgerParameters: Hashable, Sendable {
        /// The shortest time between two blocks, in milliseconds.
        public var minimumBlockInterval: UInt64 = 100
        /// The age of the last block from which an empty one is allowed, in milliseconds.
        public var heartbeat: UInt64 = 60_000
        /// How long round 0 lasts, in milliseconds.
        public var roundTimeout: UInt64 = 1_000
        /// The aggregator's share of each payment, in millionths.
        public var aggregatorFee: UInt32 = 0
        /// How long after a pick delivery may be proved, in seconds of the market.
        public var deliveryWindow: UInt64 = 3_600

        /// The usual parameters.
        public init() {}
    }

    /// A testnet with the data in `dataDirectory`, whose market begins at `begins`.
    public init(dataDirectory: String, begins: MarketTime) {
        self.dataDirectory = dataDirectory
        self.begins = begins
    }
}
