import Ledger
import Protocol

/// What a household's meter does for posted offers: it notes its registers when deliveries begin,
/// and signs receipts when they end, as far as the ledger bears the aggregator's commands out.
///
/// Several deliveries may go on through one register. Each receipt takes the next stretch of it, as
/// long as the aggregator says and no longer than what has flowed: so no two receipts are over one
/// stretch, and what flowed beyond one delivery is there for the next.
struct MeterDeliveries: Sendable {
    /// How many commands may wait for the ledger.
    private static let mostWaitingCommands = 64
    /// How many deliveries may go on through one register.
    static let mostOpen = 32

    /// Which deliveries go on through each register.
    private var open: [FlowDirection: Set<OfferID>] = [:]
    /// The latest deliveries, whatever became of them.
    private var known: [OfferID: MeterDelivery] = [:]
    /// Up to where each register is signed away.
    private var signed: [FlowDirection: RegisterPoint] = [:]
    /// Commands that wait until this node's ledger or clock has come as far as the aggregator's.
    private var waiting: [OfferID: DeliveryCommand] = [:]

    init(restoring deliveries: [MeterDelivery]) {
        for delivery in deliveries { note(delivery) }
    }

    /// Those of `trades` whose delivery is over here: nothing flows for them any more.
    func over(among trades: [Trade]) -> Set<OfferID> {
        Set(trades.map(\.offer.id).filter { known[$0].map { !$0.isOpen } ?? false })
    }

    /// Whether a delivery for the trade has begun here, or will when its time comes.
    func knows(_ id: OfferID) -> Bool { known[id] != nil || waiting[id] != nil }

    /// The receipt that the meter has signed for the trade; nil if there is none.
    func receipt(for id: OfferID) -> SignedMeterReceipt? { known[id]?.receipt }

    /// How much has flowed since they began for the deliveries that go on, by `reading`.
    func flowed(at reading: MeterReading) -> [OfferID: WattHours] {
        var flowed: [OfferID: WattHours] = [:]
        for (direction, ids) in open {
            for id in ids {
                guard let began = known[id]?.began.register(direction) else { continue }
                let now = reading.register(direction)
                flowed[id] = WattHours(now.value - min(began.value, now.value))
            }
        }
        return flowed
    }

    /// Takes the aggregator's command to begin a delivery, which is answered when its time comes.
    mutating func begin(_ command: DeliveryCommand) {
        if waiting.count >= Self.mostWaitingCommands { waiting.removeAll() }
        waiting[command.tradeID] = command
    }

    /// Answers the commands to begin for which the time has come.
    mutating func answerWaiting(
        to aggregator: Address?, _ meter: inout SmartMeter, _ context: inout RoleContext
    ) {
        for id in waiting.keys.sorted() {
            guard let command = waiting[id], let answer = begin(command, &meter, &context) else {
                continue
            }
            waiting[id] = nil
            if let aggregator { context.send(answer, to: aggregator) }
        }
    }

    /// Begins a delivery that the ledger bears out; nil as long as this node's ledger or clock is
    /// behind the aggregator's.
    private mutating func begin(
        _ command: DeliveryCommand, _ meter: inout SmartMeter, _ context: inout RoleContext
    ) -> MeterMessage? {
        if let known = known[command.tradeID] { return .began(command, known.began) }
        guard let trade = context.state.trade(command.tradeID) else {
            guard context.isForgotten(command.tradeID) else { return nil }
            return .refusal(command.tradeID, reason: "the trade was over long ago")
        }
        // Here it may not be picked yet: this node's ledger is behind.
        guard trade.status != .open else { return nil }
        if let reason = refusal(of: command, for: trade, meter, context) {
            context.complain(
                .refusal, of: context.account, at: .info,
                "refuses to begin trade \(command.tradeID.value): \(reason)")
            return .refusal(command.tradeID, reason: UntrustedText(reason))
        }
        if trade.status == .picked, command.direction == .import {
            return start(for: trade, &meter, &context).map { .receipt($0) }
        }
        guard !mayHaveSigned(meter, context) else { return nil }
        meter.count(&context)
        guard let paid = trade.paid, paid.time <= meter.registers.time else { return nil }
        let delivery = MeterDelivery(
            tradeID: command.tradeID, direction: command.direction, began: meter.reading)
        keep(delivery, &context)
        return .began(command, delivery.began)
    }

