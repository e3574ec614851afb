import Console
import API
import ArgumentParser

extension BenchCommand {
    struct Trades: ParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Time the five steps of trades made by hand.",
            discussion: """
                Takes a running testnet made from cluster/manifests/bench.toml, whose \
                households do not trade by themselves. The aggregator's process is stopped \
                meanwhile; its key and the meters' sign what they would have signed. The meters' \
                registers are claimed for energy that never flowed: such a testnet is of \
                use for measurements alone.
                """)

        @OptionGroup var place: DirectoryOptions

        @Option(help: "How many trades.")
        var count = 20

        @Option(help: "End with exit code 5 unless the five steps' median is below this, in ms.")
        var expect: Double?

        @Flag(help: "Print JSON.")
        var json = false

        func validate() throws {
            try check("--count", count, in: 1...10_000)
        }

        func run() throws {
            var testnet = try Testnet(place.directory())
            let places = try BenchPlaces(testnet)
            let wasRunning = testnet.process(places.aggregator.name).pid != nil
            try testnet.stop([places.aggregator.name])
            let report = Result { try measure(testnet, places) }
            try show(
                report.get(after: {
                    if wasRunning { _ = try testnet.start([places.aggregator.name]) }
                }))
        }

        private func measure(
            _ testnet: Testnet, _ places: BenchPlaces
        ) throws -> TradeBenchReport {
            let machine = Machine.this(storingIn: testnet.directory.path)
            var bench = try TradeBench(testnet, places)
            try bench.fund(count)
            let running = testnet.running
            let before = ProcessorTime(of: running.map(\.pid))
            var trades: [MeasuredTrade] = []
            for number in 1...count {
                trades.append(try bench.trade())
                Terminal.progress("trade \(number)/\(count)", isLast: number == count)
            }
            let after = ProcessorTime(of: running.map(\.pid))
            let counts = Dictionary(grouping: running, by: \.node.role).mapValues(\.count)
            return TradeBenchReport(
                trades: trades, places: places,
                roles: counts.sorted { $0.key < $1.key }.map { ($0.key, $0.value) },
                machine: machine, machineShare: after.machineShare(since: before),
                nodesShare: after.share(since: before),
                build: try Machine.build(ofNodes: running.map(\.pid)),
                blockInterval: bench.blockInterval)
        }

        private func show(_ report: TradeBenchReport) throws {
            Terminal.say(json ? report.json.pretty : report.text)
            if let expect, report.median >= expect {
                throw CommandFailure(
                    .unsound,
                    "the five steps take \(Figures.text(report.median)) ms in the median, "
                        + "not below \(Figures.text(expect))")
            }
        }
    }
}
