import Ledger
import Protocol

/// One household's part in a delivery, as its aggregator sees it.
struct DeliverySide: Hashable, Sendable {
    /// What the aggregator last told the meter to do, and when.
    struct Command: Hashable, Sendable {
        /// Whether it was to end; else to begin.
        var isEnd: Bool
        /// How much it was to sign for, if it was to end.
        var energy = WattHours.zero
        /// How long it waits for its answer before it is sent again.
        var pause: Pause
    }

    let account: Address
    let meter: Address
    /// Which register counts.
    let direction: FlowDirection
    /// What the meter showed when delivery began; nil before.
    var began: MeterReading?
    /// What the meter signed when it ended; nil before.
    var receipt: SignedMeterReceipt?
    /// The last command; nil before the first.
    var command: Command?

    /// How much the meter has signed for; nil before.
    var signed: WattHours? {
        receipt.map { $0.receipt.endRegister - $0.receipt.startRegister }
    }

    /// Whether the meter has still to note where delivery begins.
    var isToBegin: Bool { began == nil && receipt == nil }

    /// Takes `signed` if it is the meter's word on this delivery; why not, if it is not.
    mutating func take(
        _ signed: SignedMeterReceipt, in domain: SigningDomain, scheme: some SignatureScheme
    ) -> String? {
        let content = signed.receipt
        guard content.meter == meter, content.direction == direction else {
            return "the receipt is of another meter or direction"
        }
        guard content.startRegister <= content.endRegister, content.startTime <= content.endTime
        else { return "the receipt runs backwards" }
        guard scheme.signer(of: signed.signature, over: content.digest(in: domain)) == meter else {
            return "the receipt is not signed by the meter"
        }
        receipt = signed
        return nil
    }
}

extension WattHours {
    /// The difference; none where the register went back.
    static func - (left: Self, right: Self) -> WattHours {
        WattHours(left.value - min(right.value, left.value))
    }
}

/// A trade that somebody has picked, on its way through the aggregator's steps.
struct TradeProgress: Sendable {
    var trade: Trade
    var seller: DeliverySide
    var buyer: DeliverySide
    /// The buyer's meter's word that it is there, which the ledger would take; nil before, and once it is
    /// too old.
    var start: SignedMeterReceipt?
    /// How much has flowed for it at both ends, as the latest readings tell.
    var matched = WattHours.zero
    /// The call of a step that has been submitted and is not final.
    var call: CallID?
    /// How many attempts at the next step have failed.
    var failures: UInt64 = 0
    /// How long the next step is not tried.
    var pause = Pause.none

    var id: OfferID { trade.offer.id }
    /// Where both parts stand, the seller's first.
    static var sidePaths: [WritableKeyPath<TradeProgress, DeliverySide>] { [\.seller, \.buyer] }

    /// Until when the ledger accepts a proof of delivery.
    func deadline(window: UInt64) -> MarketTime {
        (trade.picked ?? trade.offered).time.advanced(bySeconds: window)
    }
}

/// What an aggregator does for a trade on the ledger.
enum AggregatorStep: String, CaseIterable, Sendable {
    /// Registers that the peer's payment stands in escrow, with the buyer's start.
    case confirmPayment = "confirmP2L_Tx"
    /// Gives a pick up whose buyer's meter signs no start.
    case release = "releaseOffer"
    /// Proves delivery by both meters' receipts.
    case proveDelivery = "PoD"
    /// Releases the payment.
    case releasePayment = "confirmL2P_Tx"
    /// Gives the escrow back: nothing came of the trade in time.
    case refund = "refund"
    /// Pays the seller's share: the buyer's receipt never came.
    case payShare = "claim"
}

extension TradeProgress {
    /// What is due at `now`.
    ///
    /// - Parameter times: how long the ledger gives the buyer's side to answer.
    func dueStep(at now: MarketTime, _ plan: DeliveryPlan, _ times: AnswerTimes) -> AggregatorStep?
    {
        let deadline = deadline(window: plan.window)
        let isLate = deadline < now
        switch trade.status {
        case .picked:
            if isLate { return .refund }
            if start != nil { return .confirmPayment }
            let picked = (trade.picked ?? trade.offered).time
            return picked.advanced(bySeconds: times.start) < now ? .release : nil
        case .paid:
            if isLate, trade.exported != nil {
                return deadline.advanced(bySeconds: times.receipt) < now ? .payShare : nil
            }
            if isLate { return .refund }
            guard let sold = seller.signed, let bought = buyer.signed, sold > .zero, bought > .zero
            else { return nil }
            return .proveDelivery
        case .delivered: return .releasePayment
        case .open, .settled, .cancelled, .expired, .refunded: return nil
        }
    }

    /// The call that takes `step`; nil if its receipts are missing.
    func callData(of step: AggregatorStep) -> Bytes? {
        switch step {
        case .confirmPayment: return start.map { MarketCall.confirmP2L(id, start: $0) }
        case .release: return MarketCall.releaseOffer(id)
        case .payShare: return MarketCall.claim(id)
        case .releasePayment: return MarketCall.confirmL2P(id)
        case .refund: return MarketCall.refund(id)
        case .proveDelivery:
            guard let sold = seller.receipt, let bought = buyer.receipt else { return nil }
            return MarketCall.proofOfDelivery(id, seller: sold, buyer: bought)
        }
    }
}
