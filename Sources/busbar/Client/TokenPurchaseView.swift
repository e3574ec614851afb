import Ledger
import Protocol

/// A member's last purchase of tokens as EnergyToken gives it.
struct TokenPurchaseView {
    let number: UInt32
    let status: TokenPurchase.Status
    let seller: Address
    let amount: TokenAmount
    let reference: String

    /// Nil if there is none.
    init?(_ values: [ABIValue]) {
        guard values.count == 5, let number = values[0].number(as: UInt32.self),
            let status = values[1].number(as: UInt8.self).flatMap(TokenPurchase.Status.init),
            let seller = values[2].address, let amount = values[3].number(as: UInt64.self),
            let reference = values[4].text
        else { return nil }
        self.number = number
        self.status = status
        self.seller = seller
        self.amount = TokenAmount(amount)
        self.reference = reference
    }

    /// The purchase of `buyer` for programs.
    func json(of buyer: Address) -> JSONValue {
        [
            "buyer": .text(buyer.checksummed), "number": .integer(Int64(number)),
            "status": .text(status.name), "seller": .text(seller.checksummed),
            "amount": .text(String(amount.baseUnits)), "reference": .text(reference),
        ]
    }
}
