package import API
import Console
package import Protocol

/// A way to ask a node over HTTP.
package protocol HTTPClient: Sendable {
    /// How long a whole answer may take.
    var timeoutSeconds: Int { get set }

    /// Whether what answers has proved to be the node that was meant.
    var provesNode: Bool { get }

    /// Sends a request and waits for the whole answer; `headers` stand in place of its own of the
    /// same name. Throws `unreachable` where none comes.
    func send(
        _ method: String, _ path: String, headers: [String: String], body: [UInt8]
    ) throws -> HTTPAnswer
}

extension HTTPClient {
    /// What is at `path`.
    package func get(_ path: String) throws -> HTTPAnswer {
        try send("GET", path, headers: [:], body: [])
    }

    /// What the node answers to `json`.
    package func post(_ path: String, json: [UInt8]) throws -> HTTPAnswer {
        try send("POST", path, headers: ["content-type": "application/json"], body: json)
    }
}

/// An answer over HTTP.
package struct HTTPAnswer: Sendable {
    /// How many bytes a body may have.
    static let longestBody = 1 << 26

    /// The three digits.
    package let status: Int
    /// The fields, by their names in small letters; several of one name make one, parted by
    /// commas.
    package let headers: [String: String]
    /// What follows them.
    package let body: [UInt8]

    init(status: Int, fields: [(name: String, value: String)], body: [UInt8]) {
        self.status = status
        headers = Dictionary(fields.map { ($0.name.lowercased(), $0.value) }) { "\($0), \($1)" }
        self.body = body
    }

    /// The body as JSON.
    package var json: JSON {
        get throws {
            do throws(MalformedJSON) {
                return try JSON(decoding: body)
            } catch {
                throw CommandFailure(.failed, "the answer is not JSON: \(error)")
            }
        }
    }

    /// The beginning of the body.
    package var text: UntrustedText {
        UntrustedText(String(decoding: body.prefix(300), as: UTF8.self))
    }
}
