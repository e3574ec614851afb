import Ledger
import Protocol

extension Aggregator {
    /// Takes every step that is due, all trades at once, and sells what tokens are due; returns
    /// when all that is final.
    func work() async throws {
        try follow()
        let due = trades.keys.sorted().filter { dueStep(of: $0) != nil }
        let sales = dueTopUps()
        let purchases = try takeDuePurchases()
        guard !due.isEmpty || !sales.isEmpty || !purchases.isEmpty else { return }
        for id in due { trades[id]?.isBusy = true }
        topUpsUnderWay.formUnion(sales)
        try await withThrowingTaskGroup(of: Void.self) { group in
            for id in due { group.addTask { try await self.advance(id) } }
            for account in sales { group.addTask { try await self.topUp(account) } }
            for (buyer, purchase) in purchases {
                group.addTask { await self.sell(to: buyer, purchase) }
            }
            try await group.waitForAll()
        }
    }

    private func dueStep(of id: OfferID) -> AggregatorStep? {
        guard let progress = trades[id], !progress.isBusy, progress.retryAt <= services.now()
        else { return nil }
        let isOurs = progress.trade.aggregator.map { $0 == services.account } ?? true
        let now = services.marketNow()
        guard isOurs, let step = progress.dueStep(at: now, window: plan.window) else { return nil }
        let others = trades.values.filter { $0.trade.status == .paid }
        if step == .proveDelivery,
            ProofSchedule(plan: plan, latest: latest).holdsUp(progress, among: others, at: now)
        {
            return nil
        }
        return step
    }

    /// Takes the steps of one trade, one after the other, until none is due.
    private func advance(_ id: OfferID) async throws {
        while true {
            trades[id]?.isBusy = false
            guard let step = dueStep(of: id), let data = trades[id]?.callData(of: step) else {
                return
            }
            trades[id]?.isBusy = true
            try await take(step, of: id, data)
            try follow()
            try await conduct()
        }
    }

    private func take(_ step: AggregatorStep, of id: OfferID, _ data: Bytes) async throws {
        let submittedAt = services.now()
        if step == .proveDelivery, let progress = trades[id],
            ProofSchedule.isOvertaken(progress, in: services.state())
        {
            logger.warning(
                "trade \(id.value): its registers have been proved beyond it; it will be refunded")
            trades[id]?.retryAt = submittedAt.advanced(byMilliseconds: 30_000)
            return
        }
        do throws(CallFailure) {
            let final = try await services.submit(to: NativeContract.market, data: data)
            trades[id]?.failures = 0
            let taken = TakenStep(
                step: step.rawValue, submittedAt: submittedAt, finalAt: services.now(),
                block: final.blockNumber, blockTime: final.blockTime)
            keepStep(taken, of: id)
        } catch {
            logger.warning("trade \(id.value): \(step.rawValue): \(error)")
            let failures = min((trades[id]?.failures ?? 0) + 1, 6)
            trades[id]?.failures = failures
            trades[id]?.retryAt = services.now().advanced(
                byMilliseconds: min(500 << failures, 30_000))
        }
    }

    private func keepStep(_ step: TakenStep, of id: OfferID) {
        do {
            try store.keep(step, of: id)
        } catch {
            // Times are for measuring alone: a trade does not wait for them.
            logger.error("trade \(id.value): its step's time is lost: \(error)")
        }
    }
}

// Members and tokens.
extension Aggregator {
    /// Registers `member` on the ledger and writes down its `name`; returns when it is final.
    func register(
        _ member: Member, name: String?
    ) async throws(CallFailure) -> FinalTransaction {
        let final = try await services.submit(
            to: NativeContract.community, data: CommunityCall.register(member))
        do {
            try store.keep([member], names: name.map { [member.account: $0] } ?? [:])
            try keepMembers()
        } catch {
            logger.error("\(member.account) is registered, but not in the books: \(error)")
        }
        return final
    }

    /// Sells `amount` to `account` out of the aggregator's own tokens; returns when it is final.
    ///
    /// After a timeout the sale may still come about: look at the balance before another.
    func sell(
        to account: Address, amount: TokenAmount
    ) async throws(CallFailure) -> FinalTransaction {
        guard services.state().member(account) != nil else {
            throw .refused("\(account) is not a registered member")
        }
        let final = try await services.submit(
            to: NativeContract.token, data: TokenCall.transfer(to: account, amount: amount))
        do {
            try store.keepSale(to: account, amount: amount, final, at: services.now())
        } catch {
            logger.error("a sale to \(account) is final, but not in the books: \(error)")
        }
        return final
    }

    private func dueTopUps() -> [Address] {
        guard let topUp = settings.topUp, topUpsAgainAt <= services.now() else { return [] }
        let state = services.state()
        var left = state.account(services.account).balance.baseUnits
        let poor = households.filter { member in
            !member.isSuspended && !topUpsUnderWay.contains(member.account)
                && state.account(member.account).balance < topUp.below
        }
        return poor.map(\.account).filter { _ in
            guard left >= topUp.amount.baseUnits else { return false }
            left -= topUp.amount.baseUnits
            return true
        }
    }

    private func topUp(_ account: Address) async throws {
        guard let topUp = settings.topUp else { return }
        do throws(CallFailure) {
            _ = try await sell(to: account, amount: topUp.amount)
        } catch {
            logger.warning("no tokens for \(account): \(error)")
            topUpsAgainAt = services.now().advanced(byMilliseconds: 5_000)
        }
        topUpsUnderWay.remove(account)
    }
}
