import Ledger
import Protocol

extension Household {
    /// How many commands may wait for the ledger.
    private static let mostWaitingCommands = 64

    /// Answers the commands to begin for which the time has come.
    func answerWaitingCommands() async throws {
        if waitingCommands.count > Self.mostWaitingCommands { waitingCommands.removeAll() }
        for id in waitingCommands.keys.sorted() {
            guard let command = waitingCommands[id], let answer = try begin(command) else {
                continue
            }
            waitingCommands[id] = nil
            if let aggregator { _ = await services.send(answer, to: aggregator) }
        }
    }

    /// Begins a delivery that the ledger bears out; nil as long as this node's ledger or clock is
    /// behind the aggregator's.
    private func begin(_ command: DeliveryCommand) throws -> MeterMessage? {
        if let known = try store.delivery(of: command.tradeID) {
            return .began(command, known.began)
        }
        guard let trade = services.state().trade(command.tradeID) else { return nil }
        if let reason = refusal(of: command, for: trade) {
            logger.info("refuses to begin trade \(command.tradeID.value): \(reason)")
            return .refusal(command.tradeID, reason: reason)
        }
        try count()
        guard let paid = trade.paid, paid.time <= meter.registers.time else { return nil }
        let delivery = MeterDelivery(
            tradeID: command.tradeID, direction: command.direction, began: meter.reading)
        try store.keepDurably(delivery, meter.registers, of: meter.address)
        deliveries[command.direction] = delivery
        return .began(command, delivery.began)
    }

    /// Why the meter cannot deliver for `trade` as `command` says; nil if it can, or may soon.
    private func refusal(of command: DeliveryCommand, for trade: Trade) -> String? {
        let party = command.direction == .export ? trade.offer.seller : trade.buyer
        guard party == services.account else { return "not a trade of this household's" }
        guard command.energy == trade.offer.energy else { return "the trade is of other energy" }
        guard services.state().member(services.account)?.meterKey == meter.address else {
            return "the ledger knows another meter of this household"
        }
        switch trade.status {
        case .picked, .paid: break
        case .open, .delivered, .settled, .cancelled, .expired, .refunded:
            return "the trade is \(trade.status.name)"
        }
        if let other = deliveries[command.direction] {
            return "the meter still delivers trade \(other.tradeID.value)"
        }
        return nil
    }

    /// Ends a delivery: the receipt, the same whenever it is asked for again.
    func end(_ command: DeliveryCommand) throws -> MeterMessage {
        guard var delivery = try store.delivery(of: command.tradeID) else {
            return .refusal(command.tradeID, reason: "no delivery of this trade has begun")
        }
        if let receipt = delivery.receipt { return .receipt(receipt) }
        guard deliveries[delivery.direction]?.tradeID == command.tradeID else {
            return .refusal(command.tradeID, reason: "the delivery was given up")
        }
        try count()
        let receipt = meter.receipt(
            for: command.tradeID, delivery.direction, since: delivery.start, in: services.domain)
        delivery.receipt = receipt
        try store.keepDurably(delivery, meter.registers, of: meter.address)
        deliveries[delivery.direction] = nil
        return .receipt(receipt)
    }

    /// Frees the meter of trades that the ledger has closed without asking for its receipt.
    func dropDeliveriesThatAreOver() throws {
        let state = services.state()
        for direction in [FlowDirection.import, .export] {
            guard let delivery = deliveries[direction],
                let trade = state.trade(delivery.tradeID), trade.status != .picked,
                trade.status != .paid
            else { continue }
            try store.abandon(delivery.tradeID)
            deliveries[direction] = nil
        }
    }
}
