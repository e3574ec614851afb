import API
import ArgumentParser
import Client
import Console
import Keys
import Node
import Protocol

/// The household's app: who gets in.
struct AppCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "app", abstract: "Let people into a household's app.",
        discussion: """
            Whoever may read the node's directory owns the app: these commands use the token that lies \
            there, and no password.
            """,
        subcommands: [Pair.self, Open.self, SetPassword.self, Token.self])

    /// Which node's app is meant.
    struct NodeOptions: ParsableArguments {
        @Option(help: "The testnet's directory.")
        var dir = ".cluster"

        @Option(name: .customLong("as"), help: "The household of the testnet: h01.")
        var name: String?

        @Option(help: "One's own node's file, in place of --as.")
        var config: String?

        func validate() throws {
            guard (name == nil) != (config == nil) else {
                throw ValidationError(
                    "Say which household's app: --as h01 of a testnet, or --config node.toml.")
            }
        }

        func node() throws -> AppNode {
            let file =
                try config
                ?? EndpointsFile(directory: TestnetDirectory(dir).path)
                .node(name ?? "").config
            return try AppNode(configurationFile: file)
        }
    }

    /// Which operator of an aggregator's is meant.
    struct OperatorOptions: ParsableArguments {
        @Option(
            name: .customLong("operator"),
            help: "At an aggregator's node: the operator's name, who is made where there is none.")
        var name: String?
    }

    struct Pair: ParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Show a code that lets one device in, once and within ten minutes.")

        @OptionGroup var options: NodeOptions

        @Flag(help: "For somebody who looks and changes nothing.")
        var viewer = false

        @OptionGroup var person: OperatorOptions

        func run() throws {
            let node = try options.node()
            let invitation = try node.invite(isOwner: !viewer, operator: person.name)
            Terminal.say("code  \(invitation.code)")
            for url in node.urls { Terminal.say("open  \(url)/pair#\(invitation.code)") }
        }
    }

    struct Open: ParsableCommand {
        static let configuration = CommandConfiguration(
            abstract:
                "Print the address that opens the app signed in, once and within ten minutes.",
            discussion: "In a desktop's terminal: xdg-open \"$(busbar app open --as h01)\"")

        @OptionGroup var options: NodeOptions

        @OptionGroup var person: OperatorOptions

        func run() throws {
            let node = try options.node()
            guard let url = node.urls.first else {
                throw CommandFailure(.failed, "the node's file has neither [app] nor [api]")
            }
            let code = try node.invite(isOwner: true, operator: person.name).code
            Terminal.say("\(url)/pair#\(code)")
        }
    }

    struct SetPassword: ParsableCommand {
        static let configuration = CommandConfiguration(
            commandName: "password",
            abstract: "Set the app's password, from a file; everyone has to sign in again.")

        @OptionGroup var options: NodeOptions

        @OptionGroup var person: OperatorOptions

        @Option(help: "The file with the new password, its only line.")
        var file: String

        func run() throws {
            let password = try Password(file: file)
            try options.node().set(password, operator: person.name)
            Terminal.say(
                person.name.map { "\($0) has a new password, and is signed out everywhere" }
                    ?? "the app has a new password; all devices are signed out")
        }
    }

    struct Token: ParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Print the token by which programs use the app.",
            discussion: "curl -H \"authorization: Bearer $(busbar app token --as h01)\" …")

        @OptionGroup var options: NodeOptions

        func run() throws {
            Terminal.say(Hexadecimal.encode(try options.node().token))
        }
    }
}

/// A household's node, whose directory this user may read.
struct AppNode {
    let token: Bytes
    /// Where the app is, the plain one first.
    let urls: [String]
    private let http: PinnedHTTP

    init(configurationFile file: String) throws {
        let configuration = try NodeConfiguration(file: file)
        guard configuration.role == .household || configuration.role == .aggregator else {
            throw CommandFailure(
                .failed, "\(configuration.name) is neither a household's nor an aggregator's node")
        }
        guard let api = configuration.api else {
            throw CommandFailure(.failed, "\(file): has no [api], by which the node is asked")
        }
        token = try Self.token(in: configuration.dataDirectory)
        urls =
            (configuration.app.map { ["http://\($0.listen)"] } ?? []) + ["https://\(api.listen)"]
        http = try PinnedHTTP(url: "https://\(api.listen)", certificate: api.tls.certificate)
    }

    private static func token(in directory: String) throws -> Bytes {
        do throws(FileError) {
            return try AppToken.read(in: directory)
        } catch {
            guard case .missing(let path) = error else { throw error }
            throw CommandFailure(.unreachable, "\(path): the node has not run yet; start it first")
        }
    }

    /// A new code.
    func invite(
        isOwner: Bool, operator name: String?
    ) throws -> (code: String, expiresAt: String) {
        let answer = try ask(
            "POST", "/api/v1/invitations",
            [
                "role": isOwner ? "owner" : "viewer", "label": "", "pairing": .bool(true),
                "operator": .string(name),
            ])
        guard let code = answer["code"]?.text, let end = answer["expiresAt"]?.text else {
            throw CommandFailure(.failed, "the node's answer has no code")
        }
        return (code.verbatim, end.verbatim)
    }

    func set(_ password: Password, operator name: String?) throws {
        _ = try ask(
            "PUT", "/api/v1/password",
            ["password": .string(password.text), "operator": .string(name)])
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
