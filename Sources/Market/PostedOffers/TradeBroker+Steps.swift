import Ledger
import Protocol

extension TradeBroker {
    /// Takes every step that is due, all trades at once.
    mutating func work(_ context: inout RoleContext) {
        work(trades.keys.sorted(), &context)
    }

    /// Takes every step that is due of the trades `ids`.
    mutating func work(_ ids: [OfferID], _ context: inout RoleContext) {
        for id in ids {
            guard let step = dueStep(of: id, context), let data = trades[id]?.callData(of: step)
            else { continue }
            take(step, of: id, data, &context)
        }
    }

    private func dueStep(of id: OfferID, _ context: RoleContext) -> AggregatorStep? {
        guard let progress = trades[id], progress.call == nil,
            progress.pause.isOver(at: context.now)
        else { return nil }
        let isOurs = progress.trade.aggregator.map { $0 == context.account } ?? true
        let now = context.marketNow
        guard isOurs, let step = progress.dueStep(at: now, window: plan.window) else { return nil }
        guard step == .proveDelivery else { return step }
        let others = neighbours(of: id).filter { $0.trade.status == .paid }
        let order = ProofSchedule(plan: plan, latest: latest)
        return order.holdsUp(progress, among: others, at: now) ? nil : step
    }

    private mutating func take(
        _ step: AggregatorStep, of id: OfferID, _ data: Bytes, _ context: inout RoleContext
    ) {
        if step == .proveDelivery, let progress = trades[id],
            ProofSchedule.isOvertaken(progress, in: context.state)
        {
            context.log(
                .warning,
                "trade \(id.value): its registers have been proved beyond it; it will be refunded",
                cause: LineCause("trade overtaken", by: progress.seller.account))
            trades[id]?.pause = Pause(from: context.now, milliseconds: 30_000)
            return
        }
        let call = context.call(NativeContract.market, data)
        trades[id]?.call = call
        underWay[call] = StepUnderWay(trade: id, step: step, submittedAt: context.now)
    }

    /// Takes what a step came to.
    mutating func finished(
        _ call: CallID, _ outcome: CallOutcome, _ context: inout RoleContext
    ) {
        guard let taken = underWay.removeValue(forKey: call) else { return }
        let id = taken.trade
        trades[id]?.call = nil
        switch outcome {
        case .success(let final):
            trades[id]?.failures = 0
            let step = TakenStep(
                step: taken.step.rawValue, submittedAt: taken.submittedAt, finalAt: context.now,
                block: final.blockNumber, blockTime: final.blockTime)
            context.store(.aggregator(.step(step, of: id)))
        case .failure(let failure):
            context.log(
                .warning, "trade \(id.value): \(taken.step.rawValue): \(failure)",
                cause: LineCause("step failed", by: trades[id]?.seller.account ?? .zero))
            let failures = (trades[id]?.failures ?? 0) + 1
            trades[id]?.failures = failures
            trades[id]?.pause = Pause(from: context.now, afterFailures: failures)
        }
    }
}
