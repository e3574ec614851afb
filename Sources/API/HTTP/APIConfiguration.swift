package import Protocol
package import Storage

/// What a listener of the API offers.
package struct APISurfaces: OptionSet, Sendable {
    package let rawValue: Int

    package init(rawValue: Int) {
        self.rawValue = rawValue
    }

    /// `/api/v1/…`
    package static let rest = APISurfaces(rawValue: 1)
    /// JSON-RPC, by POST to `/` and `/rpc`.
    package static let rpc = APISurfaces(rawValue: 2)
    /// `/metrics`, `/livez` and `/readyz`.
    package static let metrics = APISurfaces(rawValue: 4)
    /// The app's pages, from `/` on.
    package static let pages = APISurfaces(rawValue: 8)
}

/// What the API needs of the node that it belongs to.
package struct APIParts: Sendable {
    /// Who the node is.
    package let identity: NodeIdentity
    /// What was: all final blocks and what came of them.
    package let store: ChainStore
    /// What is: the latest state, the pool, the peers.
    package let latest: LatestSnapshot
    /// Takes transactions.
    package let submission: any TransactionSubmission
    /// News of final blocks.
    package let feed: BlockFeed
    /// What is counted and timed.
    package let metrics: PrometheusFactory
    /// The figures that the node keeps elsewhere, as a scrape finds them.
    package let figures: @Sendable () async -> [Sample]
    /// The household's meter, if the node has one.
    package let meter: (any MeterAccess)?
    /// The way of a transaction through this node, while the node remembers it.
    package let trace: @Sendable (Hash32) -> TransactionTrace?
    /// The app of the people who live with the node.
    package var app: (any AppRoutes)?
    /// The present time.
    package let now: @Sendable () -> Timestamp
    /// What clients have handed in lately.
    let submitted = RecentSubmissions()

    package init(
        identity: NodeIdentity, store: ChainStore, latest: LatestSnapshot,
        submission: any TransactionSubmission, feed: BlockFeed, metrics: PrometheusFactory,
        figures: @escaping @Sendable () async -> [Sample], meter: (any MeterAccess)? = nil,
        trace: @escaping @Sendable (Hash32) -> TransactionTrace? = { _ in nil },
        now: @escaping @Sendable () -> Timestamp
    ) {
        self.identity = identity
        self.store = store
        self.latest = latest
        self.submission = submission
        self.feed = feed
        self.metrics = metrics
        self.figures = figures
        self.meter = meter
        self.trace = trace
        self.now = now
    }

    /// Hands a transaction in, and notes it once the pool has it.
    func submit(_ bytes: Bytes) async throws(SubmissionRefusal) -> Hash32 {
        let hash = try await submission.submit(bytes)
        submitted.note(hash)
        return hash
    }
}

/// How a listener of the API treats its clients.
package struct APIConfiguration: Sendable {
    /// What metrics call it.
    package var listener: String
    /// What it offers.
    package var surfaces: APISurfaces
    /// Whether it is reached by https.
    package var isSecure: Bool
    /// The names, without ports, by which clients may call it, besides those of loopback.
    package var hosts: [String]
    /// How many requests a second an address may make in the long run.
    package var requestsPerSecond: Int

    package init(
        listener: String, surfaces: APISurfaces, isSecure: Bool = false, hosts: [String] = [],
        requestsPerSecond: Int = 100
    ) {
        self.listener = listener
        self.surfaces = surfaces
        self.isSecure = isSecure
        self.hosts = hosts
        self.requestsPerSecond = requestsPerSecond
    }
}
