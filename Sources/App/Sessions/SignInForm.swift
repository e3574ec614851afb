import API
import Foundation
import HTTPTypes
import Protocol
import Transport

/// What somebody types to sign in: sent by the page's script as JSON, or as a form where scripts do
/// not run.
struct SignInForm {
    let password: String
    let isRemembered: Bool
    /// What the device will be called.
    let label: String
    /// By what name an operator wants to be known.
    let name: String?
    /// Whether a browser sent the form itself and shows what comes back.
    let isPage: Bool

    /// How long a form may be, in bytes.
    private static let limit = 8_192

    init(_ request: Request) async throws {
        let type = request.headers[.contentType]?.lowercased() ?? ""
        isPage = type.hasPrefix("application/x-www-form-urlencoded")
        label = Self.device(request.headers[.userAgent] ?? "")
        guard isPage else {
            let body = try await JSON.object(in: request)
            guard let password = body["password"]?.text else {
                throw Problem.badRequest("password is a text")
            }
            self.password = password.verbatim
            isRemembered = body["remember"] == .bool(true)
            name = Self.name(body["name"]?.text?.verbatim)
            return
        }
        let bytes = try await request.collectBody(upTo: Self.limit)
        var fields: [String: String] = [:]
        for pair in String(decoding: bytes, as: UTF8.self).split(separator: "&") {
            let sides = pair.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
            let value = sides.count > 1 ? String(sides[1]).replacing("+", with: " ") : ""
            fields[String(sides[0])] = value.removingPercentEncoding ?? value
        }
        password = fields["password"] ?? ""
        isRemembered = fields["remember"] != nil
        name = Self.name(fields["name"])
    }

    private static func name(_ text: String?) -> String? {
        text.flatMap { $0.isEmpty || !UntrustedText($0).isPlain ? nil : String($0.prefix(40)) }
    }

    /// A name for a device, after what its browser says of itself.
    private static func device(_ agent: String) -> String {
        let kinds = [
            ("iPhone", "iPhone"), ("iPad", "iPad"), ("Android", "Android"), ("Windows", "Windows"),
            ("Macintosh", "Mac"), ("Linux", "Linux"),
        ]
        return kinds.first { agent.contains($0.0) }?.1 ?? "Browser"
    }
}
