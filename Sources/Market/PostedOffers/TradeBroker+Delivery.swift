import Ledger
import Protocol

extension TradeBroker {
    /// Sends the commands that are due now, in order of the trades. Without a link a command is lost,
    /// and due again in a while.
    mutating func conduct(_ context: inout RoleContext) {
        conduct(trades.keys.sorted(), &context)
    }

    /// Sends the commands that are due now of those of the trades `ids` that this aggregator sees to:
    /// the buyer's meter is to sign a start, and once that is on the ledger, both are to deliver.
    private mutating func conduct(_ ids: [OfferID], _ context: inout RoleContext) {
        for id in ids {
            guard let progress = trades[id], isOurs(progress.trade, context) else { continue }
            if progress.trade.status == .paid {
                conduct(id, &context)
            } else if progress.trade.status == .picked, progress.start == nil {
                command(\.buyer, of: progress, toSign: nil, &context)
            }
        }
    }

    /// Takes what a meter shows, and ends the deliveries that end by it.
    mutating func noted(_ reading: MeterReading, _ context: inout RoleContext) {
        latest[reading.meter] = reading
        conduct(trades(of: reading.meter).map(\.id), &context)
    }

    /// Has both meters begin; and when the delivery ends, first the buyer's sign for as much as has
    /// flowed at both ends, and then the seller's for as much as the buyer's has signed: so nothing
    /// is signed away that nobody pays for.
    private mutating func conduct(_ id: OfferID, _ context: inout RoleContext) {
        match(id, at: context.marketNow)
        guard let progress = trades[id] else { return }
        let now = context.marketNow
        let mayBegin = now < plan.lastEnd(of: progress)
        if mayBegin {
            for path in TradeProgress.sidePaths where progress[keyPath: path].isToBegin {
                command(path, of: progress, toSign: nil, &context)
            }
        }
        if let signed = progress.buyer.signed {
            // One that is to begin is not told to end as well: it would answer both, at once and for ever.
            guard progress.seller.signed == nil, progress.seller.began != nil || !mayBegin
            else { return }
            command(
                \.seller, of: progress, toSign: progress.sellersPart(ofSigned: signed, context),
                &context)
        } else if plan.ends(progress, matched: progress.matched, at: now) {
            command(\.buyer, of: progress, toSign: progress.matched, &context)
        }
    }

    /// Tells a side's meter to begin or to sign for so much energy, unless it was told just now.
    private mutating func command(
        _ path: WritableKeyPath<TradeProgress, DeliverySide>, of progress: TradeProgress,
        toSign energy: WattHours?, _ context: inout RoleContext
    ) {
        let side = progress[keyPath: path]
        guard isDue(energy != nil, side.command, at: context.now) else { return }
        let told = DeliverySide.Command(
            isEnd: energy != nil, energy: energy ?? .zero, pause: resendPause(from: context.now))
        trades[progress.id]?[keyPath: path].command = told
        let command = DeliveryCommand(
            tradeID: progress.id, direction: side.direction,
            energy: energy ?? progress.trade.offer.energy)
        context.send(energy == nil ? .begin(command) : .end(command), to: side.account)
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

// How much has flowed for which trade.
extension TradeBroker {
    /// Sets down how much has flowed for the trade at both its ends, as the latest readings tell.
    private mutating func match(_ id: OfferID, at now: MarketTime) {
        guard let progress = trades[id] else { return }
        let sold = available(progress.seller, for: id, at: now)
        let bought = available(progress.buyer, for: id, at: now)
        trades[id]?.matched = min(sold, bought, progress.trade.offer.energy)
    }

    /// What has flowed at `side` since its delivery began, is not signed away, and has not flowed for
    /// another trade as well. What waits for a meter that is not heard any more waits in vain.
    private func available(_ side: DeliverySide, for id: OfferID, at now: MarketTime) -> WattHours {
        if let signed = side.signed { return signed }
        guard let began = side.began, let reading = latest[side.meter] else { return .zero }
        let direction = side.direction
        let start = max(
            began.register(direction), signedEnds[Register(side.meter, direction)] ?? .zero)
        let others = trades(of: side.meter).filter { $0.id != id && isHeard($0, at: now) }
        let taken = others.reduce(0 as UInt64) { sum, other in
            let takes = [other.seller, other.buyer].contains {
                $0.meter == side.meter && $0.direction == direction && $0.signed == nil
            }
            return takes ? sum.addingSaturating(other.matched.value) : sum
        }
        let flowed = reading.register(direction) - start
        return flowed - WattHours(taken)
    }

    private func isHeard(_ progress: TradeProgress, at now: MarketTime) -> Bool {
        [progress.seller, progress.buyer].allSatisfy { side in
            guard side.signed == nil else { return true }
            return latest[side.meter].map { $0.time.advanced(bySeconds: plan.grace) >= now }
                ?? false
        }
    }

    /// Remembers up to where a register is signed away.
    mutating func note(_ receipt: MeterReceipt) {
        let register = Register(receipt.meter, receipt.direction)
        signedEnds[register] = max(signedEnds[register] ?? .zero, receipt.endRegister)
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
        let signed = signedAway(of: side, until: reading.time, in: context.state)
        guard reading.register(side.direction) >= signed else {
            return context.complain(
                .forgetful, of: sender,
                """
                trade \(id.value) cannot begin: the meter shows \(reading.registersText), and \
                \(signed.value) Wh are signed for
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
        if receipt.receipt.isStart { return received(start: receipt, from: sender, &context) }
        guard let path = side(of: id, sender), var side = trades[id]?[keyPath: path],
            side.receipt == nil
        else { return }
        let fault =
            side.take(receipt, in: context.domain, scheme: context.scheme)
            ?? refusal(of: MarketCall.handInReceipt(id, receipt), context)
        if let fault {
            // It is asked for again; one that is never right is as good as none.
            return context.complain(.badReceipt, of: sender, "trade \(id.value): \(fault)")
        }
        trades[id]?[keyPath: path] = side
        note(receipt.receipt)
        keep(id, &context)
        attend(to: id, &context)
    }

    /// The buyer's meter says that it is there: what the ledger would not take is asked for again.
    private mutating func received(
        start: SignedMeterReceipt, from sender: Address, _ context: inout RoleContext
    ) {
        let id = start.receipt.tradeID
        guard let progress = trades[id], progress.buyer.account == sender,
            progress.trade.status == .picked, progress.start == nil
        else { return }
        if let fault = refusal(of: MarketCall.confirmP2L(id, start: start), context) {
            return context.complain(.badReceipt, of: sender, "trade \(id.value): \(fault)")
        }
        trades[id]?.start = start
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
        let ids = neighbours(of: id).map(\.id)
        conduct(ids, &context)
        work(ids, &context)
    }

    private func keep(_ id: OfferID, _ context: inout RoleContext) {
        if let progress = trades[id] { context.store(.aggregator(.trade(progress.kept))) }
    }
}

extension TradeProgress {
    /// For how much the seller's meter is to sign, where the buyer's has `signed`: as much, and what
    /// flowed beyond it is there for another trade. If that is less than the seller's share of what
    /// flowed at both ends, the share is worth more.
    fileprivate func sellersPart(ofSigned signed: WattHours, _ context: RoleContext) -> WattHours {
        let flowed = buyer.command?.energy ?? .zero
        let share = UInt64(context.state.parameters.sellerShare)
        let isLess =
            signed.value.multipliedSaturating(by: 1_000)
            < flowed.value.multipliedSaturating(by: share)
        return isLess ? flowed : signed
    }
}
