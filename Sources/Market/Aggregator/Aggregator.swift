import Ledger
import Protocol

/// The role of the community's broker: it keeps the books of members and meters, takes the meters'
/// readings, sells tokens, and brings each trade from its pick to its settlement.
package struct Aggregator: RoleParts {
    var context: RoleContext
    private let settings: AggregatorSettings
    /// What the households' meters show, and what is to be written down of it.
    private var meters: MeterReadings
    private var readingCount: UInt64 = 0
    private var ticks: UInt64 = 0
    private var sales: TokenSales
    private var wishes = PendingWishes()
    private var signIns: SignIns
    private var quarterWishes = QuarterWishes()
    // Posted offers.
    private var broker: TradeBroker

    package init(
        _ identity: RoleIdentity, restoring memory: AggregatorMemory,
        settings: AggregatorSettings = AggregatorSettings()
    ) {
        context = RoleContext(identity)
        signIns = SignIns(signer: identity.signer)
        self.settings = settings
        meters = MeterReadings(restoring: memory.readings)
        sales = TokenSales(settings, restoring: memory)
        broker = TradeBroker(
            plan: DeliveryPlan(
                deliverySeconds: settings.deliverySeconds,
                window: context.state.parameters.deliveryWindow, clockRate: context.clock.rate),
            resendMilliseconds: settings.resendMilliseconds, restoring: memory.trades)
    }

    package var figures: RoleFigures {
        var figures = RoleFigures()
        figures.readingCount = readingCount
        figures.refusedCount = context.refusedCount
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
        let readings = meters.takeArrived()
        if !readings.isEmpty { context.store(.aggregator(.readings(readings))) }
    }

    mutating func blockFinal(_ block: CommittedBlock) {
        let members = block.changedMembers
        if !members.isEmpty { keep(members.compactMap { context.state.member($0) }) }
        // Its link stays for a moment.
        for member in members { tellSuspension(of: member) }
        sales.blockFinal(block, context)
        for id in block.changedTrades { broker.follow(id, &context) }
    }

    /// A suspended household's node comes for seconds at a time, and may say nothing meanwhile: it is told
    /// unasked.
    mutating func linked(_ peer: Address) {
        tellSuspension(of: peer)
    }

    private mutating func tellSuspension(of household: Address) {
        guard context.state.member(household)?.isSuspended == true,
            context.hasHousehold(household)
        else { return }
        context.tell(.suspension, to: household)
    }

    mutating func received(_ message: MeterMessage, from sender: Address) {
        switch message {
        case .reading(let reading): return received(reading, from: sender)
        case .began(let command, let reading):
            broker.received(began: command, reading, from: sender, &context)
        case .receipt(let receipt): broker.received(receipt, from: sender, &context)
        case .refusal(let id, let reason):
            broker.received(refusalOf: id, reason, from: sender, &context)
        case .signInWish: signIns.wished(by: sender, &context)
        case .signInAnswer(let answer):
            guard signIns.answered(answer, by: sender, &context) else { return }
            context.store(.aggregator(.signedIn(sender, at: context.now)))
        case .quartersWish(let start): quarterWishes.wished(from: start, by: sender, &context)
        case .begin, .end, .signInChallenge, .quarters, .suspension:
            context.complain(
                .misplaced, of: sender, at: .debug, "a meter message that is for households alone")
        }
    }

    private mutating func received(_ reading: MeterReading, from sender: Address) {
        let floor = broker.signedRegisters(of: reading.meter, in: context.state)
        switch meters.take(reading, from: sender, above: floor, context) {
        case .taken:
            readingCount += 1
            broker.noted(reading, &context)
        case .anew(let last):
            readingCount += 1
            context.complain(
                .forgetful, of: sender,
                """
                meter \(reading.meter) has forgotten what it showed: its registers went back from \
                \(last.registersText) to \(reading.registersText)
                """)
            broker.noted(reading, &context)
        case .refused(let kind, let reason):
            context.complain(kind, of: sender, "a reading is refused: \(reason)")
        }
    }

    mutating func wished(_ wish: OwnerWish, _ request: RequestNumber) {
        guard wish.isOperators else {
            return context.reply(request, refusal: "this node is no household's")
        }
        wishes.make(wish, request, &context)
    }

    mutating func finished(_ call: CallID, _ outcome: CallOutcome) {
        wishes.finished(call, outcome, &context)
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
