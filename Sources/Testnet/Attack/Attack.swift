import Protocol
import Synchronization

/// Who attacks.
enum Adversary: String, Sendable {
    /// Whoever reaches a port, without certificate or password.
    case stranger
    /// A registered household with a certificate and keys of its own, and a program of its own.
    case member
    /// Another user of the machine.
    case localUser = "local user"
}

/// Which testnet an attack is made on.
enum AttackGround: Hashable, Sendable {
    /// One of its own.
    case own
    /// The one of all attacks with this letter, one after the other.
    case shared(String)
    /// One of its own whose links go through proxies, so that they can be reset.
    case proxied
}

/// One way of harming a testnet, and what must hold meanwhile.
protocol Attack: Sendable {
    /// By what it is chosen: the letter of its group, a number, and a letter where there are several.
    var number: String { get }
    var title: String { get }
    var adversary: Adversary { get }
    /// The node that is attacked.
    var target: String { get }
    /// The nodes that the attack itself stops for a while.
    var stops: Set<String> { get }
    /// How long it lasts at least, unless it is short, in seconds.
    var leastSeconds: Double { get }
    var ground: AttackGround { get }
    /// Whether households must go on trading: not where the attack stops one whom they need for it.
    var leavesTraders: Bool { get }
    /// How many members the attacker has, who are registered before anything is measured.
    var members: Int { get }

    /// Attacks until the effort is over, and counts what went through. Throws where it cannot even
    /// begin: then nothing is shown.
    func run(against testnet: AttackedTestnet, _ effort: AttackEffort) throws
}

extension Attack {
    var target: String { "v1" }

    var stops: Set<String> { [] }

    var leastSeconds: Double { 0 }

    var ground: AttackGround { .own }

    var leavesTraders: Bool { stops.isEmpty }

    var members: Int { 0 }
}

/// A member's attack on what a community does together.
protocol MemberAttack: Attack {}

extension MemberAttack {
    var adversary: Adversary { .member }

    var ground: AttackGround { .shared(String(number.prefix(1))) }

    var members: Int { 1 }
}

/// All attacks there are, in their order.
enum AttackCatalog {
    /// On the ports of nodes (p), on the network (n), on the market (m), on the roles (r).
    static let all: [any Attack] = ports + network + market + roles

    private static let ports: [any Attack] = [
        BoundaryNumbers(), HostileText(), KeyUpdateFlood(by: .stranger),
        KeyUpdateFlood(by: .member), EmptyFrameFlood(by: .stranger), EmptyFrameFlood(by: .member),
        FalseListener(), UnfinishedRequests(), UnfinishedMessages(), ConnectionFlood(on: .peers),
        ConnectionFlood(on: .api), SharedAllowances(),
    ]

    private static let network: [any Attack] = [
        FalseAddresses(), JunkFrames(isMany: false), JunkFrames(isMany: true), GappedFlood(),
        AnnouncedLies(), PoolFlood(), DripFeed(), ManyLinks(), BlockTrickle(),
    ]

    private static let market: [any Attack] = [
        AbsurdOffers(), SilentBuyer(), SilentSeller(), BadReceipts(), DoubleReceipts(),
        SuspendedTrader(), StateFilling(), SlowBuyer(), SilentAggregator(),
    ]

    private static let roles: [any Attack] = [
        MeterFlood(isAbsurd: false), EventFlood(), MeterFlood(isAbsurd: true), TopUpRequests(),
    ]

    /// The attacks that `words` name: by number (p3 for p3a, p3b …), by the letter of a group, or by a
    /// word of the title.
    static func attacks(named words: [String]) -> [any Attack] {
        guard !words.isEmpty else { return all }
        let words = words.map { $0.lowercased() }
        func isNumbered(_ attack: any Attack, _ word: String) -> Bool {
            let number = attack.number
            let whole = number.last?.isNumber == true ? number : String(number.dropLast())
            return [number, whole, String(number.prefix(1))].contains(word)
        }
        let titled = words.filter { word in !all.contains { isNumbered($0, word) } }
        return all.filter { attack in
            words.contains { isNumbered(attack, $0) }
                || titled.contains { attack.title.lowercased().contains($0) }
        }
    }

    /// `attacks` in an order in which those of one testnet follow each other.
    static func grounds(of attacks: [any Attack]) -> [[any Attack]] {
        var grounds: [[any Attack]] = []
        for attack in attacks {
            let place =
                attack.ground == .own || attack.ground == .proxied
                ? nil : grounds.firstIndex { $0.first?.ground == attack.ground }
            if let place { grounds[place].append(attack) } else { grounds.append([attack]) }
        }
        return grounds
    }
}

/// What one attack spends, and what it got through.
final class AttackEffort: Sendable {
    /// Whether numbers are small, for a few seconds on a debug build.
    let isShort: Bool
    private let isOverFlag = Atomic<Bool>(false)
    private let state = Mutex(State())

    private struct State {
        var counts: [(name: String, count: Int)] = []
        var claims: [Verdict] = []
    }

    init(isShort: Bool) {
        self.isShort = isShort
    }

    /// Whether to stop.
    var isOver: Bool { isOverFlag.load(ordering: .relaxed) }

    func end() { isOverFlag.store(true, ordering: .relaxed) }

    /// Adds to what went through: connections, frames, bytes.
    func count(_ name: String, _ count: Int = 1) {
        state.withLock { state in
            if let place = state.counts.firstIndex(where: { $0.name == name }) {
                state.counts[place].count += count
            } else {
                state.counts.append((name, count))
            }
        }
    }

    /// What must hold beside what holds for every attack; the last word about a `name` counts.
    func claim(_ name: String, _ isMet: Bool, _ figure: String, limit: String) {
        let claim = Verdict(name: name, isMet: isMet, figure: figure, limit: limit)
        state.withLock { state in
            state.claims.removeAll { $0.name == name }
            state.claims.append(claim)
        }
    }

    /// What went through, in the order in which it first did.
    var counts: [(name: String, count: Int)] { state.withLock { $0.counts } }

    var claims: [Verdict] { state.withLock { $0.claims } }

    func count(of name: String) -> Int { counts.first { $0.name == name }?.count ?? 0 }
}
