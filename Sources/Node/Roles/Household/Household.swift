import Ledger
import Logging
import Protocol

/// The role of a consumer or prosumer: it keeps the smart meter, tells the aggregator once a second
/// what it shows, follows the aggregator's commands as far as the ledger bears them out, and trades.
actor Household: RoleService {
    let services: any NodeServices
    nonisolated let store: HouseholdStore
    let logger: Logger
    private let meterKey: any Signer
    private let source: any MeterSource
    private let fixedAggregator: Address?

    private(set) var meter: SmartMeter
    /// Which trade each register delivers for: never two at once, so that receipts never overlap.
    var deliveries: [FlowDirection: MeterDelivery] = [:]
    /// Commands that wait until this node's ledger or clock has come as far as the aggregator's.
    var waitingCommands: [OfferID: DeliveryCommand] = [:]
    var trader: AutomaticTrader
    var trades: OwnTrades
    var isTrading = false
    var failures: UInt64 = 0
    var tradesAgainAt = Timestamp.zero
    private var knownAggregator: Address?

    /// A household whose meter has `meterKey`, reads `source` and is kept in `store`.
    init(
        services: any NodeServices, meterKey: any Signer, source: any MeterSource,
        store: HouseholdStore, settings: HouseholdSettings = HouseholdSettings(),
        logger: Logger = Logger(label: "household")
    ) {
        self.services = services
        self.meterKey = meterKey
        self.source = source
        self.store = store
        self.logger = logger
        fixedAggregator = settings.aggregator
        trader = AutomaticTrader(account: services.account, limits: settings.limits)
        trades = OwnTrades(of: services.account)
        let now = services.marketNow()
        let fresh = MeterRegisters(time: now, imported: .zero, exported: .zero)
        meter = SmartMeter(key: meterKey, source: source, resuming: fresh, at: now)
    }

    /// What the meter shows: of the last second.
    var reading: MeterReading { meter.reading }

    /// The limits of the automatic trader.
    var limits: TraderLimits { trader.limits }

    /// Sets the limits of the automatic trader.
    func setLimits(_ limits: TraderLimits) {
        trader.limits = limits
    }

    /// Sets the power by hand, if the meter's source is one that is set so; false if it is not.
    func setPower(_ watts: Int32) throws -> Bool {
        guard let manual = source as? ManualSource else { return false }
        try count()
        manual.set(watts)
        return true
    }

    /// The household's aggregator, or nil as long as the ledger knows none.
    var aggregator: Address? {
        if let fixedAggregator { return fixedAggregator }
        if knownAggregator == nil {
            knownAggregator = services.state().members().first { $0.role == .aggregator }?.account
        }
        return knownAggregator
    }
}

extension Household {
    func start() throws {
        let now = services.marketNow()
        let kept = try store.registers(of: meterKey.address) ?? freshRegisters(at: now)
        meter = SmartMeter(key: meterKey, source: source, resuming: kept, at: now)
        for delivery in try store.openDeliveries() { deliveries[delivery.direction] = delivery }
        try count()
        trades.follow(services.state(), at: headTime)
    }

    /// Where a meter begins of which nothing is kept: at what has been claimed of it, should it
    /// have lost its memory, so that what it delivers from now on counts.
    private func freshRegisters(at now: MarketTime) -> MeterRegisters {
        let known = services.state().meter(meterKey.address)
        return MeterRegisters(
            time: now, imported: known.map { MilliwattSeconds($0.claimedImport) } ?? .zero,
            exported: known.map { MilliwattSeconds($0.claimedExport) } ?? .zero)
    }

    func tick() async throws {
        try count()
        try dropDeliveriesThatAreOver()
        if let aggregator {
            _ = await services.send(.reading(meter.reading), to: aggregator)
        }
        try await answerWaitingCommands()
    }

    func blockFinal(_ block: CommittedBlock) async throws {
        try await answerWaitingCommands()
    }

    func received(_ message: MeterMessage, from sender: Address) async throws {
        guard sender == aggregator else {
            logger.warning(
                "a meter message from another than the aggregator",
                metadata: [
                    "sender": "\(sender)"
                ])
            return
        }
        switch message {
        case .begin(let command):
            waitingCommands[command.tradeID] = command
            try await answerWaitingCommands()
        case .end(let command):
            waitingCommands[command.tradeID] = nil
            _ = await services.send(try end(command), to: sender)
        case .reading, .began, .receipt, .refusal:
            logger.debug("a meter message that is for aggregators alone")
        }
    }

    /// Counts up to now, and keeps the registers before anyone is told.
    func count() throws {
        meter.advance(to: services.marketNow())
        try store.keep(meter.registers, of: meter.address)
    }

    /// The market's time of the last final block.
    var headTime: MarketTime { services.marketClock.time(at: services.head().timestamp) }
}
