import API
import ArgumentParser
import Client
import Console

extension BenchCommand {
    struct Parts: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Measure what a transaction and a block are made of, each part alone.",
            discussion: """
                Microseconds of one core, but for what is stored, where they are those that go by: \
                signatures, hashes, decoding, executed calls, the state's root, a stored block.
                """)

        @Option(name: .customLong("repeat"), help: "How often each part is measured.")
        var repetitions = 5

        @Option(help: "How many keys the state holds whose root is made.")
        var keys = 1_000_000

        @Option(help: "Where the store's file lies meanwhile: the disk that is measured.")
        var dir = "."

        @OptionGroup var measurement: MeasurementOptions

        func validate() throws {
            try check("--repeat", repetitions, in: 1...100)
            try check("--keys", keys, in: 10...10_000_000)
        }

        func run() async throws {
            let machine = Machine.this(storingIn: dir)
            let bench = PartsBench(repetitions: repetitions, keys: keys)
            let figures = try await bench.run(in: dir)
            let answer: JSON = [
                "figures": .array(figures.map(\.json)), "repetitions": .number(repetitions),
                "build": .string(Machine.build), "commit": .string(measurement.commit),
                "machine": machine.json,
            ]
            var table = Table(LoadFigure.header, rightAligned: [1, 2, 3])
            for figure in figures { table.add(figure.row) }
            let text = """
                \(table.markdown)

                - \(repetitions) times each, one core; build: \(Machine.build); \
                commit: \(measurement.commit ?? "unknown"); machine: \(machine.text)
                """
            try measurement.tell(text, answer)
        }
    }
}
