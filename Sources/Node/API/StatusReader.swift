import API
import Protocol

/// How the node stands, for the API and the health checks.
struct StatusReader: NodeStatus {
    /// How many blocks a node may be behind and still call itself ready.
    private static let tolerableBehind: UInt64 = 5

    let name: String
    let role: String
    let account: Address
    let monitor: NodeMonitor
    let latest: LatestState

    func state() async -> NodeState {
        let figures = monitor.current
        let state = latest.current.state
        return NodeState(
            name: name, role: role, account: account, version: BusbarVersion.text,
            peers: figures.peers.map { peer, height in
                PeerState(
                    account: peer, role: state.member(peer)?.role.name ?? "unknown",
                    height: height)
            },
            highestBlock: figures.highestKnownHeight, pendingTransactions: monitor.pool.count,
            waitingSince: figures.waitingSince)
    }

    func liveness() async -> [HealthCheck] {
        let figures = monitor.current
        return [
            HealthCheck(
                "replica", isHealthy: !figures.isHalted,
                detail: figures.isHalted
                    ? "stands still: a final block is not valid here; see the log" : "works")
        ]
    }

    func readiness() async -> [HealthCheck] {
        let figures = monitor.current
        let behind = figures.highestKnownHeight - min(figures.height, figures.highestKnownHeight)
        return await liveness() + [
            HealthCheck(
                "peers", isHealthy: !figures.peers.isEmpty,
                detail: "\(figures.peers.count) linked"),
            HealthCheck(
                "chain", isHealthy: behind <= Self.tolerableBehind,
                detail: "at block \(figures.height), \(behind) behind"),
        ]
    }
}
