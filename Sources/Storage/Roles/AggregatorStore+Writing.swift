internal import GRDB
internal import Ledger
internal import Market
internal import Protocol

extension AggregatorStore {
    static func write(_ member: Member, _ name: String?, in db: Database) throws {
        try db.run(
            """
            INSERT INTO user VALUES (?, ?, ?, ?, ?, ?, ?)
            ON CONFLICT (account) DO UPDATE SET
                name = coalesce(excluded.name, name), role = excluded.role,
                meter = excluded.meter, rated_power_w = excluded.rated_power_w,
                certificate_hash = excluded.certificate_hash, is_suspended = excluded.is_suspended
            """,
            [
                member.account.description, name, member.role.name,
                member.meterKey.columnUnlessZero, member.ratedPower.value.column,
                member.certificateHash.description, member.isSuspended,
            ])
        guard let meter = member.meterKey.columnUnlessZero else { return }
        try db.replace("meter", ["address": meter, "account": member.account.description])
    }

    static func write(_ entry: ReceivedReading, in db: Database) throws {
        try db.run(
            "INSERT OR IGNORE INTO reading VALUES (?, ?, ?, ?, ?, ?)",
            [
                entry.reading.meter.description, entry.reading.time.seconds.column,
                entry.receivedAt.milliseconds.column, entry.reading.importRegister.value.column,
                entry.reading.exportRegister.value.column, entry.reading.power,
            ])
    }

    static func write(_ trade: KeptTrade, in db: Database) throws {
        try db.replace(
            "trade",
            [
                "id": Int64(trade.id.value), "seller": trade.seller.description,
                "buyer": trade.buyer.description, "energy_wh": trade.energy.value.column,
                "price": trade.price.baseUnits.column, "status": trade.status.name,
                "delivered_wh": trade.deliveredEnergy.value.column,
                "seller_began": trade.sellerBegan?.rlp.encoded.column,
                "seller_receipt": trade.sellerReceipt?.rlp.encoded.column,
                "buyer_began": trade.buyerBegan?.rlp.encoded.column,
                "buyer_receipt": trade.buyerReceipt?.rlp.encoded.column,
            ])
    }

    static func write(_ step: TakenStep, of trade: OfferID, in db: Database) throws {
        try db.run(
            "INSERT OR IGNORE INTO trade_step VALUES (?, ?, ?, ?, ?, ?)",
            [
                Int64(trade.value), step.step, step.submittedAt.milliseconds.column,
                step.finalAt.milliseconds.column, step.block.column,
                step.blockTime.milliseconds.column,
            ])
    }

    static func write(_ sale: TokenSale, in db: Database) throws {
        try db.run(
            "INSERT OR IGNORE INTO token_sale VALUES (?, ?, ?, ?, ?, ?)",
            [
                sale.transaction.description, sale.account.description,
                sale.amount.baseUnits.column, sale.block.column, sale.soldAt.milliseconds.column,
                sale.purchase.map { Int64($0) },
            ])
    }
}
