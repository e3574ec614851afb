import Faults
import GRDB
import Protocol

/// A step that the aggregator took for a trade, and when.
struct TakenStep: Hashable, Sendable {
    /// The step's name: the contract's function.
    var step: String
    /// When it was submitted.
    var submittedAt: Timestamp
    /// When the aggregator knew that it is final.
    var finalAt: Timestamp
    /// The height of its block.
    var block: UInt64
    /// The time of its block.
    var blockTime: Timestamp
}

/// What the households said of a delivery, as it was written down.
struct KeptDelivery: Hashable, Sendable {
    /// What the seller's meter showed when it began.
    var sellerBegan: MeterReading?
    /// What the seller's meter signed when it ended.
    var sellerReceipt: SignedMeterReceipt?
    /// What the buyer's meter showed when it began.
    var buyerBegan: MeterReading?
    /// What the buyer's meter signed when it ended.
    var buyerReceipt: SignedMeterReceipt?
}

extension AggregatorStore {
    /// Writes down how far a trade is.
    func keep(_ progress: TradeProgress) throws {
        let offer = progress.trade.offer
        try pool.write { db in
            try db.execute(
                sql: """
                    INSERT OR REPLACE INTO trade VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
                    """,
                arguments: [
                    offer.id.value, offer.seller.data, progress.buyer.account.data,
                    Int64(clamping: offer.energy.value), Int64(clamping: offer.price.baseUnits),
                    progress.trade.status.name,
                    Int64(clamping: progress.trade.deliveredEnergy.value),
                    progress.seller.began?.rlp.encoded.data,
                    progress.seller.receipt?.rlp.encoded.data,
                    progress.buyer.began?.rlp.encoded.data,
                    progress.buyer.receipt?.rlp.encoded.data,
                ])
            try Failpoint.tradeInTransaction.pass()
        }
    }

    /// What the households said of the delivery of `trade`; nil if it was never written down.
    func delivery(of trade: OfferID) throws -> KeptDelivery? {
        try pool.read { db in
            let row = try Row.fetchOne(
                db, sql: "SELECT * FROM trade WHERE id = ?", arguments: [trade.value])
            return try row.map { row in
                KeptDelivery(
                    sellerBegan: try row.decoded("seller_began"),
                    sellerReceipt: try row.decoded("seller_receipt"),
                    buyerBegan: try row.decoded("buyer_began"),
                    buyerReceipt: try row.decoded("buyer_receipt"))
            }
        }
    }

    /// Writes down when a step of `trade` was taken.
    func keep(_ step: TakenStep, of trade: OfferID) throws {
        try pool.write { db in
            try db.execute(
                sql: "INSERT OR IGNORE INTO trade_step VALUES (?, ?, ?, ?, ?, ?)",
                arguments: [
                    trade.value, step.step, Int64(clamping: step.submittedAt.milliseconds),
                    Int64(clamping: step.finalAt.milliseconds), Int64(clamping: step.block),
                    Int64(clamping: step.blockTime.milliseconds),
                ])
            try Failpoint.stepInTransaction.pass()
        }
        try Failpoint.stepAfterCommit.pass()
    }

    /// The steps that were taken for `trade`, in order.
    func steps(of trade: OfferID) throws -> [TakenStep] {
        try pool.read { db in
            let rows = try Row.fetchAll(
                db, sql: "SELECT * FROM trade_step WHERE trade = ? ORDER BY block, submitted_ms",
                arguments: [trade.value])
            return rows.map { row in
                TakenStep(
                    step: row["step"],
                    submittedAt: Timestamp(milliseconds: row.unsigned("submitted_ms")),
                    finalAt: Timestamp(milliseconds: row.unsigned("final_ms")),
                    block: row.unsigned("block"),
                    blockTime: Timestamp(milliseconds: row.unsigned("block_ms")))
            }
        }
    }
}

extension Row {
    fileprivate func decoded<Value: RLPDecodable>(_ column: String) throws -> Value? {
        try bytes(column).map { try Value(rlp: RLP(decoding: $0)) }
    }
}
