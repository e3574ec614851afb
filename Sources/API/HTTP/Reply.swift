package import HTTPTypes
package import Transport

/// A whole answer.
package struct Reply {
    /// The status.
    package var status = 200
    /// What the body is; nothing says so without a body.
    package var type = "application/json"
    package var body: [UInt8] = []
    /// Fields of its own, which go before those that every answer carries.
    package var headers: HTTPFields = [:]
    /// What every answer of its kind carries.
    package var safety = Reply.safety

    package init(
        status: Int = 200, type: String = "application/json", body: [UInt8] = [],
        headers: HTTPFields = [:]
    ) {
        self.status = status
        self.type = type
        self.body = body
        self.headers = headers
    }

    package static func json(_ value: JSON, status: Int = 200) -> Reply {
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

    package func send(to response: ResponseWriter) async throws {
        let kind: HTTPFields = body.isEmpty ? [:] : [.contentType: type]
        try await response.respond(
            status: status, headers: kind + safety + headers, body: body)
    }

    /// What every answer to a program carries: nothing of it is a page, and no browser should treat it as one.
    package static let safety: HTTPFields = [
        .contentSecurityPolicy: "default-src 'none'; frame-ancestors 'none'",
        .xContentTypeOptions: "nosniff", .referrerPolicy: "no-referrer",
        .cacheControl: "no-store",
    ]
}
