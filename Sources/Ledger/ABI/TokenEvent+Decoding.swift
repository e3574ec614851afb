public import Protocol

extension TokenEvent {
    /// Reads an event of the token; nil if `log` is another contract's, or none of these.
    public init?(_ log: EventLog) {
        guard log.address == NativeContract.token else { return nil }
        let readings = [
            Self.readTransfer, Self.readApproval, Self.readMinted, Self.readBurned,
            Self.readOrdered, Self.readSold, Self.readDeclined, Self.readCancelled,
        ]
        guard let event = readings.lazy.compactMap({ $0(log) }).first else { return nil }
        self = event
    }

    private static func readTransfer(_ log: EventLog) -> TokenEvent? {
        guard let values = transfer.values(in: log), let from = values[0].address,
            let to = values[1].address, let amount = values[2].tokens
        else { return nil }
        return .transfer(from: from, to: to, amount: amount)
    }

    private static func readApproval(_ log: EventLog) -> TokenEvent? {
        guard let values = approval.values(in: log), let owner = values[0].address,
            let spender = values[1].address, case .uint(let amount) = values[2]
        else { return nil }
        return .approval(owner: owner, spender: spender, amount: amount)
    }

    private static func readMinted(_ log: EventLog) -> TokenEvent? {
        guard let values = minted.values(in: log), let to = values[0].address,
            let amount = values[1].tokens, let reference = values[2].text
        else { return nil }
        return .minted(to: to, amount: amount, reference: reference)
    }

    private static func readBurned(_ log: EventLog) -> TokenEvent? {
        guard let values = burned.values(in: log), let from = values[0].address,
            let amount = values[1].tokens, let reference = values[2].text
        else { return nil }
        return .burned(from: from, amount: amount, reference: reference)
    }

    private static func readOrdered(_ log: EventLog) -> TokenEvent? {
        guard let values = purchaseOpened.values(in: log), let buyer = values[0].address,
            let seller = values[1].address, let number = values[2].number(as: UInt32.self),
            let amount = values[3].tokens, let reference = values[4].text
        else { return nil }
        return .purchaseOpened(
            buyer: buyer, seller: seller, number: number, amount: amount, reference: reference)
    }

    private static func readSold(_ log: EventLog) -> TokenEvent? {
        guard let values = sold.values(in: log), let buyer = values[0].address,
            let seller = values[1].address, let number = values[2].number(as: UInt32.self),
            let amount = values[3].tokens
        else { return nil }
        return .sold(buyer: buyer, seller: seller, number: number, amount: amount)
    }

    private static func readDeclined(_ log: EventLog) -> TokenEvent? {
        guard let values = purchaseDeclined.values(in: log), let buyer = values[0].address,
            let seller = values[1].address, let number = values[2].number(as: UInt32.self),
            let reason = values[3].text
        else { return nil }
        return .purchaseDeclined(buyer: buyer, seller: seller, number: number, reason: reason)
    }

    private static func readCancelled(_ log: EventLog) -> TokenEvent? {
        guard let values = purchaseCancelled.values(in: log), let buyer = values[0].address,
            let number = values[1].number(as: UInt32.self)
        else { return nil }
        return .purchaseCancelled(buyer: buyer, number: number)
    }
}

extension ABIValue {
    /// The amount of tokens that the value is.
    fileprivate var tokens: TokenAmount? { number(as: UInt64.self).map { TokenAmount($0) } }
}
