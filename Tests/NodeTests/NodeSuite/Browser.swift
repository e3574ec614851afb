import API
import Keys
import Protocol
import TestKit
import Testing

/// A browser: what it keeps of the cookies that it is given.
struct Browser {
    let client: PlainClient
    var cookie: String?
    /// The token of a program, which it shows in place of a cookie.
    private var token: Bytes?

    init(_ member: TestMember) { client = PlainClient(port: member.app.port) }

    /// One of the node's own programs.
    static func program(of member: TestMember) throws -> Browser {
        var program = Browser(member)
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

    mutating func send(
        _ method: String, _ path: String, _ body: JSON = .object([])
    ) async throws -> Answer {
        let answer = try await client.send(
            method, "/api/v1/" + path,
            headers: headers.merging(["content-type": "application/json"]) { $1 },
            body: String(decoding: body.encoded, as: UTF8.self))
        if let field = answer.headers["set-cookie"],
            let pair = field.split(separator: ";").first
        {
            cookie = String(pair)
        }
        return answer
    }

    /// A code as the node's own programs get it.
    static func code(
        of member: TestMember, role: String = "owner"
    ) async throws -> String {
        var program = try program(of: member)
        let answer = try await program.send(
            "POST", "invitations", ["role": .string(role), "label": "test"])
        return try #require(try answer.json["code"]?.verbatim)
    }
}

extension Answer {
    /// What the app takes a problem for.
    var code: String? { (try? json)?["code"]?.verbatim }

    /// How many wrong passwords are left.
    var triesLeft: Int? { (try? json)?["triesLeft"]?.integer }
}
