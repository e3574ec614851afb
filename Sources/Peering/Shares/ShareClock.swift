/// The time in which debts are paid off.
struct ShareClock: Sendable {
    let now: @Sendable () -> ContinuousClock.Instant
    /// Waits so long; throws if the task is cancelled.
    let sleep: @Sendable (Duration) async throws -> Void

    static let system = ShareClock(now: { .now }, sleep: { try await Task.sleep(for: $0) })
}
