import Market
import Protocol

/// Takes what owners want done, and lets them wait for it: what is asked for twice under one key is
/// done once.
actor OwnerDesk {
    /// How long a request waits for finality before it is answered without.
    private static let waitSeconds = 10
    /// Of how many requests the keys are remembered.
    private static let capacity = 200

    private let household: any RoleAccess
    private var requests: [String: Task<WishOutcome, Never>] = [:]
    private var keys: [String] = []

    init(household: any RoleAccess) { self.household = household }

    /// What came of `wish`; nil if it is not final yet. The same `key` means the same request.
    func outcome(of wish: OwnerWish, key: String?) async -> WishOutcome? {
        let task = key.flatMap { requests[$0] } ?? begin(wish, key: key)
        return await Self.value(of: task, within: .seconds(Self.waitSeconds))
    }

    private func begin(_ wish: OwnerWish, key: String?) -> Task<WishOutcome, Never> {
        let household = household
        let task = Task { await household.wish(wish) }
        guard let key else { return task }
        requests[key] = task
        keys.append(key)
        if keys.count > Self.capacity { requests[keys.removeFirst()] = nil }
        return task
    }

    /// The task's value; nil if it takes longer than `time`. The task goes on.
    private static func value(
        of task: Task<WishOutcome, Never>, within time: Duration
    ) async -> WishOutcome? {
        let (stream, continuation) = AsyncStream.makeStream(of: WishOutcome.self)
        Task {
            continuation.yield(await task.value)
            continuation.finish()
        }
        let timer = Task {
            try? await Task.sleep(for: time)
            continuation.finish()
        }
        defer { timer.cancel() }
        return await stream.first { _ in true }
    }
}
