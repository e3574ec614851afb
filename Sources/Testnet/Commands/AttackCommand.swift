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
            Makes and starts testnets of its own, on free ports. A stranger, a member with a \
            certificate and a program of its own, or another user of the machine attacks ports (p), \
            the network (n), the market (m) or the roles (r); before, during and after it, \
            households trade, honest members send transactions and shake hands, and the owner of \
            the attacked node asks on every port. Each attack must leave others \
            alone: see docs/reliability.md. Exit code 1 if one does not. Nothing is left running, \
            also when this is interrupted.
            """)

    @Argument(
        help: "Which attacks: a number (p3, p3a), the letter of a group (m), or a word of a title.")
    var words: [String] = []

    @Flag(help: "Print the attacks there are, and start nothing.")
    var list = false

    @Flag(
        help: "Some seconds an attack, with smaller numbers; those of n, m and r at the same time.")
    var short = false

    @Option(help: "How long each attack lasts, in seconds; 20, or 3 and 10 with --short.")
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
        let machine = Machine.this
        let results = try short ? performShort(attacks) : performLong(attacks)
        if Interruption.isWanted { throw ExitCode(130) }
        let report = AttackReport(
            results: results, schedule: long, limits: .ofThisBuild, machine: machine)
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

    private var long: AttackSchedule {
        var schedule = short ? AttackSchedule.short : AttackSchedule()
        schedule.attackSeconds = seconds ?? schedule.attackSeconds
        return schedule
    }

    private func performLong(_ attacks: [any Attack]) throws -> [AttackResult] {
        try AttackCatalog.grounds(of: attacks).flatMap { group in
            Interruption.isWanted ? [] : try perform(group, long)
        }
    }

    /// One after the other those on ports, on one testnet; at once those on the network, on the market and
    /// on the roles, on another one, whose links can be reset.
    private func performShort(_ attacks: [any Attack]) throws -> [AttackResult] {
        let ports = attacks.filter { !($0 is any MemberAttack) }
        let others = AttacksTogether.groups(of: attacks.filter { $0 is any MemberAttack })
        var together = AttackSchedule.together
        together.attackSeconds = seconds ?? together.attackSeconds
        let first = ports.isEmpty ? [] : try perform(ports, long)
        guard !Interruption.isWanted, !others.isEmpty else { return first }
        return first + (try perform(others, together, withProxies: true))
    }

    /// Carries `attacks` out on one new testnet, which is gone afterwards.
    private func perform(
        _ attacks: [any Attack], _ schedule: AttackSchedule, withProxies: Bool = false
    ) throws -> [AttackResult] {
        let directory = try TestnetDirectory(Self.temporaryPath())
        defer { directory.remove() }
        let proxies = withProxies || attacks.contains { $0.ground == .proxied }
        try Self.making(manifest, proxies: proxies).make(in: directory)
        var testnet = try Testnet(directory)
        let results = Result {
            try testnet.startUp(timeoutSeconds: 180)
            let run = AttackRun(
                testnet: try AttackedTestnet(testnet),
                party: try HonestParty(in: testnet, accounts: 4),
                schedule: schedule,
                limits: attacks is [AttacksTogether] ? .together : .ofThisBuild)
            return try attacks.compactMap { attack -> AttackResult? in
                guard !Interruption.isWanted else { return nil }
                try run.prepare(for: attack)
                Terminal.note("attack \(attack.number): \(attack.title)")
                let result = try run.run(attack)
                _ = try testnet.start(testnet.processNames)
                return result
            }
        }
        return try results.get(after: { _ = try testnet.stopAll() })
    }

    private static func making(_ manifest: String, proxies: Bool) throws -> MakingOptions {
        try MakingOptions.parse(["--manifest", manifest] + (proxies ? ["--proxies"] : []))
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
