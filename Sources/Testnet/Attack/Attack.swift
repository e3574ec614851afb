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

/// One way of harming a testnet, and what must hold meanwhile.
protocol Attack: Sendable {
    /// By what it is chosen: its item's number, and a letter where the item has several.
    var number: String { get }
    var title: String { get }
    var adversary: Adversary { get }
    /// The node that is attacked.
    var target: String { get }
    /// The nodes that the attack itself stops for a while.
    var stops: Set<String> { get }
    /// How long it lasts at least, unless it is short, in seconds.
    var leastSeconds: Double { get }

    /// Attacks until the effort is over, and counts what went through. Throws where it cannot even
    /// begin: then nothing is shown.
    func run(against testnet: AttackedTestnet, _ effort: AttackEffort) throws
}

extension Attack {
    var target: String { "v1" }

    var stops: Set<String> { [] }

    var leastSeconds: Double { 0 }
}

/// All attacks there are, in their order.
enum AttackCatalog {
    static let all: [any Attack] = [
        BoundaryNumbers(), HostileText(), KeyUpdateFlood(by: .stranger),
        KeyUpdateFlood(by: .member), EmptyFrameFlood(by: .stranger), EmptyFrameFlood(by: .member),
        FalseListener(), UnfinishedRequests(), UnfinishedMessages(), ConnectionFlood(on: .peers),
        ConnectionFlood(on: .api), SharedAllowances(),
    ]

    /// The attacks that `words` name: by number (3 for 3a, 3b …), or by a word of the title.
    static func attacks(named words: [String]) -> [any Attack] {
        guard !words.isEmpty else { return all }
        return all.filter { attack in
            words.contains { word in
                let word = word.lowercased()
                let isNumber = word.first?.isNumber == true
                return isNumber
                    ? attack.number == word
                        || attack.number.filter(\.isNumber) == word
                    : attack.title.lowercased().contains(word)
            }
        }
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