    /// The meter's word that it is there to take what this household has picked; nil if it may have
    /// forgotten something, and could not sign for what it takes.
    func start(
        for trade: Trade, _ meter: inout SmartMeter, _ context: inout RoleContext
    ) -> SignedMeterReceipt? {
        guard trade.buyer == context.account,
            context.state.member(context.account)?.meterKey == meter.address,
            !mayHaveSigned(meter, context)
        else { return nil }
        meter.count(&context)
        guard let picked = trade.picked, picked.time <= meter.registers.time else { return nil }
        let here = RegisterPoint(
            register: meter.registers.register(.import), time: meter.registers.time)
        return meter.receipt(
            for: trade.offer.id, .import, over: RegisterStretch(start: here, end: here),
            in: context.domain)
    }

    /// Why the meter cannot deliver for `trade` as `command` says; nil if it can, or may soon.
    private func refusal(
        of command: DeliveryCommand, for trade: Trade, _ meter: SmartMeter, _ context: RoleContext
    ) -> String? {
        let party = command.direction == .export ? trade.offer.seller : trade.buyer
        guard party == context.account else { return "not a trade of this household's" }
        guard command.energy == trade.offer.energy else { return "the trade is of other energy" }
        guard context.state.member(context.account)?.meterKey == meter.address else {
            return "the ledger knows another meter of this household"
        }
        switch trade.status {
        case .picked, .paid: break
        case .open, .delivered, .settled, .cancelled, .expired, .refunded:
            return "the trade is \(trade.status.name)"
        }
        if let paid = trade.paid, paid.time < meter.registers.since {
            return "the meter remembers nothing of the time when the trade was paid"
        }
        guard open[command.direction, default: []].count < Self.mostOpen else {
            return "the meter delivers for \(Self.mostOpen) trades already"
        }
        return nil
    }

    /// Whether the meter may have signed for a trade that can still be proved, and has forgotten it:
    /// one that was paid before the meter's memory begins, and of which no receipt is known. What it
    /// would sign now could be the same stretch of a register again.
    private func mayHaveSigned(_ meter: SmartMeter, _ context: RoleContext) -> Bool {
        guard meter.registers.since > .zero else { return false }
        return context.state.latestTrades(of: context.account).contains { trade in
            guard trade.status == .paid, known[trade.offer.id]?.receipt == nil,
                let paid = trade.paid
            else { return false }
            return paid.time < meter.registers.since
        }
    }

    /// Ends a delivery: the receipt over as much energy as the command says, as far as so much has
    /// flowed; the same whenever it is asked for again.
    mutating func end(
        _ command: DeliveryCommand, _ meter: inout SmartMeter, _ context: inout RoleContext
    ) -> MeterMessage {
        waiting[command.tradeID] = nil
        guard var delivery = known[command.tradeID] else {
            return .refusal(command.tradeID, reason: "no delivery of this trade has begun")
        }
        if let receipt = delivery.receipt { return .receipt(receipt) }
        guard delivery.isOpen else {
            return .refusal(command.tradeID, reason: "the delivery was given up")
        }
        guard delivery.began.time >= meter.registers.since else {
            return .refusal(
                command.tradeID,
                reason: "the meter may have signed for this trade, and forgotten it")
        }
        meter.count(&context)
        guard let stretch = stretch(of: command.energy, for: delivery, meter, context) else {
            return .refusal(command.tradeID, reason: "nothing has flowed for this trade yet")
        }
        return .receipt(sign(stretch, for: &delivery, meter, &context))
    }

    /// Ends a delivery that nobody has ended: the receipt over all that has flowed for it; nil if none can
    /// be signed. A buyer signs for nothing too: its silence would cost it more.
    mutating func endItself(
        _ id: OfferID, _ meter: inout SmartMeter, _ context: inout RoleContext
    ) -> SignedMeterReceipt? {
        guard var delivery = known[id] else { return nil }
        if let receipt = delivery.receipt { return receipt }
        guard delivery.isOpen, delivery.began.time >= meter.registers.since else { return nil }
        meter.count(&context)
        let energy = context.state.offer(id)?.energy ?? .zero
        if let stretch = stretch(of: energy, for: delivery, meter, context) {
            return sign(stretch, for: &delivery, meter, &context)
        }
        let start = free(for: delivery, meter, context)
        let end = RegisterPoint(register: start.register, time: meter.registers.time)
        guard delivery.direction == .import, end.time > start.time else { return nil }
        return sign(RegisterStretch(start: start, end: end), for: &delivery, meter, &context)
    }

