import Logging
import Peering
import Ledger
import Protocol
import Replica
import Storage
import Synchronization

/// A node's role at work: told of blocks and messages, with its calls seen through to finality.
struct RunningRole: Sendable {
    /// What a role needs of its node.
    struct Dependencies: Sendable {
        var store: ChainStore
        var network: PeerNetwork
        var latest: LatestState
        var submissions: PendingSubmissions
        var clock: NodeClock
        var logger: Logger
    }

    /// The role as such, for those who ask it something.
    let kind: Kind
    let loop: RoleLoop
    let submitter: TransactionSubmitter

    /// Runs the role until the task is cancelled; throws if it cannot start.
    func run(following blocks: AsyncStream<CommittedBlock>) async throws {
        try await withThrowingTaskGroup { group in
            group.addTask { try await loop.run() }
            group.addTask { await follow(blocks) }
            group.addTask { await tickSubmitter() }
            try await group.next()
            group.cancelAll()
        }
    }

    private func follow(_ blocks: AsyncStream<CommittedBlock>) async {
        for await block in blocks {
            await submitter.blockFinal(block)
            loop.blockFinal(block)
        }
    }

    private func tickSubmitter() async {
        while !Task.isCancelled {
            await submitter.tick()
            do {
                try await Task.sleep(for: .seconds(1))
            } catch {
                return  // cancelled: the only reason a sleep ends early
            }
        }
    }
}

/// Where meters' messages go: links are made before the role that listens to them.
final class RoleInbox: Sendable {
    private let role = Mutex<RunningRole?>(nil)

    /// From now on messages go to `role`.
    func connect(_ role: RunningRole?) {
        self.role.withLock { $0 = role }
    }

    /// Hands a message on; without a role it is dropped.
    func received(_ message: MeterMessage, from peer: Address) {
        role.withLock { $0 }?.loop.received(message, from: peer)
    }
}
