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
        @OptionGroup var camera: CameraCode

        @Flag(help: "For somebody who looks and changes nothing.")
        var viewer = false

        @OptionGroup var person: OperatorOptions

        func run() throws {
            let node = try options.node()
            let code = try node.app.invite(isOwner: !viewer, operator: person.name)
            let addresses = node.urls.map { "\($0)/pair#\(code)" }
            Terminal.say("code  \(code)")
            for address in addresses { Terminal.say("open  \(address)") }
            if let lacking = node.lackingName { return Terminal.note(lacking) }
            // A phone comes from elsewhere: over https, which stands last.
            if let address = addresses.last { camera.show(address) }
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
            let code = try node.app.invite(isOwner: true, operator: person.name)
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
            try options.node().app.setPassword(password.text, operator: person.name)
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
            Terminal.say(Hexadecimal.encode(try options.node().app.token))
        }
    }
}

/// A household's node, whose directory this user may read.
struct AppNode {
    /// Where the app is, the plain one first; over https for other devices, if they get there.
    let urls: [String]
    /// What is to be set so that other devices get there, which the node listens for.
    let lackingName: String?
    let app: AppClient

    init(configurationFile file: String) throws {
        let configuration = try NodeConfiguration(file: file)
        guard configuration.role == .household || configuration.role == .aggregator else {
            throw CommandFailure(
                .failed, "\(configuration.name) is neither a household's nor an aggregator's node")
        }
        guard let api = configuration.api else {
            throw CommandFailure(.failed, "\(file): has no [api], by which the node is asked")
        }
        urls =
            (configuration.app.map { ["http://\($0.listen)"] } ?? [])
            + [api.addressForOthers ?? api.ownAddress]
        lackingName = api.lackingName
        app = try AppClient(
            data: configuration.dataDirectory, url: api.ownAddress,
            certificate: api.tls.certificate)
    }
}
