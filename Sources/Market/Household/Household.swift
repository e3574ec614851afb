import Ledger
package import Protocol

/// How a household's node works.
package struct HouseholdSettings: Hashable, Sendable {
    /// Whom the readings go to and whose commands the meter follows; nil for the
    /// aggregator that the ledger names.
    package var aggregator: Address?
    /// The owner's limits for the automatic trader.
    package var limits: TraderLimits

    package init(aggregator: Address? = nil, limits: TraderLimits = TraderLimits()) {
        self.aggregator = aggregator
        self.limits = limits
    }
}

/// The role of a consumer or prosumer: it keeps the smart meter, tells the aggregator once a second
/// what it shows, follows the aggregator's commands as far as the ledger bears them out, and trades.
package struct Household: RoleParts {
    var context: RoleContext
    private let fixedAggregator: Address?
    private var knownAggregator: Address?
    private var meter: SmartMeter
    // Posted offers: what the meter does for them, and who makes and picks them.
    private var deliveries: MeterDeliveries
    private var trading: OfferTrading
    private var trades: OwnTrades
    private var watch = TradeWatch()
    private var wishes = PendingWishes()
    private var signIn: OwnerSignIn
    private var news: CommunityNews
    private var suspensionReason: UntrustedText?

    /// A household whose meter has `meterKey` and reads `source`, and whose store held `memory`.
    package init(
        _ identity: RoleIdentity, meterKey: any Signer, source: MeterSource,
        restoring memory: HouseholdMemory, settings: HouseholdSettings = HouseholdSettings(),
        at now: Timestamp
    ) {
        context = RoleContext(identity)
        signIn = OwnerSignIn(signer: identity.signer)
        news = CommunityNews(restoring: memory.told, rate: context.clock.rate)
        fixedAggregator = settings.aggregator
        deliveries = MeterDeliveries(restoring: memory.deliveries)
        trades = OwnTrades(of: context.account)
        trading = OfferTrading(account: context.account, limits: settings.limits)
        let marketNow = context.clock.time(at: now)
        meter = SmartMeter(
            key: meterKey, source: source,
            resuming: memory.registers ?? context.freshRegisters(of: meterKey, at: marketNow),
            at: marketNow)
        meter.recall(memory.deliveries.map(\.began))
    }

    package var figures: RoleFigures {
        var figures = RoleFigures()
        figures.reading = meter.reading
        figures.trades = trades.unfinished
        figures.flowed = deliveries.flowed(at: meter.reading)
        figures.isSetByHand = meter.isSetByHand
        figures.limits = trading.limits
        figures.refusedCount = context.refusedCount
        figures.suspensionReason = suspensionReason
        return figures
    }

    /// The household's aggregator, or nil as long as the ledger names none.
    private mutating func aggregator() -> Address? {
        if let fixedAggregator { return fixedAggregator }
        if knownAggregator == nil {
            knownAggregator = context.state.aggregator(of: context.account)
        }
        return knownAggregator
    }
}

extension Household {
    mutating func started() {
        compareMemory()
        meter.count(&context)
    }

    mutating func tick() {
        meter.count(&context)
        deliveries.dropWhatIsOver(&context)
        if let aggregator = aggregator() { context.send(.reading(meter.reading), to: aggregator) }
        deliveries.answerWaiting(to: aggregator(), &meter, &context)
        signIn.work(to: aggregator(), &context)
        news.work(to: aggregator(), &context)
    }

    mutating func blockFinal(_ block: CommittedBlock) {
        if !block.receipts.isEmpty { compareMemory() }
        // The next suspension has its own reason.
        if block.reinstates(context.account) { suspensionReason = nil }
        deliveries.answerWaiting(to: aggregator(), &meter, &context)
    }

    /// Looks whether the ledger has proofs that the meter knows nothing of: its memory is lost, or an
    /// old copy. It goes on from what is proved; and as it may have signed for more than that, it
    /// begins no delivery before the trades of that time are over.
    private mutating func compareMemory() {
        guard let proved = context.state.meter(meter.address), meter.catchUp(with: proved) else {
            return
        }
        meter.beginMemory(at: context.marketNow)
        meter.count(&context)
        context.log(.warning, "the meter has forgotten what was proved of it, and goes on there")
    }

    mutating func received(_ message: MeterMessage, from sender: Address) {
        guard sender == aggregator() else {
            return context.complain(
                .misplaced, of: sender, "a meter message from another than the aggregator")
        }
        switch message {
        case .begin(let command):
            deliveries.begin(command)
            deliveries.answerWaiting(to: sender, &meter, &context)
        case .end(let command):
            let answer = deliveries.end(command, &meter, &context)
            context.send(answer, to: sender)
        case .signInChallenge(let challenge):
            signIn.challenged(challenge, by: sender, &context)
        case .quarters(let report): news.received(report, from: sender, &context)
        case .suspension(let reason): received(suspensionReason: reason, from: sender)
        case .reading, .began, .receipt, .refusal, .signInWish, .signInAnswer, .quartersWish:
            context.complain(
                .misplaced, of: sender, at: .debug, "a meter message that is for aggregators alone")
        }
    }

    /// Only of the aggregator that the ledger names, whose books are about this household.
    private mutating func received(suspensionReason reason: UntrustedText, from sender: Address) {
        guard context.state.aggregator(of: context.account) == sender else {
            return context.complain(
                .misplaced, of: sender, "it is not the aggregator that the ledger names")
        }
        guard reason.isPlain, !reason.verbatim.isEmpty else {
            return context.complain(
                .implausible, of: sender, "a reason for a suspension that nobody can read")
        }
        suspensionReason = reason
    }

    mutating func setPower(_ watts: Int32, _ request: RequestNumber) {
        meter.count(&context)
        context.reply(request, refusal: meter.setPower(watts, limit: meter.limit))
    }

    mutating func limit(to limits: TraderLimits) { trading.limits = limits }

    mutating func ownerSignedIn() {
        signIn.begin(at: context.now)
        signIn.work(to: aggregator(), &context)
    }

    mutating func wished(_ wish: OwnerWish, _ request: RequestNumber) {
        guard !wish.isOperators else {
            return context.reply(request, refusal: "this node is no aggregator's")
        }
        wishes.make(wish, request, &context)
    }

    mutating func finished(_ call: CallID, _ outcome: CallOutcome) {
        wishes.finished(call, outcome, &context)
        trading.finished(call, outcome, &context)
        watch.finished(call, outcome, &context)
    }

    mutating func work() {
        trades.follow(context.state, at: context.headTime)
        let aggregator = aggregator()
        watch.work(trades.unfinished, to: aggregator, &deliveries, &meter, &context)
        trading.work(meter.reading, trades, deliveries, &context)
    }
}

extension RoleContext {
    /// Where a meter begins of which nothing is kept: at what has been claimed of it, should it
    /// have lost its memory, so that what it delivers from now on counts. It remembers from `time` on.
    fileprivate func freshRegisters(
        of meterKey: any Signer, at time: MarketTime
    ) -> MeterRegisters {
        let known = state.meter(meterKey.address)
        return MeterRegisters(
            time: time,
            imported: known.map { MilliwattSeconds($0.importClaims.end.register) } ?? .zero,
            exported: known.map { MilliwattSeconds($0.exportClaims.end.register) } ?? .zero,
            since: time)
    }
}
