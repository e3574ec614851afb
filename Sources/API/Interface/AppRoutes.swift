package import Transport

/// What a node's app answers beside REST and JSON-RPC: its pages, who signs in, the household.
package protocol AppRoutes: Sendable {
    /// What it answers, for the description of `/api/v1`.
    var description: AppDescription { get }

    /// Throws a ``Problem`` unless whoever sends `request` may do what it asks for; what everyone may
    /// do passes.
    func admit(_ request: Request, _ target: RequestTarget) async throws

    /// The answer to what is the app's own.
    func answer(
        _ request: Request, _ target: RequestTarget, _ response: ResponseWriter, _ caller: Caller,
        at door: AppDoor
    ) async throws -> AppAnswer
}

/// What the app must know of the port that a request came to.
package struct AppDoor: Hashable, Sendable {
    /// Whether it gives pages.
    package let hasPages: Bool
    /// Whether nobody between can read along.
    package let isSecure: Bool

    package init(hasPages: Bool, isSecure: Bool) {
        self.hasPages = hasPages
        self.isSecure = isSecure
    }
}

/// What came of a request at the app.
package enum AppAnswer {
    /// This is to be sent.
    case reply(Reply)
    /// It has been sent.
    case sent
    /// It is for others to answer.
    case notMine
}
