import Ledger
import Protocol
import Simulation
import TestKit

@testable import Market

/// A role, its key and its store.
struct TestedRole {
    var role: any Role
    let key: SimulatedKey
    var store = SimulatedRoleStore()
    /// Whether its process has ended.
    var isStopped = false
    /// The process ends before or after it hands in a call that begins so.
    var stop: (selector: Bytes, isAfter: Bool)?
    /// What it wrote in the log.
    var lines: [RoleLogLine] = []
    var log: [String] { lines.map(\.text) }
    /// Why what its owner asked for was not done; nil where it was.
    var replies: [String?] = []
    var granted: [FinalTransaction] = []

    var account: Address { key.address }
}

/// A whole community in one process: real roles, a real ledger, and a clock that moves when the
/// test says so.
struct TestCommunity {
    /// A message on its way.
    struct Letter: Hashable {
        let message: MeterMessage
        let from: Address
        let to: Address
    }

    static let marketStart: UInt64 = 1_623_657_600 + 8 * 3_600
    static let start = Timestamp(milliseconds: 1_700_000_000_000)

    private(set) var ledger: FakeLedger
    /// The exchange, the aggregator, and the households.
    private(set) var roles: [TestedRole] = []
    /// What is on its way and has not arrived.
    private(set) var letters: [Letter] = []
    /// What every role asked to be done, in order.
    private(set) var effects: [(account: Address, effect: RoleEffect)] = []
    private var cutOff: Set<Address> = []
    private var sources: [MeterSource]
    private let limits: TraderLimits
    private let settings: AggregatorSettings
    private var blocksTold = 0

    /// An aggregator that nobody has to do with.
    static let otherAggregator = Keys.key(4).address
    static let exchange = 0
    static let aggregator = 1

    init(
        sources: [MeterSource], prosumers: Set<Int>, limits: TraderLimits = TraderLimits(),
        deliverySeconds: UInt64 = 600, deliveryWindow: UInt64 = 3_600, rate: UInt32 = 60,
        purchaseLimit: TokenAmount = .zero, topUpsPerDay: TokenAmount = TokenAmount(1_000_000_000),
        exchangeStopsAfterMinting: Bool? = nil, ofOther: Set<Int> = []
    ) throws {
        self.sources = sources
        self.limits = limits
        ledger = try FakeLedger(
            genesis: .fixture(
                chainID: 7_771, at: Self.start, marketTime: Self.marketStart, rate: rate,
                window: deliveryWindow,
                Self.members(sources.count, prosumers: prosumers).filter { member in
                    !ofOther.contains { member.account == Keys.key(UInt8(10 + $0)).address }
                }))
        for member in Self.members(sources.count, prosumers: prosumers)
        where ofOther.contains(where: { member.account == Keys.key(UInt8(10 + $0)).address }) {
            try ledger.call(
                NativeContract.community, CommunityCall.register(member), by: Keys.key(4))
        }
        var settings = AggregatorSettings()
        settings.deliverySeconds = deliverySeconds
        settings.topUp = AggregatorSettings.TopUp(
            below: TokenAmount(1_000_000), amount: TokenAmount(5_000_000),
            mostPerDay: topUpsPerDay)
        settings.purchaseLimit = purchaseLimit
        settings.names = [Keys.key(10).address: "Ada"]
        self.settings = settings
        let keys = [Keys.key(3), Keys.key(2)] + sources.indices.map { Keys.key(UInt8(10 + $0)) }
        for (index, key) in keys.enumerated() {
            roles.append(
                TestedRole(role: make(index, SimulatedRoleStore(), key: key), key: key))
        }
        if let exchangeStopsAfterMinting {
            stop(Self.exchange, [], isAfter: exchangeStopsAfterMinting)
        }
        for index in roles.indices { tell(index, .started) }
        settle()
    }

    /// Those of a community with so many `households`, of which `prosumers` generate.
    private static func members(_ households: Int, prosumers: Set<Int>) -> [Member] {
        let others: [(Address, MemberRole)] = [
            (Keys.key(1).address, .validator), (Keys.key(2).address, .aggregator),
            (Keys.key(3).address, .exchange), (Self.otherAggregator, .aggregator),
        ]
        return others.map { .fixture($0, $1, certificate: .zero) }
            + (0..<households).map { index in
                .fixture(
                    Keys.key(UInt8(10 + index)).address,
                    prosumers.contains(index) ? .prosumer : .consumer,
                    meter: Self.meterKey(index).address, power: Watts(22_000), certificate: .zero)
            }
    }

    static func meterKey(_ household: Int) -> SimulatedKey { Keys.key(UInt8(50 + household)) }

    /// The index of a household's role.
    static func household(_ index: Int) -> Int { 2 + index }

    private func make(
        _ index: Int, _ store: SimulatedRoleStore, key: SimulatedKey
    ) -> any Role {
        let identity = RoleIdentity(
            signer: key, head: ledger.head, state: ledger.state, scheme: SimulatedScheme())
        switch index {
        case Self.exchange:
            return Exchange(
                identity,
                initialMint: Exchange.InitialMint(
                    aggregator: nil, amount: TokenAmount(1_000_000_000), reference: "start"))
        case Self.aggregator:
            return Aggregator(
                identity, restoring: store.aggregatorMemory(at: ledger.now), settings: settings)
        default:
            var settings = HouseholdSettings()
            settings.limits = limits
            return Household(
                identity, meterKey: Self.meterKey(index - 2), source: sources[index - 2],
                restoring: store.householdMemory, settings: settings, at: ledger.now)
        }
    }

