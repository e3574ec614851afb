import Ledger
import Protocol

extension Household {
    /// Does what the trader decides, and waits until it is final; one round at a time, so that no
    /// decision rests on a ledger without the effect of the one before.
    func work() async throws {
        guard !isTrading, services.now() >= tradesAgainAt else { return }
        let state = services.state()
        trades.follow(state, at: headTime)
        let situation = AutomaticTrader.Situation(
            state: state, time: services.marketNow(), power: meter.reading.power, trades: trades)
        let actions = trader.actions(in: situation)
        guard !actions.isEmpty else { return }
        isTrading = true
        defer { isTrading = false }
        let failed = await perform(actions)
        pause(afterFailure: failed)
    }

    /// Performs all of `actions` at once; whether one of them failed.
    private func perform(_ actions: [TradeAction]) async -> Bool {
        await withTaskGroup(of: Bool.self) { group in
            for action in actions {
                group.addTask { await self.perform(action) }
            }
            var hasFailed = false
            for await failed in group where failed { hasFailed = true }
            return hasFailed
        }
    }

    private func perform(_ action: TradeAction) async -> Bool {
        do {
            _ = try await services.submit(to: NativeContract.market, data: action.callData)
            return false
        } catch {
            // Another may have been faster: that is the market, not a fault.
            logger.info("\(action): \(error)")
            return true
        }
    }

    /// Waits after failures: from a second to half a minute, and no time after a success.
    private func pause(afterFailure failed: Bool) {
        failures = failed ? min(failures + 1, 5) : 0
        guard failed else { return }
        let pause: UInt64 = min(500 << failures, 30_000)
        tradesAgainAt = services.now().advanced(byMilliseconds: pause)
    }
}
