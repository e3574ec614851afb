import API
import Keys
import Protocol
import TestKit
import Testing

@testable import Node

/// A browser at a node's app: what it keeps of the cookies that it is given.
struct AppBrowser {
    static let password = "korrekt pferd"

    let client: PlainClient
    var cookie: String?
    /// The token of a program, which it shows in place of a cookie.
    private var token: Bytes?

    init(_ member: TestMember) { client = PlainClient(port: member.app.port) }

    /// One of the node's own programs.
    static func program(of member: TestMember) throws -> AppBrowser {
        var program = AppBrowser(member)
        program.token = try AppToken.read(in: member.directory + "/data")
        return program
    }

    private var headers: [String: String] {
        var headers = ["x-busbar": "1", "sec-fetch-site": "same-origin"]
        if let cookie { headers["cookie"] = cookie }
        if let token { headers["authorization"] = "Bearer " + Hexadecimal.encode(token) }
        return headers
    }

    func get(_ path: String) async throws -> Answer {
        try await client.get("/api/v1/" + path, headers: headers)
    }

    /// Sends a change; `key` is what it may come again under.
    mutating func send(
        _ method: String, _ path: String, _ body: JSON = .object([]), key: String? = nil
    ) async throws -> Answer {
        var headers = headers.merging(["content-type": "application/json"]) { $1 }
        headers["idempotency-key"] = key
        let answer = try await client.send(
            method, "/api/v1/" + path, headers: headers,
            body: String(decoding: body.encoded, as: UTF8.self))
        if let field = answer.headers["set-cookie"], let pair = field.split(separator: ";").first {
            cookie = String(pair)
        }
        return answer
    }
}

// The ways in.
extension AppBrowser {
    /// Runs a chain of one validator and the household's node, and lets `body` at its app.
    static func withHousehold(
        _ body: (_ member: TestMember, _ node: RunningNode) async throws -> Void
    ) async throws {
        try await NodeCommunity.linked(\.household) { community, node in
            try await body(community.household, node)
        }
    }

    /// A code as the node's own programs get it.
    static func code(of member: TestMember, role: String = "owner") async throws -> String {
        var program = try program(of: member)
        let answer = try await program.send(
            "POST", "invitations", ["role": .string(role), "label": "test"])
        return try #require(try answer.json["code"]?.verbatim)
    }

    /// A browser that is signed in by a code.
    static func paired(
        with member: TestMember, role: String = "owner"
    ) async throws -> AppBrowser {
        var browser = AppBrowser(member)
        var body: JSON = [
            "code": .string(try await code(of: member, role: role)), "label": "phone",
        ]
        if role == "owner" { body = body.adding(["password": .string(password)]) }
        let answer = try await browser.send("POST", "pairing", body)
        guard answer.status == 204 else { throw NotPaired(answer: answer.body) }
        return browser
    }

    private struct NotPaired: Error {
        let answer: String
    }
}

extension Answer {
    /// What the app takes a problem for.
    var code: String? { (try? json)?["code"]?.verbatim }

    /// How many wrong passwords, or codes, are left.
    var triesLeft: Int? { (try? json)?["triesLeft"]?.integer }
}
