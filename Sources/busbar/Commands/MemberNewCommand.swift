import Console
import API
import ArgumentParser
import Peering
import Protocol

extension MemberCommand {
    struct New: ParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Make the directory of a new member's node: keys, certificates, node.toml.",
            discussion: """
                Prints the command by which the aggregator registers the member; nothing is sent \
                anywhere. The genesis and the peers' addresses come from the aggregator. Keys lie \
                under random passwords in files beside them, for the owner alone.
                """)

        @Option(help: "The directory to make.")
        var dir: String

        @Option(help: "The node's name, in its logs and its certificate.")
        var name: String

        @Option(help: "What the member will be.")
        var role: MemberRoleOption

        @Option(help: "The chain's genesis (JSON).")
        var genesis: String

        @Option(
            name: .customLong("peer"),
            help: "host:port of a node to dial, the aggregator's first; repeatable.")
        var peers: [Endpoint]

        @Option(help: "What the grid connection can carry, in W: 17250 for 3 × 25 A.")
        var ratedPower: UInt64?

        @Option(help: "The aggregator's account; where left out, the only one of the genesis.")
        var aggregator: Address?

        @Option(help: "The file of readings (CSV) that the meter follows; else it is set by hand.")
        var profile: String?

        @Option(help: "Whose columns of --profile: h01.")
        var household: String?

        @Option(help: "host:port for other nodes to dial it; else it only dials out.")
        var listen: Endpoint?

        @Option(help: "host:port under which others reach --listen from outside.")
        var advertised: Endpoint?

        @Option(help: "host:port of its API (https).")
        var api = Endpoint(host: "127.0.0.1", port: 8_443)

        @Option(help: "host:port of its app (http, on this machine).")
        var app = Endpoint(host: "127.0.0.1", port: 8_480)

        @Option(help: "host:port of its JSON-RPC (http, on this machine).")
        var rpc = Endpoint(host: "127.0.0.1", port: 8_545)

        @Option(help: "host:port of its metrics (http, on this machine).")
        var metrics = Endpoint(host: "127.0.0.1", port: 9_545)

        @OptionGroup var certificates: CertificateOptions

        @Flag(help: "Print JSON.")
        var json = false

        func validate() throws {
            guard !peers.isEmpty else { throw ValidationError("Give at least one --peer.") }
            guard role.isHousehold == (ratedPower != nil) else {
                throw ValidationError(
                    role.isHousehold
                        ? "A \(role.rawValue) needs --rated-power."
                        : "An \(role.rawValue) has no --rated-power.")
            }
            guard role.isHousehold || profile == nil else {
                throw ValidationError("An \(role.rawValue) has no meter to follow --profile.")
            }
            guard (profile == nil) == (household == nil) else {
                throw ValidationError("--profile and --household belong together.")
            }
            guard listen != nil || advertised == nil else {
                throw ValidationError("--advertised needs --listen.")
            }
        }

        func run() throws {
            let made = try MemberDirectoryMaker.make(self)
            guard !json else { return Terminal.say(made.json.pretty) }
            Terminal.note(
                """
                made \(made.directory.path)
                chain \(made.chainID), \(made.chainName), genesis block \(made.genesisHash)
                Ask the aggregator whether its genesis block is the same. With a code of its, \
                'busbar member join' has this registered; else it runs:
                """)
            Terminal.say(made.registration)
            Terminal.note("Then start it: busbar node --config \(made.configurationFile)")
        }
    }
}
