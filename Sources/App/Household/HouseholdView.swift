import API
import Ledger
import Market
import Protocol
import Storage

/// What a household's app shows of one moment: the role's figures and the ledger, taken together.
struct HouseholdView {
    let identity: NodeIdentity
    let settings: AppSettings
    let node: NodeSnapshot
    let figures: RoleFigures
    let now: Timestamp
    /// The household's trades that ended lately, for the lamps.
    let ended: EndedTrade?

    var account: Address { identity.account }

    var marketNow: MarketTime { node.marketTime(at: now) }

    /// Everything that the first panel needs.
    func household(running: [JSON], today: JSON) -> JSON {
        let state = node.state
        let member = state.member(account)
        return [
            "name": .string(identity.name), "street": .string(state.parameters.name),
            "account": .address(account),
            "aggregator": .addressIfAny(state.aggregator(of: account)),
            "role": .string(member?.role.name),
            "ratedPowerWatts": member.map { .number($0.ratedPower.value) } ?? .null,
            "suspended": .bool(member?.isSuspended ?? false),
            "suspensionReason": suspensionReason(member), "isRegistered": .bool(member != nil),
            "balance": .amount(state.account(account).balance), "escrow": .amount(escrow),
            "due": .amount(due), "time": .time(now), "market": market,
            "timeZone": settings.zoneName,
            "day": .string(settings.days.day(of: marketNow)),
            "peakWatts": .number(peak(of: member)), "live": live(), "today": today,
            "running": .array(running), "tariff": settings.tariff,
            "isTrading": .bool(figures.limits?.isEnabled ?? settings.isTrading),
            "standing": standing(), "led": led().json,
            "isNew": .bool(state.account(account).tradeCount == 0),
            "deliverySeconds": .number(state.parameters.deliveryWindow),
        ]
    }

    /// Why the household is suspended; null if it is not, or nobody has told.
    private func suspensionReason(_ member: Member?) -> JSON {
        member?.isSuspended == true ? .string(figures.suspensionReason?.verbatim) : .null
    }

    var market: JSON {
        [
            "time": .time(marketNow), "rate": .number(node.state.parameters.marketClock.rate),
        ]
    }

    /// The scale of the picture: half of what the connection carries, five kilowatts at least.
    private func peak(of member: Member?) -> UInt64 {
        max((member?.ratedPower.value ?? 0) / 2, 5_000)
    }

    /// The trades that somebody has picked and that are not over, the latest first.
    var running: [Trade] {
        figures.trades.filter { $0.status != .open }.sorted { $0.offer.id > $1.offer.id }
    }

    /// What lies in escrow for the household's purchases.
    private var escrow: TokenAmount {
        TokenAmount(
            running.filter { $0.buyer == account }.reduce(0) { $0 + $1.offer.price.baseUnits })
    }

    /// What its running sales will bring at most.
    private var due: TokenAmount {
        TokenAmount(
            running.filter { $0.offer.seller == account }.reduce(0) {
                $0 + $1.offer.price.baseUnits
            })
    }
}

// The meter.
extension HouseholdView {
    /// What the meter shows; null before its first reading.
    func live() -> JSON {
        guard let reading = figures.reading else { return .null }
        // While a delivery goes on, all that flows its way counts for it.
        let direction = reading.power < 0
        let isShared = running.contains { trade in
            figures.flowed[trade.offer.id] != nil && (trade.offer.seller == account) == direction
        }
        return [
            "time": .time(node.state.parameters.marketClock.timestamp(of: reading.time)),
            "marketTime": .time(reading.time), "connectionWatts": .number(reading.power),
            "generationWatts": .null,
            "neighboursWatts": .number(isShared ? reading.power.magnitude : 0),
            "split": "measured", "splitOf": .null,
            "importRegisterWh": .number(reading.importRegister.value),
            "exportRegisterWh": .number(reading.exportRegister.value),
        ]
    }

    /// A trade as the ledger tells of it, and what the household has to do with it.
    func trade(_ stored: StoredTrade, why: JSON) -> JSON {
        let current = figures.trades.first { $0.offer.id == stored.id }
        let side: JSON =
            stored.seller == account ? "seller" : stored.buyer == account ? "buyer" : .null
        let progress = current.map { trade -> JSON in
            [
                "ownWh": .number(flowed(trade)?.value ?? 0),
                "deadline": deadline(trade).map { .time($0) } ?? .null,
            ]
        }
        let isDelivering = current.map { [.picked, .paid].contains($0.status) } ?? false
        return [
            "trade": RESTFormat.trade(stored, at: marketNow), "side": side,
            "progress": isDelivering ? progress ?? .null : .null, "waiting": .null,
            "why": why,
        ]
    }

    /// How much has flowed for it here, no more than was sold; nil before it begins.
    func flowed(_ trade: Trade) -> WattHours? {
        figures.flowed[trade.offer.id].map { min($0, trade.offer.energy) }
    }

    /// When what is not delivered goes back to the buyer.
    func deadline(_ trade: Trade) -> MarketTime? {
        (trade.paid ?? trade.picked)?.time.advanced(
            bySeconds: UInt64(node.state.parameters.deliveryWindow))
    }
}

// The ledger.
extension HouseholdView {
    /// Whether the ledger goes on.
    func standing() -> JSON { Standing.json(node, of: identity, now) }

    /// What the lamps show.
    func led() -> LED {
        if node.stalledSince(at: now) != nil {
            return LED(state: .stalled, sentence: "Nothing becomes final at the moment.")
        }
        guard node.state.member(account)?.isSuspended != true else {
            return LED(state: .attention, sentence: "This household is suspended.")
        }
        if let trade = running.first { return led(of: trade) }
        if let ended { return ended.led }
        guard figures.reading != nil else {
            return LED(state: .offline, sentence: "The meter is silent.")
        }
        return LED(state: .idle, sentence: "Nothing under way.")
    }

    private func led(of trade: Trade) -> LED {
        let isSale = trade.offer.seller == account
        let (energy, flowed) = (trade.offer.energy.value, flowed(trade)?.value ?? 0)
        let steps =
            switch trade.status {
            case .picked: 2
            case .paid: self.flowed(trade) == nil ? 3 : 4
            default: 4
            }
        let verb = isSale ? "selling" : "buying"
        return LED(
            state: isSale ? .selling : .buying, steps: steps,
            eighths: energy == 0 ? 0 : Int(flowed * 8 / energy),
            sentence: "You are \(verb): \(flowed) of \(energy) Wh delivered.")
    }
}

/// How a trade of the household ended, while that is news.
struct EndedTrade: Hashable, Sendable {
    let isSettled: Bool
    let at: Timestamp

    var led: LED {
        isSettled
            ? LED(state: .done, steps: 5, eighths: 8, sentence: "Paid out.")
            : LED(state: .failed, sentence: "Nothing arrived; the tokens went back.")
    }
}

extension MarketClock {
    /// The ledger's time when the market's is `time`.
    func timestamp(of time: MarketTime) -> Timestamp {
        let elapsed = time.seconds - min(origin.seconds, time.seconds)
        return Timestamp(
            milliseconds: ledgerOrigin.milliseconds + milliseconds(forMarketSeconds: elapsed))
    }
}
