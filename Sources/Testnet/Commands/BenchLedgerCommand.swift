import Console
import ArgumentParser
import Ledger

extension BenchCommand {
    struct Ledger: ParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Measure how many calls a core executes in a second.",
            discussion: """
                Blocks of one kind of call, executed in full with all roots, on a ledger of three \
                hundred households; reading the transactions and recovering their senders from \
                their signatures is measured apart.
                """)

        @Option(help: "How many calls of each kind.")
        var calls = 4_000

        @Option(help: "How many calls stand in a block.")
        var block = 200

        func validate() throws {
            // A household has so many picks at once, at the most.
            let most = LedgerLoad.households * Rules().picksAtOnce
            guard (1...most).contains(calls), (1...300).contains(block) else {
                throw ValidationError("--calls must be 1 to \(most), --block 1 to 300.")
            }
        }

        func run() throws {
            let machine = Machine.this
            var load = try LedgerLoad()
            var table = Table(
                [
                    "call", "calls", "executed a second", "read and recovered a second",
                    "both a second",
                ], rightAligned: Set(1...4))
            for kind in LedgerLoad.Kind.allCases {
                let result = try load.run(kind, count: calls, blocksOf: block)
                func rate(_ seconds: Double) -> String {
                    "\(Int(Double(result.calls) / max(seconds, 0.000_001)))"
                }
                table.add([
                    kind.rawValue, "\(result.calls)", rate(result.execution),
                    rate(result.recovery), rate(result.execution + result.recovery),
                ])
            }
            Terminal.say(
                """
                \(table.markdown)

                - blocks of \(block) calls; seconds of one core; build: \(Machine.build); \
                machine: \(machine.text)
                """)
        }
    }
}
