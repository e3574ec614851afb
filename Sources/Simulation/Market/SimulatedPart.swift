import Ledger
import Market
import Protocol

/// What a node does in the community besides holding the ledger.
enum SimulatedPart {
    case aggregator
    case exchange
    /// A household, with its meter's key and what it consumes and generates.
    case household(meter: SimulatedKey, ProfileSource)

    /// How many tokens the exchange mints when it first starts.
    private static let minted = TokenAmount(1_000_000_000)
    /// What the aggregator sells a household that has less than a tenth of it.
    private static let topUp: UInt64 = 50_000_000

    /// What households give away: a third of what they feed in, to all consumers alike. Where trade is
    /// measured they give nothing.
    private static func gifts(in state: LedgerState) -> [Address: UInt32] {
        let isMeasured = state.parameters.marketClock.rate == SimulatedCommunity.measuredRate
        let consumers = state.parameters.members.filter { !isMeasured && $0.role == .consumer }
        let share = UInt32(333 / max(consumers.count, 1))
        return Dictionary(uniqueKeysWithValues: consumers.map { ($0.account, share) })
    }

    /// The production's role, as it goes on from what `store` holds. A household `trades`, or its
    /// owner has switched that off.
    func role(
        of account: SimulatedKey, restoring store: SimulatedRoleStore, head: BlockHeader,
        state: LedgerState, trades: Bool, at now: Timestamp
    ) -> any Role {
        let identity = RoleIdentity(
            signer: account, head: head, state: state, scheme: SimulatedScheme())
        switch self {
        case .aggregator:
            var settings = AggregatorSettings()
            settings.topUp = .init(
                below: TokenAmount(Self.topUp / 10), amount: TokenAmount(Self.topUp))
            settings.purchaseLimit = TokenAmount(Self.topUp)
            return Aggregator(
                identity, restoring: store.aggregatorMemory(at: now), settings: settings)
        case .exchange:
            return Exchange(
                identity,
                initialMint: .init(aggregator: nil, amount: Self.minted, reference: "initial"))
        case .household(let meter, let profile):
            var settings = HouseholdSettings()
            settings.limits.isEnabled = trades
            settings.limits.mostTokensPerDay = TokenAmount(Self.topUp)
            settings.limits.gifts = Self.gifts(in: state)
            return Household(
                identity, meterKey: meter, source: .profile(profile),
                restoring: store.householdMemory, settings: settings, at: now)
        }
    }
}

extension HouseholdProfile {
    /// A day from midnight: what stands by all day, what is switched on now and then, most of it in
    /// the evening, and if there is a solar array, what it makes from six to eight in the evening.
    init(hasArray: Bool, generator: inout SeededGenerator) {
        let standby = generator.next(in: 10...40)
        let peak = hasArray ? generator.next(in: 400...1_500) : 0
        let slots = (UInt64(0)..<96).map { slot in
            let isEvening = (68..<92).contains(slot)
            let use =
                generator.chance(permille: isEvening ? 600 : 250)
                ? generator.next(in: 20...400) : 0
            let sinceDawn = slot < 24 ? 0 : min(slot - 24, 80 - min(slot, 80))
            return Slot(
                consumed: WattHours(standby + use), generated: WattHours(peak * sinceDawn / 28))
        }
        self.init(start: MarketTime(seconds: 0), slots: slots)
    }
}
