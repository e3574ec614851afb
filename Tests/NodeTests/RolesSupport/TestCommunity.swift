import Ledger
import Protocol

@testable import Node

/// A whole community in one process: real roles, real databases, a real ledger, and a clock
/// that moves when the test says so.
final class TestCommunity {
    static let marketStart: UInt64 = 1_623_657_600 + 8 * 3_600
    static let start = Timestamp(milliseconds: 1_700_000_000_000)

    let directory: TemporaryDirectory
    let ledger: FakeLedger
    let post = FakePost()
    let aggregatorServices: FakeServices
    private(set) var aggregator: Aggregator
    let exchange: Exchange
    private(set) var households: [Household] = []
    private(set) var householdServices: [FakeServices] = []
    private let meterKeys: [PrivateKey]
    private let sources: [any MeterSource]
    private let limits: TraderLimits
    private let settings: AggregatorSettings
    private var blocksTold = 0

    init(
        sources: [any MeterSource], prosumers: Set<Int>, limits: TraderLimits = TraderLimits(),
        deliverySeconds: UInt64 = 600, deliveryWindow: UInt64 = 3_600, rate: UInt32 = 60,
        purchaseLimit: TokenAmount = .zero
    ) async throws {
        directory = try TemporaryDirectory()
        self.sources = sources
        self.limits = limits
        let validator = try Keys.key(1)
        let aggregatorKey = try Keys.key(2)
        let exchangeKey = try Keys.key(3)
        let accounts = try sources.indices.map { try Keys.key(UInt8(10 + $0)) }
        meterKeys = try sources.indices.map { try Keys.key(UInt8(50 + $0)) }
        var members = [
            (validator, MemberRole.validator), (aggregatorKey, .aggregator),
            (exchangeKey, .exchange),
        ]
        .map { key, role in
            Member(
                account: key.address, role: role, meterKey: .zero, ratedPower: Watts(0),
                certificateHash: .zero)
        }
        for (index, account) in accounts.enumerated() {
            members.append(
                Member(
                    account: account.address,
                    role: prosumers.contains(index) ? .prosumer : .consumer,
                    meterKey: meterKeys[index].address, ratedPower: Watts(22_000),
                    certificateHash: .zero))
        }
        ledger = try FakeLedger(
            genesis: Genesis(
                chainID: 7_771, name: "Test TestCommunity", timestamp: Self.start,
                marketClock: MarketClock(
                    origin: MarketTime(seconds: Self.marketStart), ledgerOrigin: Self.start,
                    rate: rate),
                deliveryWindow: deliveryWindow, members: members))
        var settings = AggregatorSettings()
        settings.deliverySeconds = deliverySeconds
        settings.topUp = AggregatorSettings.TopUp(
            below: TokenAmount(1_000_000), amount: TokenAmount(5_000_000))
        settings.purchaseLimit = purchaseLimit
        settings.names = [accounts[0].address: "Ada"]
        self.settings = settings
        aggregatorServices = FakeServices(key: aggregatorKey, ledger: ledger, post: post)
        aggregator = try Aggregator(
            services: aggregatorServices,
            store: AggregatorStore(path: directory.file("aggregator.sqlite")), settings: settings)
        exchange = Exchange(
            services: FakeServices(key: exchangeKey, ledger: ledger, post: post),
            initialMint: Exchange.InitialMint(
                aggregator: nil, amount: TokenAmount(1_000_000_000), reference: "start"))
        for account in accounts {
            householdServices.append(FakeServices(key: account, ledger: ledger, post: post))
        }
        for index in sources.indices { households.append(try makeHousehold(index)) }
        for role in roles { try await role.start() }
    }

    private var roles: [any RoleService] { [exchange, aggregator] + households }

    private func makeHousehold(_ index: Int) throws -> Household {
        var settings = HouseholdSettings()
        settings.limits = limits
        return try Household(
            services: householdServices[index], meterKey: meterKeys[index], source: sources[index],
            store: HouseholdStore(path: directory.file("household\(index).sqlite")),
            settings: settings)
    }

    /// Lets `seconds` of real time go by, second by second.
    func run(seconds: Int, until isDone: (LedgerState) -> Bool = { _ in false }) async throws {
        for _ in 0..<seconds {
            guard !isDone(ledger.state) else { return }
            ledger.advance(milliseconds: 1_000)
            for role in roles { try await role.tick() }
            try await settle()
        }
    }

    /// Lets everything happen that happens at one moment.
    private func settle() async throws {
        for _ in 0..<1_000 {
            let blocks = ledger.blocks
            let letters = post.takeAll()
            let height = blocks.count
            for block in blocks[blocksTold...] {
                for role in roles { try await role.blockFinal(block) }
            }
            let isNew = blocksTold < height || !letters.isEmpty
            blocksTold = height
            for letter in letters { try await deliver(letter) }
            for role in roles { try await role.work() }
            if !isNew, ledger.blocks.count == height { return }
        }
        throw MalformedBytes("the community does not come to rest")
    }

    private func deliver(_ letter: FakePost.Letter) async throws {
        if letter.to == aggregatorServices.account {
            try await aggregator.received(letter.message, from: letter.from)
        }
        for (index, services) in householdServices.enumerated() where services.account == letter.to
        {
            try await households[index].received(letter.message, from: letter.from)
        }
    }

    /// Ends the aggregator's process and starts it again; `losingStore`, with empty books.
    func restartAggregator(losingStore: Bool = false) async throws {
        _ = post.takeAll()
        aggregatorServices.fault.withLock { $0 = .none }
        let name = losingStore ? "aggregator-new.sqlite" : "aggregator.sqlite"
        aggregator = try Aggregator(
            services: aggregatorServices, store: AggregatorStore(path: directory.file(name)),
            settings: settings)
        try await aggregator.start()
    }

    func restartHousehold(_ index: Int) async throws {
        households[index] = try makeHousehold(index)
        try await households[index].start()
    }

    var trades: [Trade] {
        let state = ledger.state
        let end = state.nextOfferID?.value ?? .max
        return (1..<max(end, 1)).compactMap { state.trade(OfferID($0)) }
    }

    func trades(_ status: TradeStatus) -> [Trade] { trades.filter { $0.status == status } }
}
