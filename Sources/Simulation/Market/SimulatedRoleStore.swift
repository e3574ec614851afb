package import Market
package import Protocol

/// What a role's database holds, as far as the role needs it again. A household's deliveries are
/// synced when they are written, and all that was written before with them; of the rest the last
/// records are lost with the power, and none with the process.
package struct SimulatedRoleStore: Sendable {
    /// What is written down.
    package struct Content: Sendable {
        package fileprivate(set) var registers: MeterRegisters?
        package fileprivate(set) var told: ToldQuarters?
        package fileprivate(set) var deliveries: [OfferID: MeterDelivery] = [:]
        package fileprivate(set) var trades: [OfferID: KeptTrade] = [:]
        package fileprivate(set) var steps: [OfferID: [TakenStep]] = [:]
        package fileprivate(set) var sales: [TokenSale] = []
        package fileprivate(set) var topUps: [Address: TopUp] = [:]
        package fileprivate(set) var names: [Address: String] = [:]
        package fileprivate(set) var members: Set<Address> = []
        package fileprivate(set) var readings: UInt64 = 0
        package fileprivate(set) var lastReading: [Address: MeterReading] = [:]
    }

    /// What a reader finds.
    package private(set) var content = Content()
    private var synced = Content()
    private var unsynced: [RoleRecord] = []

    /// After how many records the database is synced anyway.
    private static let checkpoint = 40

    package init() {}

    /// Writes `record` down.
    package mutating func store(_ record: RoleRecord) {
        content.take(record)
        unsynced.append(record)
        if record.isSynced || unsynced.count >= Self.checkpoint {
            synced = content
            unsynced = []
        }
    }

    /// Loses power: of what is not synced, all but the first `kept` records are gone. How many.
    package mutating func losePower(keeping kept: (Int) -> Int) -> Int {
        let left = unsynced.prefix(kept(unsynced.count + 1))
        let lost = unsynced.count - left.count
        content = synced
        for record in left { content.take(record) }
        unsynced = Array(left)
        return lost
    }

    /// What a household finds when it starts.
    package var householdMemory: HouseholdMemory {
        var memory = HouseholdMemory()
        memory.registers = content.registers
        memory.told = content.told
        memory.deliveries = content.deliveries.values.sorted { $0.tradeID < $1.tradeID }
        return memory
    }

    /// What an aggregator finds when it starts at `now`.
    package func aggregatorMemory(at now: Timestamp) -> AggregatorMemory {
        var memory = AggregatorMemory()
        memory.trades = content.trades.values.sorted { $0.id < $1.id }
            .filter { [.open, .picked, .paid, .delivered].contains($0.status) }
        memory.sales = content.sales.filter {
            $0.purchase != nil && now.millisecondsSince($0.soldAt) <= 86_400_000
        }
        memory.topUps = content.topUps.values.sorted { $0.account < $1.account }
        memory.readings = content.lastReading.values.sorted { $0.meter < $1.meter }
        return memory
    }
}

extension RoleRecord {
    /// Whether it is on the disk when it is written.
    fileprivate var isSynced: Bool {
        if case .household(.delivery) = self { true } else { false }
    }
}

extension SimulatedRoleStore.Content {
    fileprivate mutating func take(_ record: RoleRecord) {
        switch record {
        case .household(let record): take(record)
        case .aggregator(let record): take(record)
        }
    }

    private mutating func take(_ record: HouseholdRecord) {
        switch record {
        case .registers(let registers, _): self.registers = registers
        case .delivery(let delivery): deliveries[delivery.tradeID] = delivery
        case .quarter: break
        case .told(let report, let aggregator):
            told = ToldQuarters(by: aggregator, until: report.end)
        case .abandoned(let trade): deliveries[trade]?.isAbandoned = true
        }
    }

    private mutating func take(_ record: AggregatorRecord) {
        switch record {
        case .members(let members, let names):
            self.members.formUnion(members.map(\.account))
            self.names.merge(names) { $1 }
        case .readings(let received):
            readings += UInt64(received.count)
            for entry in received { lastReading[entry.reading.meter] = entry.reading }
        case .oldReadings: break
        case .trade(let trade): trades[trade.id] = trade
        case .step(let step, let trade): steps[trade, default: []].append(step)
        case .sale(let sale): sales.append(sale)
        case .topUp(let topUp): topUps[topUp.account] = topUp
        case .noTopUp(let account): topUps[account] = nil
        case .signedIn: break
        }
    }
}
