/// What went wrong with a request, for programs and people (RFC 9457).
struct Problem: Error, Hashable {
    let status: Int
    let title: String
    var detail: String?
    /// After how many seconds the request may be tried again.
    var retryAfter: Int?
    /// Why a transaction was refused, for programs.
    var reason: SubmissionRefusal.Reason?

    static func badRequest(_ detail: String) -> Problem {
        Problem(status: 400, title: "Bad request", detail: detail)
    }

    static func notFound(_ detail: String) -> Problem {
        Problem(status: 404, title: "Not found", detail: detail)
    }

    static func conflict(_ detail: String) -> Problem {
        Problem(status: 409, title: "Conflict", detail: detail)
    }

    static func busy(_ detail: String) -> Problem {
        Problem(status: 503, title: "Busy", detail: detail, retryAfter: 1)
    }

    static let tooManyRequests = Problem(
        status: 429, title: "Too many requests", detail: nil, retryAfter: 1)
    static let wrongHost = Problem(
        status: 403, title: "Host not allowed",
        detail: "the Host header names no host of this node")
    static let wrongOrigin = Problem(
        status: 403, title: "Origin not allowed",
        detail: "pages of other origins may not call this node")
    static let wrongType = Problem(
        status: 415, title: "Unsupported media type", detail: "send application/json")
    static let `internal` = Problem(status: 500, title: "Internal error", detail: nil)

    static func wrongMethod(_ allowed: String) -> Problem {
        Problem(status: 405, title: "Method not allowed", detail: "use \(allowed)")
    }

    var json: JSON {
        let problem: JSON = [
            "type": "about:blank", "title": .string(title), "status": .number(status),
        ]
        let explained = detail.map { problem.adding(["detail": .string($0)]) } ?? problem
        return reason.map { explained.adding(["reason": .string($0.rawValue)]) } ?? explained
    }
}

extension Problem {
    /// What a client is told whose transaction was refused.
    init(_ refusal: SubmissionRefusal) {
        switch refusal.reason {
        case .malformed: self = .badRequest(refusal.message)
        case .known: self = .conflict(refusal.message)
        case _ where refusal.reason.isPressure: self = .busy(refusal.message)
        default:
            self.init(status: 422, title: "Transaction refused", detail: refusal.message)
        }
        reason = refusal.reason
    }
}
