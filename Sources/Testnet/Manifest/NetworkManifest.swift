import Market
import Node
import Protocol

/// A description of a testnet: its nodes, the links between them, and what is to go wrong.
struct NetworkManifest: Hashable, Sendable {
    var name = "Example street"
    var validators = 4
    /// The households, by their names in the data.
    var households: [String] = []
    /// The directory with `households.csv` and the file of readings.
    var dataDirectory: String
    /// The file of readings in it.
    var readings = "testnet-week.csv"
    /// When the market's clock begins.
    var begins: MarketTime
    /// How many market seconds go by in a second.
    var speed: UInt32 = 60
    /// What a household's grid connection carries.
    var connectionPower = Watts(17_250)
    /// The ledger's timings and parameters.
    var ledger = LedgerParameters()
    /// What the households' automatic traders may do.
    var trader = TraderLimits()
    /// How the aggregator works; its database is named for each testnet.
    var aggregator = AggregatorConfiguration(database: "")
    /// What the exchange mints; its aggregator is named for each testnet.
    var exchange = Exchange.InitialMint()
    /// What differs for single households.
    var exceptions: [String: TraderLimits] = [:]
    /// Links that are worse than the machine's own.
    var links: [LinkFault] = []
    /// The misbehaviours that faulty validators play, by their names; debug builds only.
    var byzantine: [String: [String]] = [:]
    /// What happens once the testnet runs, in order of time.
    var plan: [PlannedStep] = []

    /// The ledger's parameters that a manifest may set.
    struct LedgerParameters: Hashable, Sendable {
        /// The shortest time between two blocks, in milliseconds.
        var minimumBlockInterval: UInt64 = 2
        /// The age of the last block from which an empty one is allowed, in milliseconds.
        var heartbeat: UInt64 = 60_000
        /// How long round 0 lasts, in milliseconds.
        var roundTimeout: UInt64 = 1_000
        /// The aggregator's share of each payment, in millionths.
        var aggregatorFee: UInt32 = 0
        /// How long after a pick delivery may be proved, in seconds of the market.
        var deliveryWindow: UInt64 = 3_600
        /// The seller's share of the price of what its receipt alone shows, per mille.
        var sellerShare: UInt32 = 500
    }
}
