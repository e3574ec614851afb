package import Ledger
package import Protocol

/// A trade as an aggregator writes it down: how the ledger has it, and what the households said of
/// its delivery.
package struct KeptTrade: Hashable, Sendable {
    /// The trade's number.
    package let id: OfferID
    package let seller: Address
    package let buyer: Address
    package let energy: WattHours
    package let price: TokenAmount
    package let status: TradeStatus
    package let deliveredEnergy: WattHours
    /// What the seller's meter showed when delivery began, and signed when it ended.
    package let sellerBegan: MeterReading?
    package let sellerReceipt: SignedMeterReceipt?
    /// What the buyer's meter showed when delivery began, and signed when it ended.
    package let buyerBegan: MeterReading?
    package let buyerReceipt: SignedMeterReceipt?

    package init(
        id: OfferID, seller: Address, buyer: Address, energy: WattHours, price: TokenAmount,
        status: TradeStatus, deliveredEnergy: WattHours, sellerBegan: MeterReading?,
        sellerReceipt: SignedMeterReceipt?, buyerBegan: MeterReading?,
        buyerReceipt: SignedMeterReceipt?
    ) {
        self.id = id
        self.seller = seller
        self.buyer = buyer
        self.energy = energy
        self.price = price
        self.status = status
        self.deliveredEnergy = deliveredEnergy
        self.sellerBegan = sellerBegan
        self.sellerReceipt = sellerReceipt
        self.buyerBegan = buyerBegan
        self.buyerReceipt = buyerReceipt
    }
}

extension TradeProgress {
    /// What is written down of it.
    var kept: KeptTrade {
        KeptTrade(
            id: id, seller: seller.account, buyer: buyer.account, energy: trade.offer.energy,
            price: trade.offer.price, status: trade.status,
            deliveredEnergy: trade.deliveredEnergy, sellerBegan: seller.began,
            sellerReceipt: seller.receipt, buyerBegan: buyer.began, buyerReceipt: buyer.receipt)
    }
}

/// A step that the aggregator took for a trade, and when.
package struct TakenStep: Hashable, Sendable {
    /// The step's name: the contract's function.
    package let step: String
    /// When it was submitted.
    package let submittedAt: Timestamp
    /// When the aggregator knew that it is final.
    package let finalAt: Timestamp
    /// The height of its block.
    package let block: UInt64
    /// The time of its block.
    package let blockTime: Timestamp
}
