import Dispatch

/// Calls that block, for callers whose thread must not.
package enum BlockingCall {
    /// Runs `body` on a thread of its own.
    package static func run<Result: Sendable>(
        _ body: @escaping @Sendable () throws -> Result
    ) async throws -> Result {
        try await withCheckedThrowingContinuation { continuation in
            DispatchQueue(label: "busbar.call").async {
                continuation.resume(with: Swift.Result { try body() })
            }
        }
    }
}
