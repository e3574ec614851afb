package import Ledger
package import Protocol

/// A member as Community gives it.
package struct MemberView {
    package let account: Address
    package let role: MemberRole
    package let meterKey: Address
    package let ratedPower: Watts
    package let certificateHash: Hash32
    package let isSuspended: Bool

    package init?(_ value: ABIValue) {
        guard let fields = value.elements, fields.count == 6, let account = fields[0].address,
            let role = fields[1].number(as: UInt8.self).flatMap(MemberRole.init),
            let meterKey = fields[2].address, let power = fields[3].number(as: UInt64.self),
            let certificate = fields[4].bytes.flatMap({ Hash32(bytes: $0) }),
            case .bool(let isSuspended) = fields[5]
        else { return nil }
        self.account = account
        self.role = role
        self.meterKey = meterKey
        ratedPower = Watts(power)
        certificateHash = certificate
        self.isSuspended = isSuspended
    }
}

/// An offer as EnergyMarket gives it.
package struct OfferView {
    package let id: UInt32
    package let seller: Address
    package let energy: WattHours
    package let price: TokenAmount
    package let timeOffered: MarketTime
    /// Nil if it stands until it is picked or cancelled.
    package let expires: MarketTime?
    package let status: TradeStatus
    /// Who alone may pick it; nil if anyone may.
    package let recipient: Address?

    package init?(_ value: ABIValue) {
        guard let fields = value.elements else { return nil }
        self.init(fields: fields)
    }

    fileprivate init?(fields: [ABIValue]) {
        guard fields.count >= 8, let id = fields[0].number(as: UInt32.self),
            let seller = fields[1].address, let energy = fields[2].number(as: UInt64.self),
            let price = fields[3].number(as: UInt64.self),
            let offered = fields[4].number(as: UInt64.self),
            let expires = fields[5].number(as: UInt64.self),
            let status = fields[6].number(as: UInt8.self).flatMap(TradeStatus.init),
            let recipient = fields[7].address
        else { return nil }
        self.id = id
        self.seller = seller
        self.energy = WattHours(energy)
        self.price = TokenAmount(price)
        timeOffered = MarketTime(seconds: offered)
        self.expires = expires == 0 ? nil : MarketTime(seconds: expires)
        self.status = status
        self.recipient = recipient == .zero ? nil : recipient
    }
}

/// A trade as EnergyMarket gives it.
package struct TradeView {
    /// A step that was taken.
    package struct Step {
        package let name: String
        package let block: UInt64
        package let time: MarketTime
    }

    package let offer: OfferView
    package let buyer: Address?
    package let aggregator: Address?
    /// The steps taken so far, in order.
    package let steps: [Step]
    package let delivered: WattHours
    package let sellerAmount: TokenAmount
    package let fee: TokenAmount
    package let returned: TokenAmount
    package let burned: TokenAmount

    package init?(_ value: ABIValue) {
        guard let fields = value.elements, fields.count == 23,
            let offer = OfferView(fields: fields),
            let buyer = fields[8].address, let aggregator = fields[9].address
        else { return nil }
        self.offer = offer
        self.buyer = buyer == .zero ? nil : buyer
        self.aggregator = aggregator == .zero ? nil : aggregator
        let names = [
            "offered", "picked", "paid", "first receipt", "delivered", offer.status.closingName,
        ]
        steps = zip(names, fields[10..<16]).compactMap { name, value in
            guard let parts = value.elements, parts.count == 2,
                let block = parts[0].number(as: UInt64.self), block > 0,
                let time = parts[1].number(as: UInt64.self)
            else { return nil }
            return Step(name: name, block: block, time: MarketTime(seconds: time))
        }
        // Before these stands what each of the two meters shows by itself.
        let amounts = fields[18..<23].compactMap { $0.number(as: UInt64.self) }
        guard amounts.count == 5 else { return nil }
        delivered = WattHours(amounts[0])
        sellerAmount = TokenAmount(amounts[1])
        fee = TokenAmount(amounts[2])
        returned = TokenAmount(amounts[3])
        burned = TokenAmount(amounts[4])
    }
}

extension TradeStatus {
    /// What a trade's last step is called where it ended so.
    fileprivate var closingName: String {
        switch self {
        case .settled, .cancelled, .expired, .refunded: name
        case .open, .picked, .paid, .delivered: "closed"
        }
    }
}
