import Protocol

// Purchases: members buy tokens of an aggregator on the ledger, and it sells or declines each once.
// How the tokens are paid for is between the two; the reference names it.
extension TokenContract {
    static func openPurchase(
        _ arguments: inout ABIFields, in run: inout BlockExecutor
    ) throws(Revert) {
        let seller = try arguments.address("seller")
        let amount: TokenAmount = try arguments.quantity("amount")
        let reference = try arguments.text("reference")
        let role = try run.registered(run.sender).role
        guard role.isHousehold else {
            throw Revert("\(run.sender) is \(role.withArticle): households buy tokens")
        }
        guard let member = run.overlay.member(seller), member.role == .aggregator else {
            throw Revert("\(seller) is not an aggregator: tokens are bought of aggregators")
        }
        guard amount > .zero else { throw Revert("the amount is 0") }
        try requireText(reference, "reference", of: 0...Limits.textBytes)
        let last = run.overlay.tokenPurchase(of: run.sender)
        if let last, last.isOpen {
            throw Revert("purchase \(last.number) is still open: cancel it first")
        }
        let before = last?.number ?? 0
        guard before < .max else { throw Revert("no number is left for another purchase") }
        let purchase = TokenPurchase(
            number: before + 1, status: .open, seller: seller, amount: amount,
            reference: reference)
        run.overlay.set(.tokenPurchase(run.sender), purchase)
        run.emit(
            TokenEvent.purchaseOpened(
                buyer: run.sender, seller: seller, number: purchase.number, amount: amount,
                reference: reference
            ).log)
    }

    /// Takes the sender's open purchase back.
    static func cancelPurchase(in run: inout BlockExecutor) throws(Revert) {
        guard let purchase = run.overlay.tokenPurchase(of: run.sender), purchase.isOpen else {
            throw Revert("\(run.sender) has no open purchase")
        }
        close(purchase, of: run.sender, as: .cancelled, in: &run)
        run.emit(TokenEvent.purchaseCancelled(buyer: run.sender, number: purchase.number).log)
    }

    /// Moves the ordered tokens from the seller to the buyer.
    static func sell(
        _ arguments: inout ABIFields, in run: inout BlockExecutor
    ) throws(Revert) {
        let (buyer, purchase) = try purchase(&arguments, in: run)
        close(purchase, of: buyer, as: .sold, in: &run)
        try run.moveTokens(from: run.sender, to: buyer, amount: purchase.amount)
        run.emit(
            TokenEvent.sold(
                buyer: buyer, seller: run.sender, number: purchase.number, amount: purchase.amount
            ).log)
    }

    /// Closes a purchase without a sale.
    static func declinePurchase(
        _ arguments: inout ABIFields, in run: inout BlockExecutor
    ) throws(Revert) {
        let (buyer, purchase) = try purchase(&arguments, in: run)
        let reason = try arguments.text("reason")
        try requireText(reason, "reason", of: 1...Limits.textBytes)
        close(purchase, of: buyer, as: .declined, in: &run)
        run.emit(
            TokenEvent.purchaseDeclined(
                buyer: buyer, seller: run.sender, number: purchase.number, reason: reason
            ).log)
    }

    /// The open purchase that a call of its seller names by buyer and number.
    private static func purchase(
        _ arguments: inout ABIFields, in run: BlockExecutor
    ) throws(Revert) -> (buyer: Address, purchase: TokenPurchase) {
        let buyer = try arguments.address("buyer")
        let number: UInt32 = try arguments.number("number")
        guard let purchase = run.overlay.tokenPurchase(of: buyer), purchase.number >= number,
            number > 0
        else { throw Revert("\(buyer) has no purchase \(number)") }
        guard purchase.number == number, purchase.isOpen else {
            throw Revert("purchase \(number) of \(buyer) is not open any more")
        }
        guard purchase.seller == run.sender else {
            throw Revert("purchase \(number) of \(buyer) is for \(purchase.seller) to sell")
        }
        return (buyer, purchase)
    }

    private static func close(
        _ purchase: TokenPurchase, of buyer: Address, as status: TokenPurchase.Status,
        in run: inout BlockExecutor
    ) {
        var closed = purchase
        closed.status = status
        run.overlay.set(.tokenPurchase(buyer), closed)
    }

    /// Throws unless `text`, which is the call's `what`, has so many bytes.
    static func requireText(
        _ text: UntrustedText, _ what: String, of counts: ClosedRange<Int>
    ) throws(Revert) {
        let count = text.verbatim.utf8.count
        guard counts ~= count else {
            throw Revert(
                "the \(what) has \(count) bytes, not \(counts.lowerBound) to "
                    + "\(counts.upperBound)")
        }
        guard text.isPlain else {
            throw Revert("the \(what) has control or invisible characters")
        }
    }
}