    func account(_ household: Int) -> Address { roles[Self.household(household)].account }
    func reading(_ household: Int) -> MeterReading? {
        roles[Self.household(household)].role.figures.reading
    }
    var broker: Address { roles[Self.aggregator].account }

    // What happens.

    /// Lets `seconds` of real time go by, second by second.
    mutating func run(seconds: Int, until isDone: (LedgerState) -> Bool = { _ in false }) {
        for _ in 0..<seconds {
            guard !isDone(ledger.state) else { return }
            ledger.advance(milliseconds: 1_000)
            for index in roles.indices { tell(index, .tick) }
            settle()
        }
    }

    mutating func advance(milliseconds: UInt64) { ledger.advance(milliseconds: milliseconds) }

    /// Lets everything happen that happens at one moment.
    mutating func settle() {
        while blocksTold < ledger.updates.count || !letters.isEmpty {
            while blocksTold < ledger.updates.count {
                let update = ledger.updates[blocksTold]
                blocksTold += 1
                for index in roles.indices { tell(index, .blockFinal(update)) }
            }
            for letter in takeLetters() {
                for index in roles.indices where roles[index].account == letter.to {
                    tell(index, .received(letter.message, from: letter.from))
                }
            }
        }
    }

    /// Tells one role of one event, and does what it asks for.
    mutating func tell(_ index: Int, _ event: RoleEvent, at now: Timestamp? = nil) {
        var news = [event]
        while !roles[index].isStopped, !news.isEmpty {
            let effects = roles[index].role.handle(news.removeFirst(), at: now ?? ledger.now)
            for effect in effects where !roles[index].isStopped {
                self.effects.append((roles[index].account, effect))
                if let answer = perform(effect, of: index) { news.append(answer) }
            }
        }
    }

    private mutating func perform(_ effect: RoleEffect, of index: Int) -> RoleEvent? {
        switch effect {
        case .store(let record): roles[index].store.store(record)
        case .send(let message, let peer): send(message, from: roles[index].account, to: peer)
        case .submit(let transaction): return submit(transaction, of: index)
        case .reply(_, let refusal): roles[index].replies.append(refusal)
        case .granted(_, let transaction): roles[index].granted.append(transaction)
        case .tell(.quarters(let start), let peer):
            let now = ledger.state.parameters.marketClock.time(at: ledger.now)
            send(
                .quarters(.simulated(from: start, to: now)), from: roles[index].account, to: peer)
        case .tell(.suspension, let peer):
            send(.suspension(reason: "unpaid"), from: roles[index].account, to: peer)
        case .log(let line): roles[index].lines.append(line)
        }
        return nil
    }

    private mutating func submit(_ transaction: VerifiedTransaction, of index: Int) -> RoleEvent? {
        let stop = roles[index].stop.flatMap { stop in
            transaction.transaction.data.starts(with: stop.selector) ? stop : nil
        }
        if let stop {
            roles[index].isStopped = true
            if !stop.isAfter { return nil }
        }
        let isThere = !ledger.include([transaction]).isEmpty
        return .answered(transaction.hash, isThere ? .accepted : .nonceTooLow)
    }

    private mutating func send(_ message: MeterMessage, from sender: Address, to peer: Address) {
        guard !cutOff.contains(sender), !cutOff.contains(peer) else { return }
        letters.append(Letter(message: message, from: sender, to: peer))
    }

    mutating func takeLetters() -> [Letter] {
        defer { letters = [] }
        return letters
    }

    // What the test does.

    /// A call by the account of a role or a household, past its role.
    mutating func call(_ contract: Address, _ data: Bytes, by key: SimulatedKey) throws {
        try ledger.call(contract, data, by: key)
        settle()
    }

    mutating func cutOff(_ account: Address) { cutOff.insert(account) }

    mutating func reconnect(_ account: Address) { cutOff.remove(account) }

    mutating func setPower(_ watts: Int32, household index: Int) {
        sources[index] = .manual(watts)
        tell(Self.household(index), .setPower(watts, RequestNumber(1)))
    }

    /// Has a role's process end when it hands in a call that begins with `selector`.
    mutating func stop(_ index: Int, _ selector: Bytes, isAfter: Bool) {
        roles[index].stop = (selector, isAfter)
    }

    mutating func stop(_ index: Int) { roles[index].isStopped = true }

    /// Ends a role's process and starts it again; `losingStore`, with an empty store, or with `copy`
    /// in its place.
    mutating func restart(
        _ index: Int, losingStore: Bool = false, with copy: SimulatedRoleStore? = nil
    ) {
        if losingStore { roles[index].store = SimulatedRoleStore() }
        if let copy { roles[index].store = copy }
        roles[index].role = make(index, roles[index].store, key: roles[index].key)
        roles[index].isStopped = false
        roles[index].stop = nil
        let account = roles[index].account
        letters.removeAll { $0.from == account || $0.to == account }
        tell(index, .started)
        settle()
    }

    var trades: [Trade] {
        let end = ledger.state.nextOfferID?.value ?? .max
        return (1..<max(end, 1)).compactMap { ledger.state.trade(OfferID($0)) }
    }

    func trades(_ status: TradeStatus) -> [Trade] { trades.filter { $0.status == status } }
}
