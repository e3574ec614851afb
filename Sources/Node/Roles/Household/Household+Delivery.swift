import Ledger
import Protocol

extension Household {
    /// How many orders may wait for the ledger.
    private static let mostWaitingOrders = 64

    /// Answers the orders to begin for which the time has come.
    func answerWaitingOrders() async throws {
        if waitingOrders.count > Self.mostWaitingOrders { waitingOrders.removeAll() }
        for id in waitingOrders.keys.sorted() {
            guard let order = waitingOrders[id], let answer = try begin(order) else { continue }
            waitingOrders[id] = nil
            if let aggregator { _ = await services.send(answer, to: aggregator) }
        }
    }

    /// Begins a delivery that the ledger bears out; nil as long as this node's ledger or clock is
    /// behind the aggregator's.
    private func begin(_ order: DeliveryOrder) throws -> MeterMessage? {
        if let known = try store.delivery(of: order.tradeID) {
            return .began(order, known.began)
        }
        guard let trade = services.state().trade(order.tradeID) else { return nil }
        if let reason = refusal(of: order, for: trade) {
            logger.info("refuses to begin trade \(order.tradeID.value): \(reason)")
            return .refusal(order.tradeID, reason: reason)
        }
        try count()
        guard let paid = trade.paid, paid.time <= meter.registers.time else { return nil }
        let delivery = MeterDelivery(
            tradeID: order.tradeID, direction: order.direction, began: meter.reading)
        try store.keepDurably(delivery, meter.registers, of: meter.address)
        deliveries[order.direction] = delivery
        return .began(order, delivery.began)
    }

    /// Why the meter cannot deliver for `trade` as `order` says; nil if it can, or may soon.
    private func refusal(of order: DeliveryOrder, for trade: Trade) -> String? {
        let party = order.direction == .export ? trade.offer.seller : trade.buyer
        guard party == services.account else { return "not a trade of this household's" }
        guard order.energy == trade.offer.energy else { return "the trade is of other energy" }
        guard services.state().member(services.account)?.meterKey == meter.address else {
            return "the ledger knows another meter of this household"
        }
        switch trade.status {
        case .picked, .paid: break
        case .open, .delivered, .settled, .cancelled, .expired, .refunded:
            return "the trade is \(trade.status.name)"
        }
        if let other = deliveries[order.direction] {
            return "the meter still delivers trade \(other.tradeID.value)"
        }
        return nil
    }

    /// Ends a delivery: the receipt, the same whenever it is asked for again.
    func end(_ order: DeliveryOrder) throws -> MeterMessage {
        guard var delivery = try store.delivery(of: order.tradeID) else {
            return .refusal(order.tradeID, reason: "no delivery of this trade has begun")
        }
        if let receipt = delivery.receipt { return .receipt(receipt) }
        guard deliveries[delivery.direction]?.tradeID == order.tradeID else {
            return .refusal(order.tradeID, reason: "the delivery was given up")
        }
        try count()
        let receipt = meter.receipt(
            for: order.tradeID, delivery.direction, since: delivery.start, in: services.domain)
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
