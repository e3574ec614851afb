import Ledger
import Protocol

extension TradeBroker {
    /// Sends the commands that are due now, in order of the trades.
    mutating func conduct(_ context: inout RoleContext) {
        conduct(trades.values.sorted { $0.id < $1.id }, &context)
    }

    /// Sends the commands of `candidates` that are due now, in their order. Deliveries through the
    /// same register follow each other; a trade begins when both its registers are free. Without a
    /// link a command is lost, and due again in a while.
    private mutating func conduct(_ candidates: [TradeProgress], _ context: inout RoleContext) {
        for progress in candidates
        where progress.trade.status == .paid && progress.trade.aggregator == context.account {
            if progress.hasNotBegun {
                guard context.marketNow < plan.lastEnd(of: progress), isFree(progress.seller),
                    isFree(progress.buyer)
                else { continue }
            }
            sendDueCommands(of: progress, &context)
        }
    }

    /// Whether no delivery goes on through the register of `side`.
    private func isFree(_ side: DeliverySide) -> Bool {
        !trades(of: side.meter).contains { other in
            other.trade.status == .paid
                && [other.seller, other.buyer].contains {
                    $0.meter == side.meter && $0.direction == side.direction && $0.receipt == nil
                        && ($0.command != nil || $0.began != nil)
                }
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
        // Both registers are in the reading; of the other one more may have been signed since.
        let signed = signedRegisters(of: side.meter, in: context.state)
        guard reading.register(side.direction) >= signed.register(side.direction) else {
            return context.complain(
                .forgetful, of: sender,
                """
                trade \(id.value) cannot begin: the meter shows \(reading.registersText), and \
                \(signed) are signed for
                """)
        }
        trades[id]?[keyPath: path].began = reading
        keep(id, &context)
        attend(to: id, &context)
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
            return context.complain(.badReceipt, of: sender, "trade \(id.value): \(fault)")
        }
        trades[id]?[keyPath: path] = side
        keep(id, &context)
        attend(to: id, &context)
    }

    /// A household that refuses has no delivery going on: it will be told to begin again.
    mutating func received(
        refusalOf id: OfferID, _ reason: UntrustedText, from sender: Address,
        _ context: inout RoleContext
    ) {
        guard let path = side(of: id, sender), trades[id]?[keyPath: path].receipt == nil else {
            return
        }
        context.complain(
            .refusal, of: sender, at: .info, "trade \(id.value): \(sender) refuses: \(reason)")
        let hadBegun = trades[id]?[keyPath: path].began != nil
        trades[id]?[keyPath: path].began = nil
        trades[id]?[keyPath: path].command?.isEnd = false
        let pause = resendPause(from: context.now)
        trades[id]?[keyPath: path].command?.pause = pause
        guard hadBegun else { return }
        keep(id, &context)
        attend(to: id, &context)
    }

    /// Sees to the trade `id`, of which a household has just said something, and to those that go
    /// through the same meters; nothing has changed for the others.
    private mutating func attend(to id: OfferID, _ context: inout RoleContext) {
        conduct(neighbours(of: id), &context)
        work(neighbours(of: id).map(\.id), &context)
    }

    private func keep(_ id: OfferID, _ context: inout RoleContext) {
        if let progress = trades[id] { context.store(.aggregator(.trade(progress.kept))) }
    }
}
