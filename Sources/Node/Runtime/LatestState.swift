import Ledger
import Peering
import Protocol
import Synchronization

/// The last final block and the state after it, for everyone who reads.
final class LatestState: Sendable {
    struct Snapshot: Sendable {
        var head: FinalBlock
        var state: LedgerState
        /// When it became final here, by this node's clock.
        var finalSince: Timestamp
    }

    private let snapshot: Mutex<Snapshot>

    init(_ snapshot: Snapshot) {
        self.snapshot = Mutex(snapshot)
    }

    /// The last final block and its state.
    var current: Snapshot { snapshot.withLock { $0 } }

    /// Puts a newer block in its place.
    func update(_ newer: Snapshot) {
        snapshot.withLock { $0 = newer }
    }
}

extension LedgerState {
    /// Whether the node of `account` may be linked with.
    func admitsNode(of account: Address) -> Bool {
        member(account).map { !$0.isSuspended } ?? false
    }

    /// Whose node has the certificate with this SHA-256.
    func membership(ofCertificate hash: Hash32) -> Membership {
        guard hash != .zero, let member = member(byCertificate: hash) else { return .stranger }
        return member.isSuspended ? .suspended(member.account) : .member(member.account)
    }
}
