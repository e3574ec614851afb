package import Protocol

/// What the API asks a node about itself.
package protocol NodeStatus: Sendable {
    /// How the node stands now.
    func state() async -> NodeState
    /// Whether the process does its work at all: each part with what ails it.
    func liveness() async -> [HealthCheck]
    /// Whether the node can serve: peers, blocks behind, disk, …
    func readiness() async -> [HealthCheck]
}

/// How a node stands.
package struct NodeState: Hashable, Sendable {
    /// The node's name.
    package var name: String
    /// Its role.
    package var role: String
    /// Its account.
    package var account: Address
    /// The program and its version.
    package var version: String
    /// The peers it has a link with.
    package var peers: [PeerState]
    /// The highest block that a peer says it has.
    package var highestBlock: UInt64
    /// How many transactions wait in its pool.
    package var pendingTransactions: Int
    /// Since when a transaction waits to become final, if one does.
    package var waitingSince: Timestamp?

    package init(
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
package struct PeerState: Hashable, Sendable {
    /// Its account.
    package var account: Address
    /// Its role, by the ledger.
    package var role: String
    /// Its last final block, as it says.
    package var height: UInt64?

    package init(account: Address, role: String, height: UInt64?) {
        self.account = account
        self.role = role
        self.height = height
    }
}

/// One thing that was looked at, and how it is.
package struct HealthCheck: Hashable, Sendable {
    /// What was looked at.
    package var name: String
    /// Whether it is well.
    package var isHealthy: Bool
    /// What there is to say about it.
    package var detail: String

    package init(_ name: String, isHealthy: Bool, detail: String) {
        self.name = name
        self.isHealthy = isHealthy
        self.detail = detail
    }
}
