import Ledger
import Protocol

extension Aggregator {
    /// Looks at what the ledger has made of offers and trades since the last look.
    func follow() throws {
        let state = services.state()
        let headTime = services.marketClock.time(at: services.head().timestamp)
        let end = state.nextOfferID?.value ?? .max
        while nextUnseen < end {
            openOffers.insert(OfferID(nextUnseen))
            nextUnseen += 1
        }
        for id in openOffers.sorted() {
            guard let trade = state.trade(id) else { continue }
            let status = trade.status(at: headTime)
            if status != .open { openOffers.remove(id) }
            if status.isUnderWay { trades[id] = try takeUp(trade, in: state) }
        }
        for id in trades.keys.sorted() {
            guard let trade = state.trade(id), trade != trades[id]?.trade else { continue }
            trades[id]?.trade = trade
            trades[id]?.failures = 0
            trades[id]?.retryAt = .zero
            if let progress = trades[id] { try store.keep(progress) }
            if trade.status.isOver { trades[id] = nil }
        }
    }

    private func takeUp(_ trade: Trade, in state: LedgerState) throws -> TradeProgress {
        let seller = trade.offer.seller
        let buyer = trade.buyer ?? .zero
        let kept = try store.delivery(of: trade.offer.id)
        let progress = TradeProgress(
            trade: trade,
            seller: DeliverySide(
                account: seller, meter: state.member(seller)?.meterKey ?? .zero,
                direction: .export, began: kept?.sellerBegan, receipt: kept?.sellerReceipt),
            buyer: DeliverySide(
                account: buyer, meter: state.member(buyer)?.meterKey ?? .zero,
                direction: .import, began: kept?.buyerBegan, receipt: kept?.buyerReceipt))
        try store.keep(progress)
        return progress
    }

    /// Sends the commands that are due.
    func conduct() async throws {
        for (message, peer) in dueCommands() {
            // Without a link it is lost, and due again in a while.
            _ = await services.send(message, to: peer)
        }
    }

    /// What a register of one meter may do for one delivery at a time.
    private struct Register: Hashable {
        let meter: Address
        let direction: FlowDirection

        init(_ side: DeliverySide) {
            meter = side.meter
            direction = side.direction
        }
    }

    /// The commands that are due now, in order of the trades, marked as sent. Deliveries through the
    /// same register follow each other; a trade begins when both its registers are free.
    private func dueCommands() -> [(MeterMessage, Address)] {
        let now = services.marketNow()
        let paid = trades.values
            .filter { $0.trade.status == .paid && $0.trade.aggregator == services.account }
            .sorted { $0.id < $1.id }
        var taken: Set<Register> = []
        for progress in paid {
            for side in [progress.seller, progress.buyer]
            where side.receipt == nil && (side.command != nil || side.began != nil) {
                taken.insert(Register(side))
            }
        }
        var commands: [(MeterMessage, Address)] = []
        for progress in paid {
            if progress.hasNotBegun {
                let registers = [Register(progress.seller), Register(progress.buyer)]
                guard now < plan.lastEnd(of: progress), taken.isDisjoint(with: registers) else {
                    continue
                }
                taken.formUnion(registers)
            }
            commands += dueCommands(of: progress, at: now)
        }
        return commands
    }

    private func dueCommands(
        of progress: TradeProgress, at now: MarketTime
    ) -> [(MeterMessage, Address)] {
        let sold = progress.seller.delivered(latest[progress.seller.meter])
        let bought = progress.buyer.delivered(latest[progress.buyer.meter])
        var commands: [(MeterMessage, Address)] = []
        for path in TradeProgress.sidePaths {
            let side = progress[keyPath: path]
            guard side.receipt == nil else { continue }
            let isEnd =
                side.began != nil
                && plan.ends(side, of: progress, at: now, sold: sold, bought: bought)
            guard isEnd || side.began == nil, isDue(isEnd, side.command) else { continue }
            trades[progress.id]?[keyPath: path].command = DeliverySide.Command(
                isEnd: isEnd, sentAt: services.now())
            let command = DeliveryCommand(
                tradeID: progress.id, direction: side.direction,
                energy: progress.trade.offer.energy)
            commands.append((isEnd ? .end(command) : .begin(command), side.account))
        }
        return commands
    }

    private func isDue(_ isEnd: Bool, _ last: DeliverySide.Command?) -> Bool {
        guard let last, last.isEnd == isEnd else { return true }
        return services.now().millisecondsSince(last.sentAt) >= settings.resendMilliseconds
    }
}

extension Aggregator {
    /// Which side of which trade `sender` speaks of.
    private func side(
        of id: OfferID, _ sender: Address
    ) -> WritableKeyPath<TradeProgress, DeliverySide>? {
        TradeProgress.sidePaths.first { trades[id]?[keyPath: $0].account == sender }
    }

    func receive(began command: DeliveryCommand, _ reading: MeterReading, from sender: Address)
        throws
    {
        let id = command.tradeID
        guard let path = side(of: id, sender), let side = trades[id]?[keyPath: path],
            side.began == nil, side.meter == reading.meter, side.direction == command.direction
        else { return }
        trades[id]?[keyPath: path].began = reading
        if let progress = trades[id] { try store.keep(progress) }
    }

    func receive(_ receipt: SignedMeterReceipt, from sender: Address) throws {
        let id = receipt.receipt.tradeID
        guard let path = side(of: id, sender), var side = trades[id]?[keyPath: path],
            side.receipt == nil
        else { return }
        if let fault = side.take(receipt, in: services.domain, scheme: scheme) {
            logger.warning("trade \(id.value): \(fault)", metadata: ["sender": "\(sender)"])
            return
        }
        trades[id]?[keyPath: path] = side
        if let progress = trades[id] { try store.keep(progress) }
    }

    /// A household that refuses has no delivery going on: it will be told to begin again.
    func receive(refusalOf id: OfferID, _ reason: String, from sender: Address) throws {
        logger.info("trade \(id.value): \(sender) refuses: \(reason)")
        guard let path = side(of: id, sender), trades[id]?[keyPath: path].receipt == nil else {
            return
        }
        trades[id]?[keyPath: path].began = nil
        trades[id]?[keyPath: path].command?.isEnd = false
        trades[id]?[keyPath: path].command?.sentAt = services.now()
        if let progress = trades[id] { try store.keep(progress) }
    }
}