    /// From where on the register is signed away for no trade.
    private func free(
        for delivery: MeterDelivery, _ meter: SmartMeter, _ context: RoleContext
    ) -> RegisterPoint {
        delivery.start.later(signed[delivery.direction])
            .later(context.state.meter(meter.address)?.claims(delivery.direction).end)
    }

    private func stretch(
        of energy: WattHours, for delivery: MeterDelivery, _ meter: SmartMeter,
        _ context: RoleContext
    ) -> RegisterStretch? {
        let wanted = min(energy, context.state.offer(delivery.tradeID)?.energy ?? .zero)
        return meter.stretch(
            of: wanted, delivery.direction, from: free(for: delivery, meter, context))
    }

    private mutating func sign(
        _ stretch: RegisterStretch, for delivery: inout MeterDelivery, _ meter: SmartMeter,
        _ context: inout RoleContext
    ) -> SignedMeterReceipt {
        let receipt = meter.receipt(
            for: delivery.tradeID, delivery.direction, over: stretch, in: context.domain)
        delivery.receipt = receipt
        keep(delivery, &context)
        return receipt
    }

    /// Frees the meter of trades that the ledger has closed without asking for its receipt.
    mutating func dropWhatIsOver(_ context: inout RoleContext) {
        for id in [FlowDirection.import, .export].flatMap({ open[$0, default: []].sorted() }) {
            let status = context.state.trade(id)?.status
            guard var delivery = known[id], status != .picked, status != .paid,
                status != nil || context.isForgotten(id)
            else { continue }
            context.store(.household(.abandoned(id)))
            delivery.isAbandoned = true
            remember(delivery)
        }
    }

    /// Has `delivery` kept durably, and remembers it.
    private mutating func keep(_ delivery: MeterDelivery, _ context: inout RoleContext) {
        context.store(.household(.delivery(delivery)))
        remember(delivery)
    }

    private mutating func remember(_ delivery: MeterDelivery) {
        note(delivery)
        guard known.count > HouseholdMemory.deliveries else { return }
        let oldest = known.values.filter { !$0.isOpen }.map(\.tradeID).min()
        if let oldest { known[oldest] = nil }
    }

    private mutating func note(_ delivery: MeterDelivery) {
        known[delivery.tradeID] = delivery
        if delivery.isOpen {
            open[delivery.direction, default: []].insert(delivery.tradeID)
        } else {
            open[delivery.direction]?.remove(delivery.tradeID)
        }
        guard let end = delivery.receipt?.receipt.stretch.end else { return }
        signed[delivery.direction] = end.later(signed[delivery.direction])
    }
}

extension RoleContext {
    /// Whether the trade was made, and has been over for so long that it has left the state.
    fileprivate func isForgotten(_ trade: OfferID) -> Bool {
        state.trade(trade) == nil && state.nextOfferID.map { trade < $0 } ?? true
    }
}

extension RegisterPoint {
    /// The later of two points of one register; itself if there is no other.
    func later(_ other: RegisterPoint?) -> RegisterPoint {
        guard let other else { return self }
        return RegisterPoint(
            register: max(register, other.register), time: max(time, other.time))
    }
}

extension MeterReceipt {
    /// What it is over.
    var stretch: RegisterStretch {
        RegisterStretch(
            start: RegisterPoint(register: startRegister, time: startTime),
            end: RegisterPoint(register: endRegister, time: endTime))
    }
}

extension LedgerState {
    /// The last trades of `account`: as many as a household remembers deliveries of.
    fileprivate func latestTrades(of account: Address) -> [Trade] {
        let total = self.account(account).tradeCount
        let count = min(total, UInt32(HouseholdMemory.deliveries))
        return trades(of: account, from: total - count, count: count).compactMap { trade($0) }
    }
}
