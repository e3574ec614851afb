/// One thing that was looked at, and how it is.
struct HealthCheck: Hashable, Sendable {
    let name: String
    let isHealthy: Bool
    /// What there is to say about it.
    let detail: String
}

extension NodeSnapshot {
    /// How many blocks a node may be behind and still call itself ready.
    private static let tolerableBehind: UInt64 = 5

    /// Whether the node does its work at all.
    var liveness: [HealthCheck] {
        [
            HealthCheck(
                name: "replica", isHealthy: !isHalted,
                detail: isHalted
                    ? "stands still: a final block is not valid here; see the log" : "works")
        ]
    }

    /// Whether the node can serve.
    var readiness: [HealthCheck] {
        liveness + [
            HealthCheck(
                name: "peers", isHealthy: !peers.isEmpty, detail: "\(peers.count) linked"),
            HealthCheck(
                name: "chain", isHealthy: blocksBehind <= Self.tolerableBehind,
                detail: "at block \(height), \(blocksBehind) behind"),
        ]
    }
}
