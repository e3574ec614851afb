import Ledger
import Protocol

/// One of the five steps of a trade, in their order.
enum LoadStep: Int, CaseIterable {
    case offer, pick, payment, proof, settlement

    var name: String { MeasuredTrade.stepNames[rawValue] }

    /// Who takes it. The aggregator does what nobody else may: a pool takes so many a second of each
    /// member, and of the aggregator too.
    var party: LoadParty {
        switch self {
        case .offer, .proof: .seller
        case .pick, .payment: .buyer
        case .settlement: .aggregator
        }
    }

    var next: LoadStep? { LoadStep(rawValue: rawValue + 1) }
}

enum LoadParty {
    case seller, buyer, aggregator
}

/// A seller and a buyer who make one trade after the other, and what their meters sign.
struct TradePair {
    let seller: LoadMember
    let buyer: LoadMember
    /// The offer of the trade that is under way.
    private var id = OfferID(0)
    /// How many trades have been proved: each is of a watt-hour, which both registers move on by.
    private var delivered: UInt64 = 0

    /// What flows in a trade, in Wh: so little may be rounding, and needs no time.
    private static let energy: UInt32 = 1
    /// What it costs, in base units.
    private static let price: UInt32 = 100

    init(seller: LoadMember, buyer: LoadMember) {
        self.seller = seller
        self.buyer = buyer
    }

    /// Notes that the seller's offer has the number `id`.
    mutating func offered(_ id: OfferID) { self.id = id }

    /// What `step` calls when the market's clock shows `now`. A proof says that all flowed just now, which is
    /// after the payment and before the block that the proof comes into.
    mutating func call(_ step: LoadStep, at now: MarketTime, in domain: SigningDomain) -> Bytes {
        func receipt(
            _ member: LoadMember, _ direction: FlowDirection, _ energy: UInt32
        ) -> SignedMeterReceipt {
            MeterReceipt(
                tradeID: id, meter: member.meter.address, direction: direction,
                startRegister: WattHours(delivered),
                endRegister: WattHours(delivered + UInt64(energy)), startTime: now, endTime: now
            ).signed(by: member.meter, in: domain)
        }
        switch step {
        case .offer: return MarketCall.addOffer(energy: Self.energy, price: Self.price)
        case .pick: return MarketCall.pickOffer(id)
        case .payment: return MarketCall.confirmP2L(id, start: receipt(buyer, .import, 0))
        case .proof:
            defer { delivered += UInt64(Self.energy) }
            return MarketCall.proofOfDelivery(
                id, seller: receipt(seller, .export, Self.energy),
                buyer: receipt(buyer, .import, Self.energy))
        case .settlement: return MarketCall.confirmL2P(id)
        }
    }
}
