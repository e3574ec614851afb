import Protocol

enum MarketFunction: NativeFunction {
    case addOffer
    case addOfferExpiring
    case addOfferTo
    case addOfferToExpiring
    case pickOffer
    case confirmP2L
    case releaseOffer
    case proofOfDelivery
    case handInReceipt
    case confirmL2P
    case cancelOffer
    case refund
    case claim
    case offer
    case trade
    case listOffers
    case cheapestOffers
    case offersTo
    case tradesOf

    static let table = FunctionTable<MarketFunction>()

    private static let recipient = [ABIParameter("recipient", .address)]

    var definition: ABIFunction {
        let id = [ABIParameter("id", .uint(32))]
        let terms = [ABIParameter("energy", .uint(32)), ABIParameter("price", .uint(32))]
        let page = [ABIParameter("from", .uint(32)), ABIParameter("count", .uint(32))]
        switch self {
        case .addOffer: return ABIFunction("addOffer", terms, returns: id)
        case .addOfferExpiring:
            return ABIFunction(
                "addOffer", terms + [ABIParameter("expires", .uint(64))], returns: id)
        case .addOfferTo:
            return ABIFunction("addOfferTo", terms + Self.recipient, returns: id)
        case .addOfferToExpiring:
            return ABIFunction(
                "addOfferTo", terms + Self.recipient + [ABIParameter("expires", .uint(64))],
                returns: id)
        case .pickOffer: return ABIFunction("pickOffer", id)
        case .confirmP2L:
            return ABIFunction("confirmP2L_Tx", id + [ABIParameter("start", MarketTypes.receipt)])
        case .releaseOffer: return ABIFunction("releaseOffer", id)
        case .handInReceipt:
            return ABIFunction(
                "handInReceipt", id + [ABIParameter("receipt", MarketTypes.receipt)])
        case .proofOfDelivery:
            let receipts = [
                ABIParameter("seller", MarketTypes.receipt),
                ABIParameter("buyer", MarketTypes.receipt),
            ]
            return ABIFunction("PoD", id + receipts)
        case .confirmL2P: return ABIFunction("confirmL2P_Tx", id)
        case .cancelOffer: return ABIFunction("cancelOffer", id)
        case .refund: return ABIFunction("refund", id)
        case .claim: return ABIFunction("claim", id)
        case .offer: return .view("offer", id, returns: ABIParameter("offer", MarketTypes.offer))
        case .trade: return .view("trade", id, returns: ABIParameter("trade", MarketTypes.trade))
        case .listOffers:
            return .view(
                "listOffers", page, returns: ABIParameter("offers", .array(MarketTypes.offer)))
        case .cheapestOffers:
            return .view(
                "cheapestOffers", [ABIParameter("count", .uint(32))],
                returns: ABIParameter("offers", .array(MarketTypes.offer)))
        case .offersTo:
            return .view(
                "offersTo", Self.recipient + [ABIParameter("count", .uint(32))],
                returns: ABIParameter("offers", .array(MarketTypes.offer)))
        case .tradesOf:
            return .view(
                "tradesOf", [ABIParameter("account", .address)] + page,
                returns: ABIParameter("ids", .array(.uint(32))))
        }
    }
}

/// The tuples that EnergyMarket takes and gives.
enum MarketTypes {
    /// A meter's signed receipt.
    static let receipt: ABIType = .tuple([
        ABIParameter("tradeId", .uint(32)), ABIParameter("meter", .address),
        ABIParameter("direction", .uint(8)), ABIParameter("startRegister", .uint(64)),
        ABIParameter("endRegister", .uint(64)), ABIParameter("startTime", .uint(64)),
        ABIParameter("endTime", .uint(64)), ABIParameter("signature", .bytes),
    ])

    /// An offer.
    static let offer: ABIType = .tuple(offerFields)

    /// A trade with each step's block and time; a step not taken is all zero.
    static let trade: ABIType = .tuple(
        offerFields + [
            ABIParameter("buyer", .address), ABIParameter("aggregator", .address),
            ABIParameter("offered", step), ABIParameter("picked", step),
            ABIParameter("paid", step), ABIParameter("firstReceipt", step),
            ABIParameter("delivered", step), ABIParameter("closed", step),
            ABIParameter("exported", .uint(32)), ABIParameter("imported", .uint(32)),
            ABIParameter("deliveredEnergy", .uint(32)),
            ABIParameter("sellerAmount", .uint(32)), ABIParameter("fee", .uint(32)),
            ABIParameter("returned", .uint(32)), ABIParameter("burned", .uint(32)),
        ])

    private static let offerFields = [
        ABIParameter("id", .uint(32)), ABIParameter("seller", .address),
        ABIParameter("energy", .uint(32)), ABIParameter("price", .uint(32)),
        ABIParameter("timeOffered", .uint(64)), ABIParameter("expires", .uint(64)),
        ABIParameter("status", .uint(8)), ABIParameter("recipient", .address),
    ]

    private static let step: ABIType = .tuple([
        ABIParameter("blockNumber", .uint(64)), ABIParameter("time", .uint(64)),
    ])
}
