#if DEBUG
    import ArgumentParser
    import Console
    import FoundationEssentials
    import Node
    import Simulation

    /// `busbar-testnet node`: what `busbar node` is, but it plays the misbehaviours that its file or
    /// BUSBAR_BYZANTINE names.
    struct FaultyNodeCommand: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            commandName: "node", abstract: "Run one node that misbehaves; in debug builds alone.",
            shouldDisplay: false)

        @Option(help: "The node's file.")
        var config: String

        @Option(help: "A setting in place of the file's; repeatable.")
        var set: [String] = []

        func run() async throws {
            let overrides = try SettingsOverrides(
                flags: set, environment: ProcessInfo.processInfo.environment)
            let configuration = try NodeConfiguration(file: config, overrides: overrides)
            try await NodeProgram.run(
                configuration, corruption: try Self.corruption(configuration))
        }

        private static func corruption(
            _ configuration: NodeConfiguration
        ) throws -> Node.Corruption? {
            let misbehaviours = try configuration.faults.byzantine.map(Misbehaviour.named)
            guard !misbehaviours.isEmpty else { return nil }
            return { FaultyValidator(key: $0, domain: $1, misbehaviours: misbehaviours) }
        }
    }
#endif
