public import Protocol

/// What the API asks a node about itself.
public protocol NodeStatus: Sendable {
    /// How the node stands now.
    func state() async -> NodeState
    /// Whether the process does its work at all: each part with what ails it.
    func liveness() async -> [HealthCheck]
    /// Whether the node can serve: peers, blocks behind, disk, …
    func readiness() async -> [HealthCheck]
}

/// How a node stands.
public struct NodeState: Hashable, Sendable {
    /// The node's name.
    public var name: String
    /// Its role.
    public var role: String
    /// Its account.
    public var account: Address
    /// The program and its version.
    public var version: String
    /// The peers it has a link with.
    public var peers: [PeerState]
    /// The highest block that a peer says it has.
    public var highestBlock: UInt64
    /// How many transactions wait in its pool.
    public var pendingTransactions: Int
    /// Since when a transaction waits to become final, if one does.
    public var waitingSince: Timestamp?

    /// Puts a state together.
    public init(
        name: String, role: String, account: Address, version: String, peers: [PeerState],
        highestBlock: UInt64, pendingTransactions: Int, waitingSince: Timestamp? = nil
    ) {
        self.name = name
        self.role = role
        self.account = account
        self.version = version
        self.peers = peers
        self.highestBlock = highestBlock
        self.pendingTransactions = pendingTransactions
        self.waitingSince = waitingSince
    }
}

/// A node with which there is a link.
public struct PeerState: Hashable, Sendable {
    /// Its account.
    public var account: Address
    /// Its role, by the ledger.
    public var role: String
    /// Its last final block, as it says.
    public var height: UInt64?

    /// Puts a state together.
    public init(account: Address, role: String, height: UInt64?) {
        self.account = account
        self.role = role
        self.height = height
    }
}

/// One thing that was looked at, and how it is.
public struct HealthCheck: Hashable, Sendable {
    /// What was looked at.
    public var name: String
    /// Whether it is well.
    public var isHealthy: Bool
    /// What there is to say about it.
    public var detail: String

    /// Puts a check together.
    public init(_ name: String, isHealthy: Bool, detail: String) {
        self.name = name
        self.isHealthy = isHealthy
        self.detail = detail
    }
}
