import API
import Market
import Protocol

/// Takes what owners want done, and lets them wait for it: what is asked for twice under one key is
/// done once. A key is its visitor's own, and stands for one request: another one under it is refused.
actor OwnerDesk {
    /// What is being done, or was.
    struct Undertaking: Sendable {
        let plan: OwnerPlan
        fileprivate let task: Task<WishOutcome, any Error>
    }

    /// How long a request waits for finality before it is answered without.
    static let waitTime: Duration = .seconds(10)
    /// Of how many requests the keys are remembered. The oldest one that is over gives way.
    static let capacity = 200

    private struct Name: Hashable {
        let visitor: Hash32
        let key: String
    }

    private struct Entry {
        let content: Hash32
        let undertaking: Undertaking
        var isOver = false
    }

    private let household: any RoleAccess
    private var entries: [Name: Entry] = [:]
    /// The names of the entries, the oldest first.
    private var names: [Name] = []

    init(household: any RoleAccess) { self.household = household }

    /// What was begun for the same request before; nil if nothing was. Throws if its key stands for
    /// another one.
    func known(_ order: OwnerOrder) throws(Problem) -> Undertaking? {
        guard let name = Self.name(of: order), let entry = entries[name] else { return nil }
        guard entry.content == order.content else { throw Self.keyUsed }
        return entry.undertaking
    }

    /// Begins what `order` asks for, unless it was begun before. Whoever asked may go; it goes on.
    func begin(_ plan: OwnerPlan, for order: OwnerOrder) throws(Problem) -> Undertaking {
        if let known = try known(order) { return known }
        let name = Self.name(of: order)
        if name != nil { try makeRoom() }
        let household = household
        let task = Task {
            do {
                let outcome = try await plan.noted { await household.wish(plan.wish) }
                if let name { entries[name]?.isOver = true }
                return outcome
            } catch {
                forget(name)
                throw error
            }
        }
        let undertaking = Undertaking(plan: plan, task: task)
        if let name {
            entries[name] = Entry(content: order.content, undertaking: undertaking)
            names.append(name)
        }
        return undertaking
    }

    private static func name(of order: OwnerOrder) -> Name? {
        order.key.map { Name(visitor: order.visitor, key: $0) }
    }

    private func makeRoom() throws(Problem) {
        guard names.count >= Self.capacity else { return }
        guard let oldest = names.first(where: { entries[$0]?.isOver == true }) else {
            throw .busy("\(Self.capacity) requests are not over yet; try again")
        }
        forget(oldest)
    }

    private func forget(_ name: Name?) {
        guard let name else { return }
        entries[name] = nil
        names.removeAll { $0 == name }
    }

    private static let keyUsed = Problem(
        status: 422, title: "Key used already",
        detail: "another request came under this idempotency-key; give each one its own",
        code: "key-used")

    /// What came of `undertaking`; nil if that takes longer than `time`.
    nonisolated func outcome(
        of undertaking: Undertaking, within time: Duration = waitTime
    ) async throws -> WishOutcome? {
        let (stream, continuation) = AsyncStream.makeStream(
            of: Result<WishOutcome, any Error>.self)
        Task {
            continuation.yield(await undertaking.task.result)
            continuation.finish()
        }
        let timer = Task {
            try? await Task.sleep(for: time)
            continuation.finish()
        }
        defer { timer.cancel() }
        return try await stream.first { _ in true }?.get()
    }
}
