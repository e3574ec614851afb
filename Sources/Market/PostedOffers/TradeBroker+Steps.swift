import Ledger
import Protocol

extension TradeBroker {
    /// Takes every step that is due, all trades at once.
    mutating func work(_ context: inout RoleContext) {
        work(trades.keys.sorted(), &context)
    }

    /// Takes every step that is due of the trades `ids`.
    mutating func work(_ ids: [OfferID], _ context: inout RoleContext) {
        guard !ids.isEmpty else { return }
        let times = context.state.answerTimes(at: context.head.number + 1)
        for id in ids {
            guard let step = dueStep(of: id, times, context),
                let data = trades[id]?.callData(of: step)
            else { continue }
            take(step, of: id, data, &context)
        }
    }

    private func dueStep(
        of id: OfferID, _ times: AnswerTimes, _ context: RoleContext
    ) -> AggregatorStep? {
        guard let progress = trades[id], progress.call == nil,
            progress.pause.isOver(at: context.now)
        else { return nil }
        guard isOurs(progress.trade, context) else { return nil }
        return progress.dueStep(at: context.marketNow, plan, times)
    }

    /// Whether this aggregator has registered the payment; or is that of one of the households, where no
    /// other has.
    func isOurs(_ trade: Trade, _ context: RoleContext) -> Bool {
        if let aggregator = trade.aggregator { return aggregator == context.account }
        return [trade.offer.seller, trade.buyer ?? .zero].contains {
            context.state.aggregator(of: $0) == context.account
        }
    }

    /// Why the ledger would not take `data` now; nil if it would.
    func refusal(of data: Bytes, _ context: RoleContext) -> String? {
        let next = BlockContext(
            number: context.head.number + 1, timestamp: max(context.now, context.head.timestamp),
            proposer: context.head.proposer)
        let result = context.state.call(
            from: context.account, to: NativeContract.market, data: data, context: next)
        if case .reverted(let reason, _) = result { return reason }
        return nil
    }

    private mutating func take(
        _ step: AggregatorStep, of id: OfferID, _ data: Bytes, _ context: inout RoleContext
    ) {
        let isSure = step == .releasePayment || step == .refund
        if !isSure, let reason = refusal(of: data, context) {
            // The buyer is asked for another one.
            if step == .confirmPayment { trades[id]?.start = nil }
            return wait(with: step, of: id, for: reason, &context)
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
            fail(taken.step, of: id, "\(failure)", &context)
        }
    }

    /// The ledger would not take a step now: it is looked at again in a while, and said once. What is due
    /// then, a refund perhaps, is not held up by it.
    private mutating func wait(
        with step: AggregatorStep, of id: OfferID, for reason: String,
        _ context: inout RoleContext
    ) {
        if trades[id]?.failures == 0 {
            context.log(
                .warning, "trade \(id.value): \(step.rawValue) would fail: \(reason)",
                cause: LineCause("step would fail", by: trades[id]?.seller.account ?? .zero))
        }
        trades[id]?.failures = 1
        trades[id]?.pause = Pause(from: context.now, milliseconds: resendMilliseconds)
    }

    private mutating func fail(
        _ step: AggregatorStep, of id: OfferID, _ reason: String, _ context: inout RoleContext
    ) {
        context.log(
            .warning, "trade \(id.value): \(step.rawValue): \(reason)",
            cause: LineCause("step failed", by: trades[id]?.seller.account ?? .zero))
        if step == .confirmPayment { trades[id]?.start = nil }
        let failures = (trades[id]?.failures ?? 0) + 1
        trades[id]?.failures = failures
        trades[id]?.pause = Pause(from: context.now, afterFailures: failures)
    }
}
