import ArgumentParser
import Client
import Console

extension BenchCommand {
    struct Growth: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Measure what grows with a community's trades, and what must not.",
            discussion: """
                Makes a genuine chain fast: the ledger executes every block, test keys of a quorum \
                sign it, the store writes it. At 1 %, 10 % and all of its trades a node of each \
                role is started on it and measured: memory, start, catch-up, questions, disk by \
                table. Ends with exit code 5 where something grows that must not, or a \
                household's node takes more than 100 MB.
                """)

        @Option(help: "Where it is made: a directory that is not there yet.")
        var dir = ".cluster-growth"

        @Option(help: "The manifest whose settings the nodes have (TOML).")
        var manifest = "cluster/manifests/bench.toml"

        @Option(help: "How many members there are.")
        var members = 10_000

        @Option(help: "How many trades are made.")
        var trades = 100_000

        @Option(help: "How long nodes run before their memory is looked at, in seconds.")
        var settle = 10

        @Option(help: "How long a node may catch up, in seconds.")
        var catchUp = 30

        @Option(help: "How often each question is asked.")
        var asks = 20

        @Flag(help: "Keep the directory.")
        var keep = false

        @Flag(help: "Print JSON.")
        var json = false

        func validate() throws {
            try check("--members", members, in: 10...100_000)
            try check("--trades", trades, in: 100...10_000_000)
            try check("--settle", settle, in: 0...3_600)
            try check("--catch-up", catchUp, in: 1...3_600)
            try check("--asks", asks, in: 1...1_000)
        }

        func run() async throws {
            let bench = GrowthBench(
                plan: GrowthPlan(members: members, trades: trades),
                manifest: try NetworkManifest(file: manifest),
                measuring: GrowthMeasuring(
                    settleMilliseconds: UInt32(settle) * 1_000, catchUpSeconds: catchUp,
                    asks: asks), keeps: keep)
            let report = try await bench.run(in: TestnetDirectory(dir))
            Terminal.say(json ? report.json.pretty : report.text)
            guard report.isMet else {
                let failures = report.verdicts.filter { !$0.isMet }.map(\.figure.name)
                throw CommandFailure(.unsound, "grows: \(failures.joined(separator: "; "))")
            }
        }
    }
}
