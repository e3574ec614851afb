import Logging
import Glibc
import ServiceLifecycle
import UnixSignals

/// A node as the program that a process runs.
package enum NodeProgram {
    /// Runs the node of `configuration` until it is told to stop; `corruption` is what a debug
    /// build's faulty validator does.
    package static func run(
        _ configuration: NodeConfiguration, corruption: Node.Corruption? = nil
    ) async throws {
        LoggingSystem.bootstrap { StreamLogHandler(label: $0, stream: LogStream()) }
        var logger = Logger(label: configuration.name)
        logger.logLevel = configuration.logLevel
        // A limit on the size of files is to be an error like a full disk, not the process's end.
        signal(SIGXFSZ, SIG_IGN)
        ConnectionPlaces.raiseDescriptorLimit()
        let node = try await Node(configuration, logger: logger, corruption: corruption)
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
