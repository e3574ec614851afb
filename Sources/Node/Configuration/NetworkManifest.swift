public import Protocol

/// A description of a neighbourhood: its nodes, the links between them, and what is to go wrong.
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
    public var readings = "neighbourhood-week.csv"
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
    /// How the aggregator works; its database is named for each neighbourhood.
    public var aggregator = AggregatorConfiguration(database: "")
    /// How the exchange works; its aggregator is named for each neighbourhood.
    public var exchange = ExchangeConfiguration()
    /// What differs for single households.
    public var exceptions: [String: TraderConfiguration] = [:]
    /// Links that are worse than the machine's own.
    public var links: [LinkFault] = []
    /// What happens once the neighbourhood runs, in order of time.
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

    /// A neighbourhood with the data in `dataDirectory`, whose market begins at `begins`.
    public init(dataDirectory: String, begins: MarketTime) {
        self.dataDirectory = dataDirectory
        self.begins = begins
    }
}

/// How links from some nodes to others are worse than the machine's own.
public struct LinkFault: Hashable, Sendable, Codable {
    /// The node that dials; `*` for every one.
    public var from: String
    /// The node that is dialled; `*` for every one.
    public var to: String
    /// How much later each piece arrives, in milliseconds.
    public var delayMilliseconds: UInt32
    /// By how much the delay varies at most, in milliseconds.
    public var jitterMilliseconds: UInt32
    /// The share of pieces that are lost and sent again 200 ms later, as TCP does it: 0 to 1.
    public var loss: Double
    /// The most that goes through in a second, in KiB; 0 for no limit.
    public var rateKibibytes: UInt32
    /// Whether nothing goes through at all.
    public var isCut: Bool

    /// A fault of the links from `from` to `to`; by default one that changes nothing.
    public init(
        from: String, to: String, delayMilliseconds: UInt32 = 0, jitterMilliseconds: UInt32 = 0,
        loss: Double = 0, rateKibibytes: UInt32 = 0, isCut: Bool = false
    ) {
        self.from = from
        self.to = to
        self.delayMilliseconds = delayMilliseconds
        self.jitterMilliseconds = jitterMilliseconds
        self.loss = loss
        self.rateKibibytes = rateKibibytes
        self.isCut = isCut
    }

    /// Whether it holds for the link from one node to another.
    public func covers(from: String, to: String) -> Bool {
        (self.from == "*" || self.from == from) && (self.to == "*" || self.to == to)
    }
}

/// Something that is done to nodes at a time after the start.
public struct PlannedStep: Hashable, Sendable, Codable {
    /// What is done.
    public enum Action: String, Hashable, Sendable, Codable, CaseIterable {
        /// End the process at once, as a power cut would.
        case kill
        /// Stop the process where it stands.
        case pause
        /// Let a paused process go on.
        case resume
        /// Start it again if it has ended; else end it cleanly and start it.
        case restart
        /// Cut its links off from every other node.
        case cut
        /// Undo `cut` and `slow`.
        case join
        /// Make its links slow: 200 ms later, at 64 KiB a second.
        case slow
    }

    /// When, in seconds after the plan began.
    public var afterSeconds: Double
    /// What is done.
    public var action: Action
    /// To which nodes.
    public var nodes: [String]

    /// A step of a plan.
    public init(afterSeconds: Double, action: Action, nodes: [String]) {
        self.afterSeconds = afterSeconds
        self.action = action
        self.nodes = nodes
    }
}
