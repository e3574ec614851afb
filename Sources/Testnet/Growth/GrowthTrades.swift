import Console
import Ledger
import Protocol

/// Fills a chain with members and their trades.
struct GrowthTrades {
    private(set) var chain: GrowthChain
    private let plan: GrowthPlan
    private let signers: KnownSigners
    private var parties: GrowthParties
    /// When the first wave begins.
    private let start: Timestamp
    private let interval: UInt64
    private(set) var waves = 0

    /// From one step of a wave to the next, in milliseconds; and how long all of its deliveries take
    /// together.
    private static let step: UInt64 = 1_000
    private static let delivery: UInt64 = 10_000
    /// How long one of them takes, in seconds of the market.
    private static let deliverySeconds: UInt64 = 20

    /// How long before the present a chain must begin so that it ends before it, in milliseconds.
    static func span(of plan: GrowthPlan) -> UInt64 {
        plan.interval(keptSeconds: Rules().keptSeconds) * UInt64(plan.waves + 1) + 600_000
    }

    init(
        _ plan: GrowthPlan, _ parties: GrowthParties, _ signers: KnownSigners, chain: GrowthChain
    ) {
        self.plan = plan
        self.parties = parties
        self.signers = signers
        self.chain = chain
        interval = plan.interval(keptSeconds: Rules().keptSeconds)
        start = chain.genesis.timestamp.advanced(byMilliseconds: 120_000)
    }

    var trades: Int { waves * plan.wave }

    mutating func paused<Result>(
        _ body: (_ directory: String) async throws -> Result
    ) async throws -> Result {
        try await chain.paused(body)
    }

    mutating func close() async throws { try await chain.close() }

    /// Registers all members and gives them tokens.
    mutating func begin() async throws {
        let households = parties.sellers + parties.buyers
        let amount = TokenAmount(GrowthPlan.funds)
        let all = TokenAmount(GrowthPlan.funds * UInt64(households.count))
        let mint = TokenCall.mint(to: parties.aggregator.address, amount: all, reference: "growth")
        var calls = [
            GrowthChain.Call(
                sender: parties.exchange, target: NativeContract.token, data: mint)
        ]
        func add(_ target: Address, _ data: Bytes) {
            calls.append(
                GrowthChain.Call(sender: parties.aggregator, target: target, data: data))
        }
        let roles: [(MemberRole, [GrowthHousehold])] = [
            (.prosumer, parties.sellers), (.consumer, parties.buyers),
        ]
        for (role, households) in roles {
            for household in households.dropFirst() {
                add(NativeContract.community, CommunityCall.register(household.member(role)))
            }
        }
        for household in households {
            add(
                NativeContract.token,
                TokenCall.transfer(to: household.account.address, amount: amount))
        }
        let time = chain.genesis.timestamp.advanced(byMilliseconds: 1_000)
        try await chain.add(calls, at: time)
    }

    /// One trade of a wave.
    private struct Pair {
        let id: OfferID
        let seller: Int
        let buyer: Int
        /// When its delivery begins, in seconds after the wave's deliveries begin.
        let after: UInt64
    }

    private func pairs() -> [Pair] {
        let first = chain.state.nextOfferID?.value ?? 0
        // In the first waves the measured buyer may pick fewer at once.
        let own = min(
            plan.ownTrades,
            chain.state.picksLeft(
                of: parties.buyers[0].account.address, at: chain.head.number + 1))
        let others = plan.wave - plan.ownTrades
        return (0..<own + others).map { place in
            let id = OfferID(first + UInt32(place))
            let isOwn = place < own
            let turn = waves * others + place - own
            return Pair(
                id: id, seller: isOwn ? 0 : 1 + turn % (parties.sellers.count - 1),
                buyer: isOwn ? 0 : 1 + turn % (parties.buyers.count - 1),
                after: isOwn ? UInt64(place) * Self.deliverySeconds : 0)
        }
    }

    /// Makes a wave of trades, each from its offer to its settlement.
    mutating func makeWave() async throws {
        let begin = start.advanced(byMilliseconds: UInt64(waves) * interval)
        let pairs = pairs()
        func at(_ milliseconds: UInt64) -> Timestamp {
            begin.advanced(byMilliseconds: milliseconds)
        }
        try await add(pairs, at(0)) { pair, parties in
            let price = 400 + pair.id.value % 16
            return (
                parties.sellers[pair.seller].account,
                MarketCall.addOffer(energy: GrowthPlan.energy, price: price)
            )
        }
        try await add(pairs, at(Self.step)) { pair, parties in
            (parties.buyers[pair.buyer].account, MarketCall.pickOffer(pair.id))
        }
        let present = chain.genesis.marketClock.time(at: at(2 * Self.step))
        let starts = pairs.map { pair in
            GrowthChain.Call(
                sender: parties.aggregator, target: NativeContract.market,
                data: MarketCall.confirmP2L(pair.id, start: self.start(of: pair, at: present)))
        }
        try await chain.add(starts, at: at(2 * Self.step))
        let delivery = chain.genesis.marketClock.time(at: at(3 * Self.step))
        let proofs = pairs.map { proof(of: $0, from: delivery.advanced(bySeconds: $0.after)) }
        try await chain.add(proofs, at: at(3 * Self.step + Self.delivery))
        try await add(pairs, at(4 * Self.step + Self.delivery)) { pair, parties in
            (parties.aggregator, MarketCall.confirmL2P(pair.id))
        }
        waves += 1
    }

    private mutating func add(
        _ pairs: [Pair], _ time: Timestamp,
        _ call: (Pair, GrowthParties) -> (sender: PrivateKey, data: Bytes)
    ) async throws {
        let calls = pairs.map { pair in
            let (sender, data) = call(pair, parties)
            return GrowthChain.Call(sender: sender, target: NativeContract.market, data: data)
        }
        try await chain.add(calls, at: time)
    }

    private mutating func proof(of pair: Pair, from time: MarketTime) -> GrowthChain.Call {
        let exported = receipt(pair, &parties.sellers[pair.seller], .export, time)
        let imported = receipt(pair, &parties.buyers[pair.buyer], .import, time)
        return GrowthChain.Call(
            sender: parties.aggregator, target: NativeContract.market,
            data: MarketCall.proofOfDelivery(pair.id, seller: exported, buyer: imported))
    }

    /// What the buyer's meter signs before its payment stands: that it is there.
    private func start(of pair: Pair, at time: MarketTime) -> SignedMeterReceipt {
        let household = parties.buyers[pair.buyer]
        let register = WattHours(household.register)
        let receipt = MeterReceipt(
            tradeID: pair.id, meter: household.meter.address, direction: .import,
            startRegister: register, endRegister: register, startTime: time, endTime: time)
        let signature = signers.sign(receipt.digest(in: chain.state.domain), by: household.meter)
        return SignedMeterReceipt(receipt: receipt, signature: signature)
    }

    private func receipt(
        _ pair: Pair, _ household: inout GrowthHousehold, _ direction: FlowDirection,
        _ time: MarketTime
    ) -> SignedMeterReceipt {
        let start = household.register
        household.register += UInt64(GrowthPlan.energy)
        let receipt = MeterReceipt(
            tradeID: pair.id, meter: household.meter.address, direction: direction,
            startRegister: WattHours(start), endRegister: WattHours(household.register),
            startTime: time, endTime: time.advanced(bySeconds: Self.deliverySeconds))
        let signature = signers.sign(receipt.digest(in: chain.state.domain), by: household.meter)
        return SignedMeterReceipt(receipt: receipt, signature: signature)
    }
}
