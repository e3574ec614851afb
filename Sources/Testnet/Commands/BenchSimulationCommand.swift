import Console
import API
import Sweep
import ArgumentParser
import Simulation

extension BenchCommand {
    struct Simulation: ParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Measure how much simulated time goes by in a second of the processor.",
            discussion: """
                Runs the seeds from 1 on, one after the other, on one thread, for each profile at \
                each pace.
                """)

        @Option(help: "How many runs of each profile at each pace.")
        var runs: UInt64 = 5

        @Option(help: "How many validators.")
        var nodes = 4

        @Option(help: "How many other nodes.")
        var households = 0

        @Option(help: "How long a run's load lasts, in simulated milliseconds.")
        var milliseconds: UInt64 = 60_000

        @Option(
            parsing: .upToNextOption,
            help: "The average pauses between two actions of one member, in milliseconds.")
        var pace: [UInt64] = [4_000, 1_000, 200]

        @Option(
            parsing: .upToNextOption,
            help: "Which faults: \(FaultProfile.allCases.map(\.rawValue).joined(separator: ", ")).")
        var profile = FaultProfile.allCases.map(\.rawValue)

        @Flag(help: "Print JSON.")
        var json = false

        func validate() throws {
            guard runs >= 1, milliseconds >= 1, !pace.isEmpty, !profile.isEmpty else {
                throw ValidationError("--runs and --milliseconds must be 1 at least.")
            }
        }

        func run() throws {
            let machine = Machine.this
            var reports: [(pace: UInt64, report: SweepReport)] = []
            for pace in pace {
                for profile in profile { reports.append((pace, try measure(profile, pace))) }
            }
            json ? tellJSON(reports, machine) : tell(reports, machine)
        }

        private func measure(_ profile: String, _ pace: UInt64) throws -> SweepReport {
            let plan = try SweepPlan(
                seeds: "1-\(runs)", profile: profile, nodes: nodes, households: households,
                minutes: nil, milliseconds: milliseconds, pace: pace)
            let report = plan.run(jobs: 1) { Terminal.progress("\(profile): \($0)", isLast: $1) }
            if let failure = report.sweep.failures.first {
                throw CommandFailure(.unsound, failure.headline)
            }
            return report
        }

        private func tell(
            _ reports: [(pace: UInt64, report: SweepReport)], _ machine: Machine
        ) {
            var table = Table(
                [
                    "profile", "pace ms", "transactions a simulated s", "blocks", "messages",
                    "simulated s", "simulated s in a s of the processor",
                ], rightAligned: Set(1...6))
            for (pace, report) in reports {
                let sweep = report.sweep
                table.add([
                    sweep.profile.rawValue, "\(pace)", Figures.text(report.load),
                    "\(sweep.blocks)", "\(sweep.counters.sent)",
                    "\(sweep.simulatedMilliseconds / 1_000)", "\(Int(report.speed))",
                ])
            }
            Terminal.say(
                """
                \(table.markdown)

                - \(nodes) validators, \(households) other nodes; \(runs) runs of \
                \(milliseconds) ms of load and faults each; pace: the average pause between two \
                actions of one of eight members
                - one thread; build: \(Machine.build); machine: \(machine.text)
                """)
        }

        private func tellJSON(
            _ reports: [(pace: UInt64, report: SweepReport)], _ machine: Machine
        ) {
            let rows = reports.map { pace, report in
                [
                    "profile": .string(report.sweep.profile.rawValue),
                    "pace": .number(pace),
                    "simulatedSeconds": .number(
                        Double(report.sweep.simulatedMilliseconds) / 1_000),
                    "processorSeconds": Figures.json(report.processorSeconds, decimals: 3),
                    "transactionsPerSimulatedSecond": Figures.json(report.load),
                    "blocks": .number(report.sweep.blocks),
                    "messages": .number(report.sweep.counters.sent),
                    "simulatedSecondsPerProcessorSecond": Figures.json(report.speed),
                ] as JSON
            }
            let answer: JSON = ["machine": machine.json, "rows": .array(rows)]
            Terminal.say(answer.pretty)
        }
    }
}
