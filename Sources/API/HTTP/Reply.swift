internal import Transport

/// A whole answer.
struct Reply {
    var status = 200
    var type = "application/json"
    var body: [UInt8] = []
    var headers: [(String, String)] = []

    /// A JSON value.
    static func json(_ value: JSON, status: Int = 200) -> Reply {
        Reply(status: status, body: value.encoded)
    }

    /// A problem document.
    static func problem(_ problem: Problem) -> Reply {
        var reply = Reply(
            status: problem.status, type: "application/problem+json", body: problem.json.encoded)
        if let seconds = problem.retryAfter {
            reply.headers.append(("retry-after", String(seconds)))
        }
        return reply
    }

    /// A text.
    static func text(_ text: String, type: String = "text/plain; charset=utf-8") -> Reply {
        Reply(type: type, body: Array(text.utf8))
    }

    func send(to response: ResponseWriter) async throws {
        var headers = Headers()
        if !body.isEmpty { headers.add("content-type", type) }
        for (name, value) in Self.safety + self.headers { headers.add(name, value) }
        try await response.respond(status: status, headers: headers, body: body)
    }

    /// What every answer carries: nothing of it is a page, and no browser should treat it as one.
    static let safety = [
        ("content-security-policy", "default-src 'none'; frame-ancestors 'none'"),
        ("x-content-type-options", "nosniff"), ("referrer-policy", "no-referrer"),
        ("cache-control", "no-store"),
    ]
}
