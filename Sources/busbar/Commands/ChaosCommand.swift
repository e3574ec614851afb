public import ArgumentParser
public import Node

extension PlannedStep.Action: ExpressibleByArgument {}

extension NetworkCommand {
    struct Chaos: ParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Disturb the nodes: by hand, by the manifest's plan, or at random by a seed.",
            subcommands: [Do.self, Plan.self, Random.self], defaultSubcommand: Do.self)
    }
}

extension NetworkCommand.Chaos {
    struct Do: ParsableCommand {
        static let configuration = CommandConfiguration(
            commandName: "do",
            abstract: "Do one thing to nodes: kill, pause, resume, restart, cut, slow or join.")

        @OptionGroup var place: DirectoryOptions

        @Argument(help: "What: kill, pause, resume, restart, cut, slow or join (undoes cut, slow).")
        var action: PlannedStep.Action

        @Argument(help: "The nodes' names; '*' for all.")
        var nodes: [String]

        func run() throws {
            try reporting {
                var perturbation = Perturbation(try Neighbourhood(place.directory()))
                try perturbation.perform(action, on: nodes)
            }
        }
    }

    struct Plan: ParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Carry out the plan of a manifest, step by step.")

        @OptionGroup var place: DirectoryOptions

        @Argument(help: "The manifest; the one the neighbourhood was made from where left out.")
        var manifest: String?

        func run() throws {
            try reporting {
                let directory = try place.directory()
                let path = manifest ?? directory.manifest
                let plan = try NetworkManifest(file: path).plan
                guard !plan.isEmpty else { throw CommandFailure(.failed, "\(path): has no plan") }
                try Conductor(try Neighbourhood(directory)).carryOut(plan)
            }
        }
    }

    struct Random: ParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Kill, pause and restart nodes at random; the same seed does the same.")

        @OptionGroup var place: DirectoryOptions

        @Option(help: "The seed.")
        var seed: UInt64

        @Option(help: "For how long, in seconds.")
        var seconds = 60.0

        @Flag(help: "Print the plan and do nothing.")
        var dryRun = false

        func run() throws {
            try reporting {
                let neighbourhood = try Neighbourhood(place.directory())
                let plan = RandomPlan(
                    seed: seed, seconds: seconds, nodes: neighbourhood.nodes,
                    hasRelays: neighbourhood.hasRelays
                ).steps
                for step in plan { Terminal.note(step.line) }
                if !dryRun { try Conductor(neighbourhood).carryOut(plan) }
            }
        }
    }
}

/// Carries out a plan in its time.
struct Conductor {
    private let neighbourhood: Neighbourhood

    init(_ neighbourhood: Neighbourhood) {
        self.neighbourhood = neighbourhood
    }

    func carryOut(_ plan: [PlannedStep]) throws {
        let start = ContinuousClock.now
        var perturbation = Perturbation(neighbourhood)
        for step in plan {
            let due = start.advanced(by: .milliseconds(Int64(step.afterSeconds * 1_000)))
            while ContinuousClock.now < due { Terminal.pause(milliseconds: 20) }
            Terminal.note(step.line)
            try perturbation.perform(step.action, on: step.nodes)
        }
    }
}

extension PlannedStep {
    /// The step for people.
    var line: String {
        let tenths = (afterSeconds * 10).rounded() / 10
        return "\(tenths) s: \(action.rawValue) \(nodes.joined(separator: ", "))"
    }
}
