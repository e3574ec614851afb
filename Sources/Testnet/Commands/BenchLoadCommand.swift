import API
import ArgumentParser
import Client
import Console

extension BenchCommand {
    struct Load: ParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Load the nodes with transactions, and measure what becomes of them.",
            discussion: """
                Takes a running testnet whose households do not trade by themselves, as one made \
                from cluster/manifests/bench-load.toml. Registers members of its own, each of whom \
                hands in at a node from an address of its own, within what a node lets one client \
                do. Transactions are signed beforehand, but for trades, in which a seller and a buyer \
                take one step after the other, each once the one before is final: the buyer \
                confirms its payment, the seller hands the proof in, and the aggregator, whose \
                process is stopped meanwhile, settles. With --rate each is due at a time planned \
                beforehand, and what it waits counts from then. Each one's block is looked for: \
                ends with exit code 5 if a transaction that a node took is lost, and with 4 if \
                nodes take nothing any more.
                """)

        @OptionGroup var place: DirectoryOptions

        @Option(
            help:
                "What is handed in: \(LoadWork.Kind.allCases.map(\.rawValue).joined(separator: ", "))."
        )
        var kind = LoadWork.Kind.transfer.rawValue

        @Option(
            help:
                "Closed loop: how many transactions are under way at any time; of trades one for two members at the most."
        )
        var inFlight = 1_500

        @Option(help: "Closed loop: how many transactions, or trades, there are.")
        var count = 15_000

        @Option(help: "Open loop: how many transactions are due in a second, on the average.")
        var rate: Double?

        @Option(help: "Open loop: for how many seconds.")
        var seconds = 30.0

        @Option(help: "How many members hand in; more for offers, of which one may have so many.")
        var members = 100

        @Option(help: "How many transactions a request holds at the most.")
        var batch = 20

        @Option(help: "How many transfers the chain gets before anything is measured.")
        var warm = 0

        @Option(name: .customLong("repeat"), help: "How often it is measured.")
        var repetitions = 1

        @Option(parsing: .upToNextOption, help: "The nodes to hand in at; all validators else.")
        var at: [String] = []

        @Flag(help: "Stop all nodes but the validators meanwhile.")
        var alone = false

        @Option(help: "After how many seconds without news what is under way counts as lost.")
        var timeout = 30.0

        @OptionGroup var measurement: MeasurementOptions

        func validate() throws {
            guard LoadWork.Kind(rawValue: kind) != nil else {
                throw ValidationError("--kind does not know \(kind).")
            }
            guard kind != LoadWork.Kind.trade.rawValue || rate == nil else {
                throw ValidationError("Trades are made in a closed loop, without --rate.")
            }
            // Pools hold five thousand, and more under way would be refused.
            try check("--in-flight", inFlight, in: 1...4_000)
            try check("--count", count, in: 2...1_000_000)
            try check("--members", members, in: 1...400)
            try check("--batch", batch, in: 1...100)
            try check("--warm", warm, in: 0...10_000_000)
            try check("--repeat", repetitions, in: 1...100)
            guard (1...20_000).contains(rate ?? 1), (1...600).contains(seconds),
                (1...600).contains(timeout)
            else {
                throw ValidationError(
                    "--rate must be 1 to 20000, --seconds 1 to 600, --timeout 1 to 600.")
            }
            guard settings.membersOfRun <= 600 else {
                throw ValidationError(
                    "A member has 64 open offers at the most: so many offers are too many.")
            }
        }

        private var settings: LoadSettings {
            LoadSettings(
                kind: LoadWork.Kind(rawValue: kind) ?? .transfer,
                pace: rate.map { .open(rate: $0, seconds: seconds) }
                    ?? .closed(inFlight: inFlight, count: count),
                members: members, batch: batch, warm: warm, repetitions: repetitions, places: at,
                isAlone: alone, timeout: timeout, commit: measurement.commit)
        }

        func run() throws {
            Interruption.listen()
            var bench = try LoadBench(settings, in: Testnet(place.directory()))
            let report = try bench.run()
            try measurement.tell(report.text, report.json)
        }
    }
}
