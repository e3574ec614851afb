import Ledger
import Protocol

/// Does what a household's automatic trader decides; one round at a time, so that no decision rests
/// on a ledger without the effect of the one before.
struct OfferTrading: Sendable {
    private var trader: AutomaticTrader
    /// The calls of the round that is under way.
    private var underWay: [CallID: TradeAction] = [:]
    private var hasFailed = false
    private var failures: UInt64 = 0
    private var pause = Pause.none
    private var surplus = CountedSurplus()

    /// The owner's limits, which hold from the next decision on.
    var limits: TraderLimits {
        get { trader.limits }
        set { trader.limits = newValue }
    }

    init(account: Address, limits: TraderLimits) {
        trader = AutomaticTrader(account: account, limits: limits)
    }

    /// Begins a round if none is under way, by what the household's meter shows.
    mutating func work(
        _ reading: MeterReading, _ trades: OwnTrades, _ deliveries: MeterDeliveries,
        _ context: inout RoleContext
    ) {
        surplus.count(reading)
        guard underWay.isEmpty, pause.isOver(at: context.now) else { return }
        let situation = AutomaticTrader.Situation(
            state: context.state, height: context.head.number + 1, time: context.marketNow,
            power: reading.power, trades: trades,
            delivered: deliveries.over(among: trades.unfinished), surplus: surplus)
        for action in trader.actions(in: situation) {
            // What was not final in time may still become so: a second purchase must wait for it.
            let call = context.call(NativeContract.market, action.callData, once: true)
            underWay[call] = action
        }
    }

    /// Takes what one of the calls came to.
    mutating func finished(
        _ call: CallID, _ outcome: CallOutcome, _ context: inout RoleContext
    ) {
        guard let action = underWay.removeValue(forKey: call) else { return }
        if case .failure(let failure) = outcome {
            // Another may have been faster: that is the market, not a fault.
            context.log(.info, "\(action): \(failure)")
            hasFailed = true
        }
        guard underWay.isEmpty else { return }
        // From a second to half a minute after failures, and no time after a success.
        failures = hasFailed ? failures + 1 : 0
        if hasFailed { pause = Pause(from: context.now, afterFailures: failures) }
        hasFailed = false
    }
}
