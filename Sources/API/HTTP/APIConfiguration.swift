package import Protocol
package import Transport

/// What a listener of the API offers.
package struct APISurfaces: OptionSet, Sendable {
    package let rawValue: Int

    /// The surfaces with these bits.
    package init(rawValue: Int) {
        self.rawValue = rawValue
    }

    /// `/api/v1/…`
    package static let rest = APISurfaces(rawValue: 1)
    /// JSON-RPC, by POST to `/` and `/rpc`.
    package static let rpc = APISurfaces(rawValue: 2)
    /// `/metrics`, `/livez` and `/readyz`.
    package static let metrics = APISurfaces(rawValue: 4)
}

/// What the API needs of the node that it belongs to.
package struct APIParts: Sendable {
    /// The ledger.
    package var chain: any ChainReading
    /// The pool.
    package var submission: any TransactionSubmission
    /// The node itself.
    package var status: any NodeStatus
    /// News of final blocks.
    package var feed: EventFeed
    /// What is counted and timed.
    package var metrics: PrometheusFactory
    /// The figures that the node keeps elsewhere, as a scrape finds them.
    package var figures: @Sendable () async -> [Sample]
    /// The household's meter, if the node has one.
    package var meter: (any MeterAccess)?
    /// Answers every path that the API does not know, for the household's app; nil if nothing does.
    package var pages: (any RequestHandler)?
    /// The present time.
    package var now: @Sendable () -> Timestamp

    package init(
        chain: any ChainReading, submission: any TransactionSubmission, status: any NodeStatus,
        feed: EventFeed, metrics: PrometheusFactory,
        figures: @escaping @Sendable () async -> [Sample], meter: (any MeterAccess)? = nil,
        pages: (any RequestHandler)? = nil, now: @escaping @Sendable () -> Timestamp
    ) {
        self.chain = chain
        self.submission = submission
        self.status = status
        self.feed = feed
        self.metrics = metrics
        self.figures = figures
        self.meter = meter
        self.pages = pages
        self.now = now
    }
}

/// How a listener of the API treats its clients.
package struct APIConfiguration: Sendable {
    /// What metrics call it.
    package var listener: String
    /// What it offers.
    package var surfaces: APISurfaces
    /// The names, without ports, by which clients may call it, besides those of loopback.
    package var hosts: [String]
    /// The origins whose pages may call it (CORS); none by default.
    package var origins: [String]
    /// How many requests a second an address may make in the long run.
    package var requestsPerSecond: Int

    /// A configuration.
    package init(
        listener: String, surfaces: APISurfaces, hosts: [String] = [], origins: [String] = [],
        requestsPerSecond: Int = 100
    ) {
        self.listener = listener
        self.surfaces = surfaces
        self.hosts = hosts
        self.origins = origins
        self.requestsPerSecond = requestsPerSecond
    }
}
