internal import GRDB
internal import Ledger
internal import Protocol

/// The tables that people query: accounts, members, trades and their steps, transfers, supply.
/// They follow from blocks and state alone, so they can be checked against them.
struct Projection {
    let database: Database

    /// Brings all of them to where `committed` leads.
    func update(after committed: CommittedBlock) throws {
        for change in committed.changes {
            if let address = change.account {
                try write(committed.state.account(address), of: address)
            } else if let account = change.member {
                try committed.state.member(account).map(write)
            } else if let id = change.trade {
                try committed.state.trade(id).map(write)
            } else if change.isSupply {
                try write(committed.state.supply)
            }
        }
        try writeEvents(of: committed)
    }

    private func write(_ account: Account, of address: Address) throws {
        guard account != .untouched else {
            return try database.run("DELETE FROM accounts WHERE address = ?", [address.description])
        }
        try database.replace(
            "accounts",
            [
                "address": address, "nonce": account.nonce.column,
                "balance": account.balance.baseUnits.column,
            ])
    }

    private func write(_ member: Member) throws {
        let certificate = member.certificateHash
        try database.replace(
            "members",
            [
                "account": member.account, "role": member.role.name,
                "meter_key": member.meterKey.somebody,
                "rated_power_w": member.ratedPower.value.column,
                "certificate_hash": certificate == .zero ? nil : certificate,
                "suspended": member.isSuspended ? 1 : 0,
            ])
    }

    private func write(_ trade: Trade) throws {
        let offer = trade.offer
        try database.upsert(
            "trades",
            [
                "id": offer.id.value.column, "state": trade.status.name,
                "seller": offer.seller, "buyer": trade.buyer,
                "aggregator": trade.aggregator,
                "energy_wh": offer.energy.value.column, "price": offer.price.baseUnits.column,
                "offered_at": offer.timeOffered.seconds.column,
                "expires_at": offer.expires.seconds.column,
                "recipient": offer.recipient?.description,
                "delivered_wh": trade.deliveredEnergy.value.column,
                "seller_amount": trade.sellerAmount.baseUnits.column,
                "fee": trade.fee.baseUnits.column, "returned": trade.returned.baseUnits.column,
                "burned": trade.burned.baseUnits.column,
            ])
    }

    private func write(_ supply: Supply) throws {
        try database.replace(
            "supply",
            [
                "id": 1, "minted": supply.minted.baseUnits.column,
                "burned": supply.burned.baseUnits.column,
                "escrow": supply.escrow.baseUnits.column,
            ])
    }

    private func writeEvents(of committed: CommittedBlock) throws {
        var position = 0
        for receipt in committed.receipts {
            for log in receipt.logs {
                if let id = MarketEvent(log)?.id, committed.state.trade(id) != nil {
                    try writeStep(id, log, position, receipt.transactionHash, of: committed)
                }
                if case .transfer(let sender, let recipient, let amount)? = TokenEvent(log) {
                    try database.insert(
                        "transfers",
                        [
                            "block": committed.header.number.column, "log": position,
                            "sender": sender, "recipient": recipient,
                            "amount": amount.baseUnits.column,
                        ])
                }
                position += 1
            }
        }
    }

    private func writeStep(
        _ id: OfferID, _ log: EventLog, _ position: Int, _ transaction: Hash32,
        of committed: CommittedBlock
    ) throws {
        let header = committed.header
        let marketTime = committed.state.parameters.marketClock.time(at: header.timestamp)
        try database.insert(
            "trade_steps",
            [
                "trade": id.value.column, "block": header.number.column, "log": position,
                "step": ContractNames.event(of: log) ?? "?",
                "timestamp_ms": header.timestamp.milliseconds.column,
                "market_time": marketTime.seconds.column,
                "transaction_hash": transaction,
            ])
    }
}
