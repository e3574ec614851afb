public import Protocol
public import Transport

/// What a listener of the API offers.
public struct APISurfaces: OptionSet, Sendable {
    public let rawValue: Int

    /// The surfaces with these bits.
    public init(rawValue: Int) {
        self.rawValue = rawValue
    }

    /// `/api/v1/…`
    public static let rest = APISurfaces(rawValue: 1)
    /// JSON-RPC, by POST to `/` and `/rpc`.
    public static let rpc = APISurfaces(rawValue: 2)
    /// `/metrics`, `/livez` and `/readyz`.
    public static let metrics = APISurfaces(rawValue: 4)
}

/// What the API needs of the node that it belongs to.
public struct APIParts: Sendable {
    /// The ledger.
    public var chain: any ChainReading
    /// The pool.
    public var submission: any TransactionSubmission
    /// The node itself.
    public var status: any NodeStatus
    /// News of final blocks.
    public var feed: EventFeed
    /// The node's figures.
    public var metrics: MetricsRegistry
    /// The household's meter, if the node has one.
    public var meter: (any MeterAccess)?
    /// Answers every path that the API does not know, for the household's app; nil if nothing does.
    public var pages: (any RequestHandler)?
    /// The present time.
    public var now: @Sendable () -> Timestamp

    /// Puts the parts together.
    public init(
        chain: any ChainReading, submission: any TransactionSubmission, status: any NodeStatus,
        feed: EventFeed, metrics: MetricsRegistry, meter: (any MeterAccess)? = nil,
        pages: (any RequestHandler)? = nil, now: @escaping @Sendable () -> Timestamp
    ) {
        self.chain = chain
        self.submission = submission
        self.status = status
        self.feed = feed
        self.metrics = metrics
        self.meter = meter
        self.pages = pages
        self.now = now
    }
}

/// How a listener of the API treats its clients.
public struct APIConfiguration: Sendable {
    /// What it offers.
    public var surfaces: APISurfaces
    /// The names, without ports, by which clients may call it, besides those of loopback.
    public var hosts: [String]
    /// The origins whose pages may call it (CORS); none by default.
    public var origins: [String]
    /// How many requests a second an address may make in the long run.
    public var requestsPerSecond: Int

    /// A configuration.
    public init(
        surfaces: APISurfaces, hosts: [String] = [], origins: [String] = [],
        requestsPerSecond: Int = 100
    ) {
        self.surfaces = surfaces
        self.hosts = hosts
        self.origins = origins
        self.requestsPerSecond = requestsPerSecond
    }
}
