import ArgumentParser
import Client
import Console
import Glibc
import Protocol
import Keys

struct AttackCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "attack",
        abstract:
            "Attack a testnet of real processes in known ways, and measure what others notice.",
        discussion: """
            Makes and starts a testnet of its own for each attack, on free ports. A stranger, a \
            member with a certificate and a program of its own, or another user of the machine \
            attacks one node; before, during and after it, honest members send transactions and \
            shake hands, and the node's owner asks on every port. Each attack must leave others \
            alone: see docs/reliability.md. Exit code 1 if one does not. Nothing is left running, \
            also when this is interrupted.
            """)

    @Argument(help: "Which attacks: a number (3, 3a) or a word of a title; all where left out.")
    var words: [String] = []

    @Flag(help: "Print the attacks there are, and start nothing.")
    var list = false

    @Flag(help: "Some seconds an attack, with smaller numbers, all on one testnet.")
    var short = false

    @Option(help: "How long each attack lasts, in seconds; 20, or 3 with --short.")
    var seconds: Double?

    @Flag(help: "Print JSON.")
    var json = false

    @Option(help: "The manifest of the testnets (TOML); it names h01 and h05 among its households.")
    var manifest = "cluster/manifests/attack.toml"

    func validate() throws {
        guard seconds.map({ 1...3_600 ~= $0 }) ?? true else {
            throw ValidationError("--seconds must be from 1 to 3600.")
        }
        guard !AttackCatalog.attacks(named: words).isEmpty else {
            throw ValidationError(
                "no attack is called \(words.joined(separator: " ")); see --list.")
        }
    }

    func run() throws {
        let attacks = AttackCatalog.attacks(named: words)
        guard !list else { return show(attacks) }
        Interruption.listen()
        raiseDescriptorLimit()
        var schedule = short ? AttackSchedule.short : AttackSchedule()
        schedule.attackSeconds = seconds ?? schedule.attackSeconds
        let machine = Machine.this
        let groups = short ? [attacks] : attacks.map { [$0] }
        let results = try groups.filter { !$0.isEmpty }.flatMap { group in
            Interruption.isWanted ? [] : try perform(group, schedule)
        }
        if Interruption.isWanted { throw ExitCode(130) }
        let report = AttackReport(
            results: results, schedule: schedule, limits: .ofThisBuild, machine: machine)
        Terminal.say(json ? report.json.pretty : report.text)
        guard report.isMet else {
            throw CommandFailure(.failed, "what must hold during an attack did not")
        }
    }

    private func show(_ attacks: [any Attack]) {
        var table = Table(["ATTACK", "BY", "ON", "WHAT"])
        for attack in attacks {
            table.add([attack.number, attack.adversary.rawValue, attack.target, attack.title])
        }
        Terminal.say(table.text)
    }

    /// Carries `attacks` out on one new testnet, which is gone afterwards.
    private func perform(
        _ attacks: [any Attack], _ schedule: AttackSchedule
    ) throws -> [AttackResult] {
        let directory = try TestnetDirectory(Self.temporaryPath())
        defer { directory.remove() }
        try Self.making(manifest).make(in: directory)
        var testnet = try Testnet(directory)
        let results = Result {
            try testnet.startUp(timeoutSeconds: 180)
            let run = AttackRun(
                testnet: try AttackedTestnet(testnet),
                party: try HonestParty(in: testnet, accounts: 4),
                schedule: schedule, limits: .ofThisBuild)
            return try attacks.compactMap { attack -> AttackResult? in
                guard !Interruption.isWanted else { return nil }
                Terminal.note("attack \(attack.number): \(attack.title)")
                let result = try run.run(attack)
                _ = try testnet.start(testnet.processNames)
                return result
            }
        }
        _ = try testnet.stopAll()
        return try results.get()
    }

    private static func making(_ manifest: String) throws -> MakingOptions {
        try MakingOptions.parse(["--manifest", manifest])
    }

    /// An attacker holds thousands of connections.
    private func raiseDescriptorLimit() {
        var limit = rlimit()
        let resource = __rlimit_resource_t(RLIMIT_NOFILE.rawValue)
        guard getrlimit(resource, &limit) == 0 else { return }
        limit.rlim_cur = limit.rlim_max
        setrlimit(resource, &limit)
    }

    private static func temporaryPath() -> String {
        let parent = getenv("TMPDIR").map { String(cString: $0) } ?? "/tmp"
        return "\(parent)/busbar-attack-\(Hexadecimal.encode(Bytes.random(count: 4)))"
    }
}
