import Protocol

/// EnergyToken's orders: members order tokens of an aggregator on the ledger, and it sells or
/// declines each once. How the tokens are paid for is between the two; the reference names it.
enum TokenOrders {
    /// Opens an order of the sender.
    static func order(
        _ arguments: inout CallArguments, in run: inout BlockRun
    ) throws(Revert) {
        let seller = try arguments.address("seller")
        let amount = TokenAmount(try arguments.number("amount"))
        let reference = try arguments.text("reference")
        try requireHousehold(run.sender, in: run.workspace)
        guard let member = run.workspace.member(seller), member.role == .aggregator else {
            throw Revert("\(seller) is not an aggregator: tokens are ordered of aggregators")
        }
        guard amount > .zero else { throw Revert("the amount is 0") }
        try requireText(reference, "reference", of: 0...Limits.textBytes)
        let last = run.workspace.tokenOrder(of: run.sender)
        if let last, last.isOpen {
            throw Revert("order \(last.number) is still open: cancel it first")
        }
        let before = last?.number ?? 0
        guard before < .max else { throw Revert("no number is left for another order") }
        let order = TokenOrder(
            number: before + 1, status: .open, seller: seller, amount: amount,
            reference: reference)
        run.workspace.set(.tokenOrder(run.sender), order)
        run.emit(
            TokenEvent.ordered(
                buyer: run.sender, seller: seller, number: order.number, amount: amount,
                reference: reference
            ).log)
    }

    /// Takes the sender's open order back.
    static func cancel(in run: inout BlockRun) throws(Revert) {
        guard let order = run.workspace.tokenOrder(of: run.sender), order.isOpen else {
            throw Revert("\(run.sender) has no open order")
        }
        close(order, of: run.sender, as: .cancelled, in: &run)
        run.emit(TokenEvent.orderCancelled(buyer: run.sender, number: order.number).log)
    }

    /// Moves the ordered tokens from the seller to the buyer.
    static func sell(
        _ arguments: inout CallArguments, in run: inout BlockRun
    ) throws(Revert) {
        let (buyer, order) = try openOrder(&arguments, in: run)
        close(order, of: buyer, as: .sold, in: &run)
        try run.moveTokens(from: run.sender, to: buyer, amount: order.amount)
        run.emit(
            TokenEvent.sold(
                buyer: buyer, seller: run.sender, number: order.number, amount: order.amount
            ).log)
    }

    /// Closes an order without a sale.
    static func decline(
        _ arguments: inout CallArguments, in run: inout BlockRun
    ) throws(Revert) {
        let (buyer, order) = try openOrder(&arguments, in: run)
        let reason = try arguments.text("reason")
        try requireText(reason, "reason", of: 1...Limits.textBytes)
        close(order, of: buyer, as: .declined, in: &run)
        run.emit(
            TokenEvent.orderDeclined(
                buyer: buyer, seller: run.sender, number: order.number, reason: reason
            ).log)
    }

    /// What `tokenOrder` returns: of a buyer who never ordered, nothing but zeros.
    static func values(of order: TokenOrder?) -> [ABIValue] {
        [
            .number(order?.number ?? 0), .number(order?.status.rawValue ?? 0),
            .address(order?.seller ?? .zero), .number(order?.amount.baseUnits ?? 0),
            .string(order?.reference ?? ""),
        ]
    }

    /// The open order that a call of its seller names by buyer and number.
    private static func openOrder(
        _ arguments: inout CallArguments, in run: BlockRun
    ) throws(Revert) -> (buyer: Address, order: TokenOrder) {
        let buyer = try arguments.address("buyer")
        let number: UInt32 = try arguments.number("number")
        guard let order = run.workspace.tokenOrder(of: buyer), order.number >= number, number > 0
        else { throw Revert("\(buyer) has no order \(number)") }
        guard order.number == number, order.isOpen else {
            throw Revert("order \(number) of \(buyer) is not open any more")
        }
        guard order.seller == run.sender else {
            throw Revert("order \(number) of \(buyer) is for \(order.seller) to sell")
        }
        return (buyer, order)
    }

    private static func close(
        _ order: TokenOrder, of buyer: Address, as status: TokenOrder.Status,
        in run: inout BlockRun
    ) {
        var closed = order
        closed.status = status
        run.workspace.set(.tokenOrder(buyer), closed)
    }

    private static func requireHousehold(
        _ account: Address, in view: Workspace
    ) throws(Revert) {
        guard let member = view.member(account) else {
            throw Revert("\(account) is not a registered member")
        }
        guard member.role == .consumer || member.role == .prosumer else {
            throw Revert("\(account) is \(member.role.withArticle): households order tokens")
        }
    }

    private static func requireText(
        _ text: String, _ what: String, of counts: ClosedRange<Int>
    ) throws(Revert) {
        let count = text.utf8.count
        guard counts ~= count else {
            throw Revert(
                "the \(what) has \(count) bytes, not \(counts.lowerBound) to "
                    + "\(counts.upperBound)")
        }
    }
}
