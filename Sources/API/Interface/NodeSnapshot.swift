package import Ledger
package import Protocol
package import Replica
internal import Synchronization

/// Everything that a node knows at one moment and that is asked for often: the last final block,
/// the state after it, what waits in the pool, and how the others stand.
///
/// A copy costs nothing, and nothing in it changes: whoever asks several things of one snapshot gets
/// answers that belong together.
package struct NodeSnapshot: Sendable {
    /// A node with which there is a link.
    package struct Peer: Hashable, Sendable {
        /// Its account.
        package let account: Address
        /// Its last final block, as it says.
        package let height: UInt64?

        package init(account: Address, height: UInt64?) {
            self.account = account
            self.height = height
        }
    }

    /// The last final block.
    package var head: FinalBlock
    /// The state after it.
    package var state: LedgerState
    /// The transactions that wait.
    package var pool = Mempool()
    /// The linked peers.
    package var peers: [Peer] = []
    /// When each linked peer was heard last, and each validator that had a link.
    package var heard: [Address: Timestamp] = [:]
    /// The highest block that a peer says it has.
    package var highestKnownHeight: UInt64 = 0
    /// Since when a transaction waits to become final, if one does.
    package var waitingSince: Timestamp?
    /// Whether this validator takes part in agreement.
    package var isParticipating = false
    /// Whether the node stands still, since a final block is not valid here.
    package var isHalted = false

    /// A node that begins from `head` and the `state` after it, and knows nobody yet.
    package init(head: FinalBlock, state: LedgerState) {
        self.head = head
        self.state = state
    }
}

extension NodeSnapshot {
    /// The last final block's header.
    package var header: BlockHeader { head.block.header }

    /// The last final block's hash.
    package var hash: Hash32 { head.block.hash }

    /// The last final block's height.
    package var height: UInt64 { head.block.number }

    /// How many blocks the node is behind the highest that it has heard of.
    package var blocksBehind: UInt64 { highestKnownHeight - min(height, highestKnownHeight) }

    /// The nonce that `account`'s next transaction needs, those in the pool counted.
    package func nextNonce(of account: Address) -> UInt64 {
        max(state.account(account).nonce, pool.nextNonce(of: account) ?? 0)
    }

    /// The market's time at a moment of the ledger's clock.
    package func marketTime(at now: Timestamp) -> MarketTime {
        state.parameters.marketClock.time(at: now)
    }

    /// Since when nothing has become final, if something should have by `now`: a transaction waits for
    /// five seconds. Where nothing waits, no block comes, and that is as it should be.
    package func stalledSince(at now: Timestamp) -> Timestamp? {
        guard let waitingSince else { return nil }
        let since = max(waitingSince, header.timestamp)
        return now.millisecondsSince(since) > 5_000 ? since : nil
    }
}

/// Where the latest snapshot stands for everyone who reads.
package final class LatestSnapshot: Sendable {
    private let snapshot: Mutex<NodeSnapshot>

    package init(_ first: NodeSnapshot) {
        snapshot = Mutex(first)
    }

    /// The snapshot now.
    package var current: NodeSnapshot { snapshot.withLock { $0 } }

    /// Puts a newer one in its place.
    package func update(_ change: (inout NodeSnapshot) -> Void) {
        snapshot.withLock { change(&$0) }
    }
}
