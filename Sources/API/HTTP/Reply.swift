internal import HTTPTypes
internal import Transport

/// A whole answer.
struct Reply {
    var status = 200
    var type = "application/json"
    var body: [UInt8] = []
    var headers: HTTPFields = [:]

    static func json(_ value: JSON, status: Int = 200) -> Reply {
        Reply(status: status, body: value.encoded)
    }

    static func problem(_ problem: Problem) -> Reply {
        let reply = Reply(
            status: problem.status, type: "application/problem+json", body: problem.json.encoded)
        return problem.retryAfter.map(reply.retrying) ?? reply
    }

    /// The same, which tells to come again after so many seconds.
    func retrying(after seconds: Int) -> Reply {
        var reply = self
        reply.headers[.retryAfter] = String(seconds)
        return reply
    }

    static func text(_ text: String, type: String = "text/plain; charset=utf-8") -> Reply {
        Reply(type: type, body: Array(text.utf8))
    }

    func send(to response: ResponseWriter) async throws {
        let kind: HTTPFields = body.isEmpty ? [:] : [.contentType: type]
        try await response.respond(
            status: status, headers: kind + Self.safety + headers, body: body)
    }

    /// What every answer carries: nothing of it is a page, and no browser should treat it as one.
    static let safety: HTTPFields = [
        .contentSecurityPolicy: "default-src 'none'; frame-ancestors 'none'",
        .xContentTypeOptions: "nosniff", .referrerPolicy: "no-referrer",
        .cacheControl: "no-store",
    ]
}
