package import Testing

/// Waits until `condition` holds, asking again soon at first and then ever more seldom, or every
/// `interval`; false if it does not within `limit`.
package func eventually(
    within limit: Duration = .seconds(60), every interval: Duration? = nil,
    _ condition: () async throws -> Bool
) async throws -> Bool {
    let start = ContinuousClock.now
    while true {
        if try await condition() { return true }
        let elapsed = start.duration(to: .now)
        guard elapsed < limit else { return false }
        let usual = min(max(.milliseconds(5), elapsed / 8), .milliseconds(200))
        try await Task.sleep(for: interval ?? usual)
    }
}

/// Waits until `condition` holds; says "never: `what`" and fails the test if it does not within
/// `limit`.
package func eventually(
    _ what: String, within limit: Duration = .seconds(60),
    sourceLocation: SourceLocation = #_sourceLocation,
    _ condition: () async throws -> Bool
) async throws {
    guard try await !eventually(within: limit, condition) else { return }
    Issue.record("never: \(what)", sourceLocation: sourceLocation)
}
