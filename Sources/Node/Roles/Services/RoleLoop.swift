import Ledger
import Protocol

/// Runs a role: hands it what happens, in order, and lets it work beside that.
struct RoleLoop: Sendable {
    /// What happens to a role.
    private enum Event: Sendable {
        case tick
        case blockFinal(CommittedBlock)
        case received(MeterMessage, from: Address)
    }

    /// How many events may wait. The oldest are dropped beyond; the role makes up for them from
    /// the ledger's state, and the other side says again what it has no answer to.
    static let waitingEvents = 1_024

    private let role: any RoleService
    private let events: AsyncStream<Event>
    private let inbox: AsyncStream<Event>.Continuation
    private let interval: Duration

    /// A loop for `role`, which ticks once in `interval`.
    init(_ role: any RoleService, interval: Duration = .seconds(1)) {
        self.role = role
        self.interval = interval
        (events, inbox) = AsyncStream.makeStream(
            bufferingPolicy: .bufferingNewest(Self.waitingEvents))
    }

    /// Tells the role of a final block; never waits.
    func blockFinal(_ block: CommittedBlock) {
        inbox.yield(.blockFinal(block))
    }

    /// Tells the role of a message; never waits.
    func received(_ message: MeterMessage, from sender: Address) {
        inbox.yield(.received(message, from: sender))
    }

    /// Runs until the task is cancelled; throws if the role cannot go on.
    func run() async throws {
        try await role.start()
        try await withThrowingDiscardingTaskGroup { group in
            group.addTask { await tick() }
            for await event in events {
                try await tell(event)
                group.addTask { try await role.work() }
            }
            group.cancelAll()
        }
    }

    private func tick() async {
        let clock = ContinuousClock()
        var next = clock.now
        while !Task.isCancelled {
            inbox.yield(.tick)
            next = max(next.advanced(by: interval), clock.now)
            do {
                try await clock.sleep(until: next)
            } catch {
                return  // cancelled: the only reason a sleep ends early
            }
        }
    }

    private func tell(_ event: Event) async throws {
        switch event {
        case .tick: try await role.tick()
        case .blockFinal(let block): try await role.blockFinal(block)
        case .received(let message, let sender): try await role.received(message, from: sender)
        }
    }
}
