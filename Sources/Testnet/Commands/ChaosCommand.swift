import Console
import Client
import ArgumentParser
import Node

extension PlannedStep.Action: ExpressibleByArgument {}

extension NetworkCommand {
    struct Chaos: ParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Disturb the nodes: by hand, by the manifest's plan, or at random by a seed.",
            discussion: """
                By hand: chaos kill v2; chaos restart v2; chaos pause proposer; chaos cut h01; \
                chaos split v1,v2 v3,v4; chaos join '*'.
                """,
            subcommands: [Do.self, Plan.self, Random.self], defaultSubcommand: Do.self)
    }
}

extension NetworkCommand.Chaos {
    struct Do: ParsableCommand {
        static let configuration = CommandConfiguration(
            commandName: "do", abstract: "Do one thing to nodes.",
            discussion: """
                To processes, as a signal: kill (end at once), stop (end cleanly), pause, resume, \
                restart (start again, ending it cleanly if it runs).

                To links, if the testnet was made with --proxies: cut (off from all), mute \
                (what it sends reaches nobody), deafen (what is sent to it does not arrive), flap \
                (cut and joined every 2 s), slow (200 ms later, 64 KiB/s), lose (a tenth of all \
                pieces comes 200 ms late; connections break now and then), reset (its connections, \
                once), split (groups as v1,v2 v3,v4 do not reach each other; nodes in none keep \
                their links), join (undoes all of that).
                """)

        @OptionGroup var place: DirectoryOptions

        @Argument(
            help: ArgumentHelp(
                "What: "
                    + PlannedStep.Action.allCases.map(\.rawValue).joined(separator: ", ") + "."))
        var action: PlannedStep.Action

        @Argument(
            help: """
                The nodes' names; '*' for all, proposer for the validator whose turn it is; with \
                split, groups.
                """)
        var nodes: [String]

        func run() throws {
            var perturbation = Perturbation(try Testnet(place.directory()))
            Terminal.note(try perturbation.perform(action, on: nodes))
        }
    }

    struct Plan: ParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Carry out the plan of a manifest, step by step.")

        @OptionGroup var place: DirectoryOptions

        @Argument(help: "The manifest; the one the testnet was made from where left out.")
        var manifest: String?

        func run() throws {
            let directory = try place.directory()
            let plan = try steps(in: directory)
            let start = ContinuousClock.now
            var perturbation = Perturbation(try Testnet(directory))
            for step in plan {
                let due = start.advanced(by: .milliseconds(Int64(step.afterSeconds * 1_000)))
                while ContinuousClock.now < due { Terminal.pause(milliseconds: 20) }
                let what = try perturbation.perform(step.action, on: step.nodes)
                Terminal.note("\(Figures.text(step.afterSeconds)) s: \(what)")
            }
        }

        /// The steps of the manifest that is named, or of the one that the testnet was made
        /// from, which lies in its directory now.
        private func steps(in directory: TestnetDirectory) throws -> [PlannedStep] {
            let path = manifest ?? directory.manifest
            let plan = try NetworkManifest(file: path).plan
            guard !plan.isEmpty else { throw CommandFailure(.failed, "\(path): has no plan") }
            return plan
        }
    }

    struct Random: ParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Disturb nodes and links at random; the same seed does the same.",
            discussion: """
                At no time are more validators disturbed than may fail; at the end everything is \
                undone, also when this is interrupted. 'busbar-testnet soak' does more: it cuts quorums \
                too, and checks that nothing final is lost.
                """)

        @OptionGroup var place: DirectoryOptions

        @Option(help: "The seed.")
        var seed: UInt64

        @Option(help: "For how long, in seconds.")
        var seconds = 60.0

        @Flag(help: "Print the plan and do nothing.")
        var dryRun = false

        func run() throws {
            let testnet = try Testnet(place.directory())
            let scope = RandomPlan.Scope(testnet)
            let plan = RandomPlan(seed: seed, seconds: seconds, scope: scope).faults
            for fault in plan { Terminal.note(fault.line) }
            if !dryRun { try carryOut(plan, on: testnet) }
        }

        private func carryOut(_ plan: [PlannedFault], on testnet: Testnet) throws {
            Interruption.listen()
            let start = ContinuousClock.now
            var conductor = FaultConductor(testnet, plan)
            while !conductor.isOver, !Interruption.isWanted {
                let elapsed = (ContinuousClock.now - start) / .seconds(1)
                for happening in try conductor.step(at: elapsed) {
                    Terminal.note(happening.line(at: elapsed))
                }
                Terminal.pause(milliseconds: 20)
            }
            let elapsed = (ContinuousClock.now - start) / .seconds(1)
            for happening in try conductor.endAll() { Terminal.note(happening.line(at: elapsed)) }
        }
    }
}

extension RandomPlan.Scope {
    init(_ testnet: Testnet) {
        self.init(
            validators: testnet.nodes(.validator).map(\.name),
            others: testnet.nodes.filter { $0.role != NodeRole.validator.rawValue }.map(\.name),
            hasProxies: testnet.hasProxies)
    }
}
