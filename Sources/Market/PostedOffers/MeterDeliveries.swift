import Ledger
import Protocol

/// What a household's meter does for posted offers: it notes its registers when deliveries begin,
/// and signs receipts when they end, as far as the ledger bears the aggregator's commands out.
///
/// Each register delivers for one trade at a time, and a delivery begins where the register stands
/// then: so no two receipts are over one stretch of a register.
struct MeterDeliveries: Sendable {
    /// How many commands may wait for the ledger.
    private static let mostWaitingCommands = 64

    /// Which delivery goes on through each register.
    private var open: [FlowDirection: MeterDelivery] = [:]
    /// The latest deliveries, whatever became of them.
    private var known: [OfferID: MeterDelivery] = [:]
    /// Commands that wait until this node's ledger or clock has come as far as the aggregator's.
    private var waiting: [OfferID: DeliveryCommand] = [:]

    init(restoring deliveries: [MeterDelivery]) {
        for delivery in deliveries {
            known[delivery.tradeID] = delivery
            if delivery.isOpen { open[delivery.direction] = delivery }
        }
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
        guard let trade = context.state.trade(command.tradeID) else { return nil }
        if let reason = refusal(of: command, for: trade, meter, context) {
            context.complain(
                .refusal, of: context.account, at: .info,
                "refuses to begin trade \(command.tradeID.value): \(reason)")
            return .refusal(command.tradeID, reason: UntrustedText(reason))
        }
        guard !mayHaveSigned(meter, context) else { return nil }
        meter.count(&context)
        guard let paid = trade.paid, paid.time <= meter.registers.time else { return nil }
        let delivery = MeterDelivery(
            tradeID: command.tradeID, direction: command.direction, began: meter.reading)
        keep(delivery, &context)
        return .began(command, delivery.began)
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
        if let other = open[command.direction] {
            return "the meter still delivers trade \(other.tradeID.value)"
        }
        return nil
    }

    /// Whether the meter may have signed for a trade that can still be proved, and has forgotten it:
    /// one that was paid before the meter's memory begins. What it would sign now could be the same
    /// stretch of a register again.
    private func mayHaveSigned(_ meter: SmartMeter, _ context: RoleContext) -> Bool {
        guard meter.registers.since > .zero else { return false }
        return context.state.latestTrades(of: context.account).contains { trade in
            guard trade.status == .paid, known[trade.offer.id] == nil, let paid = trade.paid else {
                return false
            }
            return paid.time < meter.registers.since
        }
    }

    /// Ends a delivery: the receipt, the same whenever it is asked for again.
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
        meter.count(&context)
        let receipt = meter.receipt(
            for: command.tradeID, delivery.direction, since: delivery.start, in: context.domain)
        delivery.receipt = receipt
        keep(delivery, &context)
        return .receipt(receipt)
    }

    /// Frees the meter of trades that the ledger has closed without asking for its receipt.
    mutating func dropWhatIsOver(_ context: inout RoleContext) {
        for direction in [FlowDirection.import, .export] {
            guard var delivery = open[direction],
                let trade = context.state.trade(delivery.tradeID), trade.status != .picked,
                trade.status != .paid
            else { continue }
            context.store(.household(.abandoned(delivery.tradeID)))
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
        open[delivery.direction] = delivery.isOpen ? delivery : nil
        known[delivery.tradeID] = delivery
        guard known.count > HouseholdMemory.deliveries else { return }
        let oldest = known.values.filter { !$0.isOpen }.map(\.tradeID).min()
        if let oldest { known[oldest] = nil }
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
