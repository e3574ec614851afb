import Console
import ArgumentParser
import Faults
import FoundationEssentials
import Keys
import Node
import Storage

struct NodeCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "node", abstract: "Run one node.",
        discussion: """
            The node's file (TOML) is overridden by environment variables (BUSBAR_P2P_LISTEN for \
            p2p.listen), and those by --set. It stops in order on SIGTERM and SIGINT.
            """)

    @Option(help: "The node's file.")
    var config: String?

    @Option(help: "A setting in place of the file's: p2p.listen=127.0.0.1:30303; repeatable.")
    var set: [String] = []

    @Flag(
        help: """
            Print the configuration as it takes effect, say what is wrong with the files that it \
            names, and do not run.
            """)
    var check = false

    @Flag(help: "List the failpoints that BUSBAR_FAILPOINT can arm in a debug build.")
    var failpoints = false

    func validate() throws {
        guard config != nil || failpoints else { throw ValidationError("--config is missing.") }
    }

    func run() async throws {
        guard !failpoints else { return try listFailpoints() }
        try Failpoint.check(ProcessInfo.processInfo.environment[Failpoint.variable])
        do {
            let configuration = try effectiveConfiguration()
            guard !check else {
                Terminal.say(configuration.toml)
                return try Node.check(configuration)
            }
            guard configuration.faults.byzantine.isEmpty else {
                throw CommandFailure(
                    .failed, "byzantine: only the node of busbar-testnet misbehaves")
            }
            try await NodeProgram.run(configuration)
        } catch let failure as CommandFailure {
            throw failure
        } catch {
            throw CommandFailure(Self.status(of: error), "\(error)")
        }
    }

    /// Who starts the node again by itself should know when only a person can help.
    private static func status(of error: any Error) -> CommandFailure.Status {
        switch error {
        case StorageError.diskFull: .full
        case StorageError.damaged: .unsound
        case is ConfigurationError, is ProfileError, is KeystoreError, is FileError: .misconfigured
        default: .failed
        }
    }

    private func listFailpoints() throws {
        guard Failpoint.exist else {
            throw CommandFailure(.failed, "failpoints exist in debug builds only")
        }
        for point in Failpoint.allCases { Terminal.say(point.rawValue) }
    }

    private func effectiveConfiguration() throws -> NodeConfiguration {
        let overrides = try SettingsOverrides(
            flags: set, environment: ProcessInfo.processInfo.environment)
        return try NodeConfiguration(file: config ?? "", overrides: overrides)
    }
}
