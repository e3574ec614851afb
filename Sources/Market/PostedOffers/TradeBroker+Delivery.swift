import Ledger
import Protocol

extension TradeBroker {
    /// What a register of one meter may do for one delivery at a time.
    private struct Register: Hashable {
        let meter: Address
        let direction: FlowDirection

        init(_ side: DeliverySide) {
            meter = side.meter
            direction = side.direction
        }
    }

    /// Sends the commands that are due now, in order of the trades. Deliveries through the same
    /// register follow each other; a trade begins when both its registers are free. Without a link
    /// a command is lost, and due again in a while.
    mutating func conduct(_ context: inout RoleContext) {
        let paid = trades.values
            .filter { $0.trade.status == .paid && $0.trade.aggregator == context.account }
            .sorted { $0.id < $1.id }
        var taken: Set<Register> = []
        for progress in paid {
            for side in [progress.seller, progress.buyer]
            where side.receipt == nil && (side.command != nil || side.began != nil) {
                taken.insert(Register(side))
            }
        }
        for progress in paid {
            if progress.hasNotBegun {
                let registers = [Register(progress.seller), Register(progress.buyer)]
                guard context.marketNow < plan.lastEnd(of: progress),
                    taken.isDisjoint(with: registers)
                else { continue }
                taken.formUnion(registers)
            }
            sendDueCommands(of: progress, &context)
        }
    }

    /// Takes what a meter shows, and ends the deliveries that end by it.
    mutating func noted(_ reading: MeterReading, _ context: inout RoleContext) {
        latest[reading.meter] = reading
        for progress in trades(of: reading.meter)
        where progress.trade.status == .paid && progress.trade.aggregator == context.account
            && !progress.hasNotBegun
        {
            sendDueCommands(of: progress, &context)
        }
    }

    private mutating func sendDueCommands(
        of progress: TradeProgress, _ context: inout RoleContext
    ) {
        let sold = progress.seller.delivered(latest[progress.seller.meter])
        let bought = progress.buyer.delivered(latest[progress.buyer.meter])
        for path in TradeProgress.sidePaths {
            let side = progress[keyPath: path]
            guard side.receipt == nil else { continue }
            let isEnd =
                side.began != nil
                && plan.ends(
                    side, of: progress, at: context.marketNow, sold: sold, bought: bought)
            guard isEnd || side.began == nil, isDue(isEnd, side.command, at: context.now) else {
                continue
            }
            let told = DeliverySide.Command(isEnd: isEnd, pause: resendPause(from: context.now))
            trades[progress.id]?[keyPath: path].command = told
            let command = DeliveryCommand(
                tradeID: progress.id, direction: side.direction,
                energy: progress.trade.offer.energy)
            context.send(isEnd ? .end(command) : .begin(command), to: side.account)
        }
    }

    private func isDue(_ isEnd: Bool, _ last: DeliverySide.Command?, at now: Timestamp) -> Bool {
        guard let last, last.isEnd == isEnd else { return true }
        return last.pause.isOver(at: now)
    }

    /// How long a command waits for its answer.
    private func resendPause(from now: Timestamp) -> Pause {
        Pause(from: now, milliseconds: resendMilliseconds)
    }
}

extension TradeBroker {
    /// Which side of which trade `sender` speaks of.
    private func side(
        of id: OfferID, _ sender: Address
    ) -> WritableKeyPath<TradeProgress, DeliverySide>? {
        TradeProgress.sidePaths.first { trades[id]?[keyPath: $0].account == sender }
    }

    /// A household says that a delivery began, and where its register stood.
    mutating func received(
        began command: DeliveryCommand, _ reading: MeterReading, from sender: Address,
        _ context: inout RoleContext
    ) {
        let id = command.tradeID
        guard let path = side(of: id, sender), let side = trades[id]?[keyPath: path],
            side.began == nil, side.meter == reading.meter, side.direction == command.direction
        else { return }
        trades[id]?[keyPath: path].began = reading
        keep(id, &context)
    }

    /// A household hands in its meter's receipt.
    mutating func received(
        _ receipt: SignedMeterReceipt, from sender: Address, _ context: inout RoleContext
    ) {
        let id = receipt.receipt.tradeID
        guard let path = side(of: id, sender), var side = trades[id]?[keyPath: path],
            side.receipt == nil
        else { return }
        if let fault = side.take(receipt, in: context.domain, scheme: context.scheme) {
            return context.log(
                .warning, "trade \(id.value): \(fault)", metadata: ["sender": "\(sender)"],
                cause: LineCause("false receipt", by: sender))
        }
        trades[id]?[keyPath: path] = side
        keep(id, &context)
    }

    /// A household that refuses has no delivery going on: it will be told to begin again.
    mutating func received(
        refusalOf id: OfferID, _ reason: UntrustedText, from sender: Address,
        _ context: inout RoleContext
    ) {
        guard let path = side(of: id, sender), trades[id]?[keyPath: path].receipt == nil else {
            return
        }
        context.log(
            .info, "trade \(id.value): \(sender) refuses: \(reason)",
            cause: LineCause("delivery refused", by: sender))
        trades[id]?[keyPath: path].began = nil
        trades[id]?[keyPath: path].command?.isEnd = false
        let pause = resendPause(from: context.now)
        trades[id]?[keyPath: path].command?.pause = pause
        keep(id, &context)
    }

    private func keep(_ id: OfferID, _ context: inout RoleContext) {
        if let progress = trades[id] { context.store(.aggregator(.trade(progress.kept))) }
    }
}
