import Ledger
import Protocol

/// The role of the community's broker: it keeps the books of members and meters, takes the meters'
/// readings, sells tokens, and brings each trade from its pick to its settlement.
package struct Aggregator: RoleParts {
    /// How many readings may wait for the store.
    static let mostWaitingReadings = 10_000

    var context: RoleContext
    private let settings: AggregatorSettings
    /// Readings that wait for the store.
    private var arrived: [ReceivedReading] = []
    private var readingCount: UInt64 = 0
    private var ticks: UInt64 = 0
    private var sales: TokenSales
    // Posted offers.
    private var broker: TradeBroker

    package init(
        _ identity: RoleIdentity, restoring memory: AggregatorMemory,
        settings: AggregatorSettings = AggregatorSettings()
    ) {
        context = RoleContext(identity)
        self.settings = settings
        sales = TokenSales(settings, restoring: memory.sales)
        broker = TradeBroker(
            plan: DeliveryPlan(
                deliverySeconds: settings.deliverySeconds,
                window: context.state.parameters.deliveryWindow, clockRate: context.clock.rate),
            resendMilliseconds: settings.resendMilliseconds, restoring: memory.trades)
    }

    package var figures: RoleFigures {
        var figures = RoleFigures()
        figures.readingCount = readingCount
        return figures
    }
}

extension Aggregator {
    mutating func started() {
        keep(context.state.members())
        sales.started(context)
        broker.started(&context)
    }

    mutating func tick() {
        if ticks.isMultiple(of: 600) { dropOldReadings() }
        ticks += 1
        guard !arrived.isEmpty else { return }
        context.store(.aggregator(.readings(arrived)))
        arrived = []
    }

    mutating func blockFinal(_ block: CommittedBlock) {
        let members = block.changedMembers
        if !members.isEmpty { keep(members.compactMap { context.state.member($0) }) }
        sales.blockFinal(block, context)
        for id in block.changedTrades { broker.follow(id, &context) }
    }

    mutating func received(_ message: MeterMessage, from sender: Address) {
        switch message {
        case .reading(let reading): return received(reading, from: sender)
        case .began(let command, let reading):
            broker.received(began: command, reading, from: sender, &context)
        case .receipt(let receipt): broker.received(receipt, from: sender, &context)
        case .refusal(let id, let reason):
            broker.received(refusalOf: id, reason, from: sender, &context)
        case .begin, .end:
            return context.log(
                .debug, "a meter message that is for households alone",
                cause: LineCause("stray message", by: sender))
        }
        work()
    }

    private mutating func received(_ reading: MeterReading, from sender: Address) {
        guard context.state.member(sender)?.meterKey == reading.meter else {
            return context.log(
                .warning, "a reading of a meter that is not the sender's",
                metadata: ["sender": "\(sender)", "meter": "\(reading.meter)"],
                cause: LineCause("foreign reading", by: sender))
        }
        readingCount += 1
        broker.noted(reading, &context)
        guard arrived.count < Self.mostWaitingReadings else { return }
        arrived.append(ReceivedReading(reading: reading, receivedAt: context.now))
    }

    mutating func finished(_ call: CallID, _ outcome: CallOutcome) {
        sales.finished(call, outcome, &context)
        broker.finished(call, outcome, &context)
    }

    mutating func work() {
        broker.conduct(&context)
        broker.work(&context)
        sales.work(&context)
    }

    private mutating func dropOldReadings() {
        let now = context.now.milliseconds
        let kept = settings.readingsKeptHours * 3_600_000
        let limit = Timestamp(milliseconds: now - min(kept, now))
        context.store(.aggregator(.oldReadings(before: limit)))
    }

    /// Brings users and meters in the books up to the ledger.
    private mutating func keep(_ members: [Member]) {
        let known = Set(members.map(\.account))
        let names = settings.names.filter { known.contains($0.key) }
        context.store(.aggregator(.members(members, names: names)))
    }
}
