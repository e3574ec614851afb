import Console
import Client
import API
import ArgumentParser
import Glibc
import Protocol
import Keys

struct SoakCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "soak",
        abstract: "Disturb a testnet of real processes, and check that nothing is lost.",
        discussion: """
            Makes and starts a testnet of its own, with proxies between the nodes. Clients \
            send transactions and write down what nodes acknowledge as final, while a plan drawn \
            from the seed kills, pauses, restarts and parts nodes. Then everything heals, and every \
            node must have every acknowledged transaction. Exit code 5 if a promise was broken; \
            then the directory stays. Nothing is left running, also when this is interrupted.
            """)

    @Option(help: "How long faults come and go, in minutes.")
    var minutes = 2.0

    @Option(help: "The seed; the same one draws the same plan.")
    var seed: UInt64 = 1

    @Option(help: "How many accounts send transactions.")
    var clients = 10

    @Option(help: "How many transactions they send together, in a second.")
    var rate = 10.0

    @Option(help: "The testnet's directory, which must not exist; a temporary one else.")
    var dir: String?

    @Option(help: "Write the summary to this file, as JSON.")
    var json: String?

    @Flag(help: "Keep the testnet's directory.")
    var keep = false

    @Flag(help: "Print the plan for the testnet, and start nothing.")
    var dryRun = false

    @OptionGroup var making: MakingOptions

    func validate() throws {
        guard minutes > 0, minutes <= 10_000 else {
            throw ValidationError("--minutes must be above 0, and at most 10000.")
        }
        try check("--clients", clients, in: 2...100)
        guard rate > 0, rate <= 1_000 else {
            throw ValidationError("--rate must be above 0, and at most 1000.")
        }
    }

    func run() throws {
        Interruption.listen()
        let directory = try TestnetDirectory(dir ?? Self.temporaryPath())
        guard directory.isFree else {
            throw CommandFailure(.failed, "\(directory.path): is there already")
        }
        var making = making
        making.proxies = true
        try making.make(in: directory)
        var isKept = keep
        defer { if !isKept { directory.remove() } }
        if dryRun {
            let plan = SoakRun.plan(settings, for: try Testnet(directory))
            for fault in plan { Terminal.say(fault.line) }
            return
        }
        // Whatever goes wrong from here on can be looked into.
        do {
            var soak = try SoakRun(settings, in: directory)
            let summary = try soak.run()
            isKept = keep || !summary.isSound
            try show(summary)
        } catch let error as CommandFailure where error.status == .unsound {
            throw error
        } catch {
            isKept = keep || !Interruption.isWanted
            if isKept {
                Terminal.note("the nodes' directories and logs stay in \(directory.path)")
            }
            throw error
        }
    }

    private func show(_ summary: SoakSummary) throws {
        Terminal.say(summary.text)
        if let json {
            try DurableFile.write(
                Array((summary.json.pretty + "\n").utf8), to: json, readableBy: .everyone)
        }
        guard summary.isSound else {
            throw CommandFailure(.unsound, "\(summary.state.findings.count) promises were broken")
        }
        if summary.wasInterrupted { throw ExitCode(130) }
    }

    private var settings: SoakSettings {
        SoakSettings(
            seconds: minutes * 60, seed: seed, clients: clients, rate: rate,
            command: CommandLine.arguments.joined(separator: " "))
    }

    private static func temporaryPath() -> String {
        let parent = getenv("TMPDIR").map { String(cString: $0) } ?? "/tmp"
        return "\(parent)/busbar-soak-\(Hexadecimal.encode(Bytes.random(count: 4)))"
    }
}
