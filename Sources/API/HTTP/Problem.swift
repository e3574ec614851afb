/// What went wrong with a request, for programs and people (RFC 9457).
package struct Problem: Error, Hashable {
    /// The status of the answer, from 400 on.
    package let status: Int
    /// What kind of problem it is, in a few words.
    package let title: String
    /// What was wrong, and what to do.
    package var detail: String?
    /// After how many seconds the request may be tried again.
    package var retryAfter: Int?
    /// Why a transaction was refused, for programs.
    package var reason: SubmissionRefusal.Reason?
    /// What it is to an app, which says it in its reader's language.
    package var code: String?
    /// More that belongs to `code`, by name.
    package var values: [JSON.Member] = []

    package init(
        status: Int, title: String, detail: String? = nil, retryAfter: Int? = nil,
        code: String? = nil, values: [JSON.Member] = []
    ) {
        self.status = status
        self.title = title
        self.detail = detail
        self.retryAfter = retryAfter
        self.code = code
        self.values = values
    }

    package static func badRequest(_ detail: String) -> Problem {
        Problem(status: 400, title: "Bad request", detail: detail)
    }

    package static func notFound(_ detail: String) -> Problem {
        Problem(status: 404, title: "Not found", detail: detail)
    }

    package static func conflict(_ detail: String, code: String? = nil) -> Problem {
        Problem(status: 409, title: "Conflict", detail: detail, code: code)
    }

    package static func busy(_ detail: String) -> Problem {
        Problem(status: 503, title: "Busy", detail: detail, retryAfter: 1, code: "busy")
    }

    package static let tooManyBlocks = busy(
        "this address has had too many blocks read; try again in a moment")
    static let tooManyRequests = Problem(
        status: 429, title: "Too many requests", detail: nil, retryAfter: 1)
    static let wrongHost = Problem(
        status: 403, title: "Host not allowed",
        detail: "the Host header names no host of this node")
    static let wrongOrigin = Problem(
        status: 403, title: "Origin not allowed",
        detail: "pages of other origins may not call this node")
    package static let wrongType = Problem(
        status: 415, title: "Unsupported media type", detail: "send application/json")
    static let `internal` = Problem(status: 500, title: "Internal error", detail: nil)

    package static func wrongMethod(_ allowed: String) -> Problem {
        Problem(status: 405, title: "Method not allowed", detail: "use \(allowed)")
    }

    var json: JSON {
        var members: [JSON.Member] = [
            JSON.Member("type", "about:blank"), JSON.Member("title", .string(title)),
            JSON.Member("status", .number(status)),
        ]
        if let detail { members.append(JSON.Member("detail", .string(detail))) }
        if let reason { members.append(JSON.Member("reason", .string(reason.rawValue))) }
        if let code { members.append(JSON.Member("code", .string(code))) }
        return .object(members + values)
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
