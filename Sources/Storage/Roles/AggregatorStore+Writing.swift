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

    /// What a meter has signed stays as it is, whatever comes after.
    static func write(_ trade: KeptTrade, in db: Database) throws {
        try db.run(
            """
            INSERT INTO trade VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
            ON CONFLICT (id) DO UPDATE SET
                seller = excluded.seller, buyer = excluded.buyer,
                energy_wh = excluded.energy_wh, price = excluded.price,
                status = excluded.status, delivered_wh = excluded.delivered_wh,
                seller_began = excluded.seller_began,
                seller_receipt = coalesce(seller_receipt, excluded.seller_receipt),
                buyer_began = excluded.buyer_began,
                buyer_receipt = coalesce(buyer_receipt, excluded.buyer_receipt)
            """,
            [
                Int64(trade.id.value), trade.seller.description, trade.buyer.description,
                trade.energy.value.column, trade.price.baseUnits.column, trade.status.name,
                trade.deliveredEnergy.value.column, trade.sellerBegan?.rlp.encoded.column,
                trade.sellerReceipt?.rlp.encoded.column, trade.buyerBegan?.rlp.encoded.column,
                trade.buyerReceipt?.rlp.encoded.column,
            ])
    }

    static func write(_ topUp: TopUp, in db: Database) throws {
        try db.replace(
            "top_up",
            [
                "account": topUp.account.description, "amount": topUp.amount.baseUnits.column,
                "decided_ms": topUp.decidedAt.milliseconds.column,
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
