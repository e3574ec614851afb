internal import GRDB
internal import Ledger
internal import Protocol

/// The tables that follow from the state: accounts, members, trades and their steps, supply.
/// They follow from blocks and state alone, so they can be checked against them.
struct Projection {
    let database: Database
    let numbers: TableNumbers

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
        try writeSteps(of: committed)
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
        func number(of address: Address) throws -> Int64 {
            try numbers.number(of: address, in: database)
        }
        try database.replace(
            "ledger_trades",
            [
                "id": offer.id.value.column, "state": Int64(trade.status.rawValue),
                "seller": try number(of: offer.seller),
                "buyer": try trade.buyer.map(number(of:)),
                "aggregator": try trade.aggregator.map(number(of:)),
                "energy_wh": offer.energy.value.column, "price": offer.price.baseUnits.column,
                "offered_at": offer.timeOffered.seconds.column,
                "expires_at": offer.expires.seconds.column,
                "recipient": try offer.recipient.map(number(of:)),
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

    private func writeSteps(of committed: CommittedBlock) throws {
        var position = 0
        for receipt in committed.receipts {
            for log in receipt.logs {
                if let id = MarketEvent(log)?.id, committed.state.trade(id) != nil {
                    try database.insert(
                        "ledger_steps",
                        [
                            "trade": id.value.column, "block": committed.header.number.column,
                            "log": position,
                        ])
                }
                position += 1
            }
        }
    }
}
