import ArgumentParser
import Client
import Console

extension BenchCommand {
    struct Idle: ParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Measure what the nodes do while nobody does anything.",
            discussion: """
                Of each running node's process: its share of a core, how often its threads are \
                woken, and what it writes, a second. It asks the nodes nothing meanwhile; before and \
                after, how many blocks there are.
                """)

        @OptionGroup var place: DirectoryOptions

        @Option(help: "For how long, in seconds.")
        var seconds = 60

        @OptionGroup var measurement: MeasurementOptions

        func validate() throws {
            try check("--seconds", seconds, in: 1...86_400)
        }

        func run() throws {
            let testnet = try Testnet(place.directory())
            let running = testnet.running
            guard !running.isEmpty else {
                throw CommandFailure(.unreachable, "\(place.dir): no node runs")
            }
            let machine = Machine.this(storingIn: testnet.directory.path)
            let height = try height(testnet)
            let time = ProcessorTime(of: running.map(\.pid))
            let before = running.map { ProcessActivity(of: $0.pid) }
            Terminal.pause(milliseconds: UInt32(seconds) * 1_000)
            let rows = try zip(running, before).map { running, before in
                guard let before, let after = ProcessActivity(of: running.pid) else {
                    throw CommandFailure(.failed, "\(running.node.name) has ended meanwhile")
                }
                return IdleReport.Row(
                    name: running.node.name, role: running.node.role,
                    counts: after.counts(since: before), written: after.written - before.written)
            }
            let end = ProcessorTime(of: [])
            let report = IdleReport(
                rows: rows, seconds: (end.moment - time.moment) / .seconds(1),
                blocks: try max(self.height(testnet), height) - height, machine: machine,
                build: try Machine.build(ofNodes: running.map(\.pid)),
                machineShare: end.machineShare(since: time), commit: measurement.commit)
            try measurement.tell(report.text, report.json)
        }

        /// The height that a node shows, the greatest.
        private func height(_ testnet: Testnet) throws -> UInt64 {
            try testnet.running.map { try testnet.client($0.node).height() }.max() ?? 0
        }
    }
}
