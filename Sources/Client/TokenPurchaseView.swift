package import API
package import Ledger
package import Protocol

/// A member's last purchase of tokens as EnergyToken gives it.
package struct TokenPurchaseView {
    package let number: UInt32
    package let status: TokenPurchase.Status
    package let seller: Address
    package let amount: TokenAmount
    package let reference: UntrustedText

    /// Nil if there is none.
    package init?(_ values: [ABIValue]) {
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
    package func json(of buyer: Address) -> JSON {
        [
            "buyer": .string(buyer.checksummed), "number": .number(number),
            "status": .string(status.name), "seller": .string(seller.checksummed),
            "amount": .string(String(amount.baseUnits)), "reference": .string(reference),
        ]
    }
}
