import ArgumentParser
import Glibc
import Simulation

extension BenchCommand {
    struct Simulation: ParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Measure how much simulated time goes by in a second of the processor.",
            discussion: "Runs the seeds from 1 on, one after the other, on one thread.")

        @Option(help: "How many runs.")
        var runs = 5

        @Option(help: "How many authorities.")
        var nodes = 4

        @Option(help: "How many other nodes.")
        var households = 2

        @Option(help: "How long a run's load lasts, in simulated milliseconds.")
        var milliseconds: UInt64 = 60_000

        @Option(help: "The average pause between two actions of one member, in milliseconds.")
        var pace: UInt64 = 200

        @Option(
            help: "Which faults: \(FaultProfile.allCases.map(\.rawValue).joined(separator: ", ")).")
        var profile = FaultProfile.calm.rawValue

        @Flag(help: "Print JSON.")
        var json = false

        func validate() throws {
            guard runs >= 1, nodes >= 1, households >= 0, milliseconds >= 1, pace >= 1 else {
                throw ValidationError("--households must be 0 at least, the others 1 at least.")
            }
            guard FaultProfile(rawValue: profile) != nil else {
                throw ValidationError("--profile \(profile): there is none of that name.")
            }
        }

        func run() throws {
            try reporting {
                let machine = Machine.this
                var simulated: UInt64 = 0
                var blocks: UInt64 = 0
                var counters = SimulationCounters()
                let start = Self.processorSeconds
                for seed in 1...UInt64(runs) {
                    let report = SimulationRun(
                        seed: seed, profile: FaultProfile(rawValue: profile) ?? .calm,
                        authorities: nodes, others: households, milliseconds: milliseconds,
                        pace: pace
                    ).run()
                    if let failure = report.failure {
                        throw CommandFailure(.unsound, "seed \(seed): \(failure)")
                    }
                    simulated += report.simulatedMilliseconds
                    blocks += report.height
                    counters.merge(report.counters)
                    Terminal.progress("run \(seed)/\(runs)", isLast: seed == UInt64(runs))
                }
                let used = max(0.001, Self.processorSeconds - start)
                show(
                    [
                        "runs": Double(runs), "simulatedSeconds": Double(simulated) / 1_000,
                        "processorSeconds": used, "blocks": Double(blocks),
                        "messages": Double(counters.sent),
                        "simulatedSecondsPerProcessorSecond": Double(simulated) / 1_000 / used,
                        "blocksPerProcessorSecond": Double(blocks) / used,
                        "messagesPerProcessorSecond": Double(counters.sent) / used,
                    ], machine)
            }
        }

        private func show(_ figures: KeyValuePairs<String, Double>, _ machine: Machine) {
            guard !json else {
                var members: [String: JSONValue] = ["machine": machine.json]
                for (name, value) in figures { members[name] = .number(Figures.rounded(value)) }
                return Terminal.say(JSONValue.object(members).pretty)
            }
            var table = MarkdownTable(["simulation", "figure"])
            for (name, value) in figures { table.add([name, Figures.text(value)]) }
            Terminal.say(
                """
                \(table.text)

                - \(nodes) authorities, \(households) other nodes, profile \(profile), an action \
                of each member every \(pace) ms on average, \(milliseconds) ms a run
                - one thread; build: \(Machine.build); machine: \(machine.text)
                """)
        }

        /// What this process has used of processors so far.
        private static var processorSeconds: Double {
            var time = timespec()
            clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &time)
            return Double(time.tv_sec) + Double(time.tv_nsec) / 1_000_000_000
        }
    }
}
