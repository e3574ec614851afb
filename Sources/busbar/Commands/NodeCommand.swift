import ArgumentParser
import FoundationEssentials
import Logging
import Node
import ServiceLifecycle
import UnixSignals

/// `busbar node`
struct NodeCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "node", abstract: "Run one node.",
        discussion: """
            The node's file (TOML) is overridden by environment variables (BUSBAR_P2P_LISTEN for \
            p2p.listen), and those by --set. It stops in order on SIGTERM and SIGINT.
            """)

    @Option(help: "The node's file.")
    var config: String

    @Option(help: "A setting in place of the file's: p2p.listen=127.0.0.1:30303; repeatable.")
    var set: [String] = []

    @Flag(help: "Print the configuration as it takes effect, and do not run.")
    var check = false

    func run() async throws {
        do {
            let configuration = try effectiveConfiguration()
            guard !check else { return Terminal.say(configuration.toml) }
            try await run(configuration)
        } catch let exit as ExitCode {
            throw exit
        } catch {
            Terminal.complain("\(error)")
            throw ExitCode(CommandFailure.Status.failed.rawValue)
        }
    }

    private func effectiveConfiguration() throws -> NodeConfiguration {
        var flags: [String: String] = [:]
        for text in set {
            let parts = text.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
            guard parts.count == 2 else {
                throw CommandFailure(.failed, "--set \(text): is not KEY=VALUE")
            }
            flags[String(parts[0])] = String(parts[1])
        }
        let overrides = SettingsOverrides(
            flags: flags, environment: ProcessInfo.processInfo.environment)
        return try NodeConfiguration(file: config, overrides: overrides)
    }

    private func run(_ configuration: NodeConfiguration) async throws {
        LoggingSystem.bootstrap(StreamLogHandler.standardError)
        var logger = Logger(label: configuration.name)
        logger.logLevel = Logger.Level(rawValue: configuration.logLevel.rawValue) ?? .info
        let node = try await Node(configuration, logger: logger)
        let group = ServiceGroup(
            configuration: ServiceGroupConfiguration(
                services: [
                    ServiceGroupConfiguration.ServiceConfiguration(
                        service: node, successTerminationBehavior: .gracefullyShutdownGroup)
                ],
                gracefulShutdownSignals: [.sigterm, .sigint], logger: logger))
        try await group.run()
    }
}
