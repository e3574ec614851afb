import ArgumentParser
import Client
import Console
import Node

extension BenchCommand {
    struct CatchUp: ParsableCommand {
        static let configuration = CommandConfiguration(
            commandName: "catch-up",
            abstract: "Measure how fast a node that begins with nothing takes over the chain.",
            discussion: """
                Stops a node of a running testnet, puts its files aside, starts it with none, and \
                waits until it has the block that the others have; afterwards it runs with its own \
                files again. Make the chain as long as is wanted with bench load first. Whatever \
                else runs on the machine takes part in it: stop other households and the roles.
                """)

        @OptionGroup var place: DirectoryOptions

        @Option(help: "Which node; the last household else.")
        var node: String?

        @Option(name: .customLong("repeat"), help: "How often it is measured.")
        var repetitions = 3

        @Option(help: "After how many seconds it counts as stuck.")
        var timeout = 300

        @OptionGroup var measurement: MeasurementOptions

        func validate() throws {
            try check("--repeat", repetitions, in: 1...100)
            try check("--timeout", timeout, in: 1...86_400)
        }

        func run() throws {
            let testnet = try Testnet(place.directory())
            guard
                let node = try node.map(testnet.endpoints.node)
                    ?? testnet.nodes(.household).last
            else { throw CommandFailure(.failed, "it takes a household, or --node") }
            var bench = try CatchUpBench(
                of: node, times: repetitions, timeout: timeout, in: testnet)
            let report = try bench.run()
            let commit = measurement.commit
            try measurement.tell(report.text(commit: commit), report.json(commit: commit))
        }
    }
}
