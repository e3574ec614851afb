import API
import Console
import Keys
package import Protocol

/// Asks a node's app by the token that lies in the node's directory: whoever may read that owns the app.
package struct AppClient {
    package let token: Bytes
    private let http: PinnedHTTP

    /// The app of the node with its data in `directory`, whose API at `url` shows `certificate`, a file.
    package init(data directory: String, url: String, certificate: String) throws {
        do throws(FileError) {
            token = try AppToken.read(in: directory)
        } catch {
            guard case .missing(let path) = error else { throw error }
            throw CommandFailure(.unreachable, "\(path): the node has not run yet; start it first")
        }
        http = try PinnedHTTP(url: url, certificate: certificate)
    }

    /// The app of a testnet's node.
    package init(_ node: EndpointsFile.Node) throws {
        try self.init(data: node.data, url: node.api, certificate: node.apiCertificate)
    }

    /// A new code, which lets one device in, once and within ten minutes; at an aggregator's node that of
    /// the operator called `name`.
    package func invite(isOwner: Bool, operator name: String? = nil) throws -> String {
        let answer = try ask(
            "POST", "/api/v1/invitations",
            [
                "role": isOwner ? "owner" : "viewer", "label": "", "pairing": .bool(true),
                "operator": .string(name),
            ])
        guard let code = answer["code"]?.text else {
            throw CommandFailure(.failed, "the node's answer has no code")
        }
        return code.verbatim
    }

    /// Sets the app's password, or that of the operator called `name`.
    package func setPassword(_ text: String, operator name: String? = nil) throws {
        _ = try ask(
            "PUT", "/api/v1/password", ["password": .string(text), "operator": .string(name)])
    }

    private func ask(_ method: String, _ path: String, _ body: JSON) throws -> JSON {
        let answer = try http.send(
            method, path,
            headers: [
                "content-type": "application/json",
                "authorization": "Bearer \(Hexadecimal.encode(token))",
            ], body: body.encoded)
        let json = answer.body.isEmpty ? JSON.null : try JSON(decoding: answer.body)
        guard 200..<300 ~= answer.status else {
            let detail = json["detail"]?.text.map { "\($0)" } ?? "status \(answer.status)"
            throw CommandFailure(.refused, "the node refuses: \(detail)")
        }
        return json
    }
}
