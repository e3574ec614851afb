internal import GRDB
internal import Ledger
internal import Protocol

/// The tables that people query: accounts, members, trades and their steps, transfers, supply.
/// They follow from blocks and state alone, so they can be checked against them.
struct Projection {
    private let rows: RowWriter

    init(_ database: Database) {
        rows = RowWriter(database)
    }

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
            return try rows.run("DELETE FROM accounts WHERE address = ?", [address.description])
        }
        try rows.replace(
            "accounts",
            [
                "address": address.description, "nonce": account.nonce.column,
                "balance": account.balance.baseUnits.column,
            ])
    }

    private func write(_ member: Member) throws {
        let certificate = member.certificateHash
        try rows.replace(
            "members",
            [
                "account": member.account.description, "role": member.role.name,
                "meter_key": member.meterKey.columnUnlessZero,
                "rated_power_w": member.ratedPower.value.column,
                "certificate_hash": certificate == .zero ? nil : certificate.description,
                "suspended": member.isSuspended ? 1 : 0,
            ])
    }

    private func write(_ trade: Trade) throws {
        try rows.run(Self.upsertTrade, StatementArguments(Self.columns(of: trade)))
    }

    /// Replacing would delete the row that steps refer to.
    private static let upsertTrade = """
        INSERT INTO trades (id, state, seller, buyer, aggregator, energy_wh, price, offered_at,
            expires_at, delivered_wh, seller_amount, fee, returned)
        VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
        ON CONFLICT (id) DO UPDATE SET state = excluded.state, buyer = excluded.buyer,
            aggregator = excluded.aggregator, delivered_wh = excluded.delivered_wh,
            seller_amount = excluded.seller_amount, fee = excluded.fee,
            returned = excluded.returned
        """

    private static func columns(of trade: Trade) -> [(any DatabaseValueConvertible)?] {
        [
            trade.offer.id.value.column, trade.status.name, trade.offer.seller.description,
            trade.buyer?.description, trade.aggregator?.description,
            trade.offer.energy.value.column, trade.offer.price.baseUnits.column,
            trade.offer.timeOffered.seconds.column, trade.offer.expires?.seconds.column,
            trade.deliveredEnergy.value.column, trade.sellerAmount.baseUnits.column,
            trade.fee.baseUnits.column, trade.returned.baseUnits.column,
        ]
    }

    private func write(_ supply: Supply) throws {
        try rows.replace(
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
                if let id = ContractNames.trade(of: log), committed.state.trade(id) != nil {
                    try writeStep(id, log, position, receipt.transactionHash, of: committed)
                }
                if let transfer = ContractNames.transfer(log) {
                    try write(transfer, position, block: committed.final.block.number)
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
        try rows.insert(
            "trade_steps",
            [
                "trade": id.value.column, "block": header.number.column, "log": position,
                "step": ContractNames.event(of: log) ?? "?",
                "timestamp_ms": header.timestamp.milliseconds.column,
                "market_time": marketTime.seconds.column,
                "transaction_hash": transaction.description,
            ])
    }

    private func write(
        _ transfer: ContractNames.Transfer, _ position: Int, block: UInt64
    ) throws {
        try rows.insert(
            "transfers",
            [
                "block": block.column, "log": position, "sender": transfer.sender.description,
                "recipient": transfer.recipient.description,
                "amount": transfer.amount.baseUnits.column,
            ])
    }
}
