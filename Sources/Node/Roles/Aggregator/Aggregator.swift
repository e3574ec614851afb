import Ledger
import Logging
import Protocol

/// The role of the community's broker: it registers members, sells tokens, takes the meters'
/// readings, and brings each trade from its pick to its settlement.
///
/// What there is to do follows from the ledger's state and from what households say again when
/// asked; the store only spares the asking. So it may stop anywhere and go on.
actor Aggregator: RoleService {
    /// How many readings may wait for the store.
    static let mostWaitingReadings = 10_000

    let services: any NodeServices
    nonisolated let store: AggregatorStore
    let settings: AggregatorSettings
    let logger: Logger
    let plan: DeliveryPlan
    let scheme: any SignatureScheme

    /// The trades that were picked and are not over.
    var trades: [OfferID: TradeProgress] = [:]
    /// The offers that are open: any may be picked in the next block.
    var openOffers: Set<OfferID> = []
    /// The first id that has not been looked at.
    var nextUnseen: UInt32 = 1
    /// Each meter's latest reading.
    var latest: [Address: MeterReading] = [:]
    /// Readings that wait for the store.
    var arrived: [ReceivedReading] = []
    /// How many readings have come in since the start.
    private(set) var readingCount: UInt64 = 0
    /// The members with meters, as the ledger has them.
    var households: [Member] = []
    var topUpsUnderWay: Set<Address> = []
    var topUpsAgainAt = Timestamp.zero
    var purchases = PendingPurchases()
    var ticks: UInt64 = 0

    /// An aggregator whose books are `store`.
    init(
        services: any NodeServices, store: AggregatorStore,
        settings: AggregatorSettings = AggregatorSettings(),
        scheme: any SignatureScheme = Secp256k1(), logger: Logger = Logger(label: "aggregator")
    ) {
        self.services = services
        self.store = store
        self.settings = settings
        self.scheme = scheme
        self.logger = logger
        plan = DeliveryPlan(
            deliverySeconds: settings.deliverySeconds,
            window: services.state().parameters.deliveryWindow,
            clockRate: services.marketClock.rate)
    }

    func start() throws {
        try keepMembers()
        try follow()
    }

    func tick() async throws {
        if ticks.isMultiple(of: 60) { try keepMembers() }
        if ticks.isMultiple(of: 600) { try removeOldReadings() }
        ticks += 1
        followPurchases()
        let readings = arrived
        arrived = []
        try store.keep(readings)
        try follow()
        try await conduct()
    }

    func blockFinal(_ block: CommittedBlock) async throws {
        try follow()
        try await conduct()
    }

    func received(_ message: MeterMessage, from sender: Address) async throws {
        switch message {
        case .reading(let reading): receive(reading, from: sender)
        case .began(let command, let reading): try receive(began: command, reading, from: sender)
        case .receipt(let receipt): try receive(receipt, from: sender)
        case .refusal(let id, let reason): try receive(refusalOf: id, reason, from: sender)
        case .begin, .end: logger.debug("a meter message that is for households alone")
        }
        try await conduct()
    }

    private func receive(_ reading: MeterReading, from sender: Address) {
        guard services.state().member(sender)?.meterKey == reading.meter else {
            logger.warning(
                "a reading of a meter that is not the sender's",
                metadata: [
                    "sender": "\(sender)", "meter": "\(reading.meter)",
                ])
            return
        }
        readingCount += 1
        latest[reading.meter] = reading
        guard arrived.count < Self.mostWaitingReadings else { return }
        arrived.append(ReceivedReading(reading: reading, receivedAt: services.now()))
    }

    private func removeOldReadings() throws {
        let now = services.now().milliseconds
        let limit = Timestamp(milliseconds: now - min(settings.readingsKept, now))
        while try store.removeReadings(before: limit) > 0 {}
    }

    /// Brings users and meters in the books up to the ledger.
    func keepMembers() throws {
        let members = services.state().members()
        households = members.filter { $0.meterKey != .zero }
        try store.keep(members, names: settings.names)
    }
}
