internal import Ledger
package import Protocol
internal import Replica
package import Storage

/// How REST writes things: amounts as decimal strings of base units, energy in Wh, times as RFC
/// 3339 in UTC, hashes and addresses as `0x` and digits in base 16.
package enum RESTFormat {
    static func block(_ block: StoredBlock) -> JSON {
        let header = block.header
        return [
            "number": .number(header.number), "hash": .hash(block.hash),
            "parentHash": .hash(header.parentHash), "time": .time(header.timestamp),
            "proposer": .address(header.proposer), "stateRoot": .hash(header.stateRoot),
            "round": .number(block.certificate.round),
            "seals": .number(block.certificate.seals.count),
            "gasUsed": .number(header.gasUsed), "sizeBytes": .number(block.byteCount),
            "transactions": .array(block.transactionHashes.map(JSON.hash)),
        ]
    }

    /// A transaction in a final block.
    package static func transaction(_ record: StoredTransaction) -> JSON {
        let transaction = record.signed.transaction
        return [
            "hash": .hash(record.hash), "status": record.succeeded ? "final" : "failed",
            "reason": .string(record.revertReason), "from": .address(record.sender),
            "to": .addressIfAny(transaction.to), "nonce": .number(transaction.nonce),
            "function": .string(record.function),
            "data": .data(transaction.data),
            "block": .number(record.blockNumber), "blockHash": .hash(record.blockHash),
            "index": .number(record.index), "time": .time(record.blockTime),
            "gasUsed": .number(record.gasUsed),
        ]
    }

    static func pending(_ transaction: VerifiedTransaction) -> JSON {
        [
            "hash": .hash(transaction.hash), "status": "pending", "reason": nil,
            "from": .address(transaction.sender), "to": .addressIfAny(transaction.transaction.to),
            "nonce": .number(transaction.transaction.nonce),
            "data": .data(transaction.transaction.data),
        ]
    }

    /// A transaction that is in no block and waits no more, with the reason.
    static func dropped(_ dropped: DroppedTransaction) -> JSON {
        let transaction = dropped.transaction
        return [
            "hash": .hash(transaction.hash), "status": "dropped",
            "reason": .string(dropped.reason.name),
            "detail": .string(dropped.reason.description), "from": .address(transaction.sender),
            "to": .addressIfAny(transaction.transaction.to),
            "nonce": .number(transaction.transaction.nonce),
            "data": .data(transaction.transaction.data), "time": .time(dropped.at),
        ]
    }

    /// A transaction's way through the node of `identity`.
    static func trace(_ trace: TransactionTrace, of identity: NodeIdentity) -> JSON {
        let first = trace.stages.first?.microseconds ?? 0
        let stages = trace.stages.map { reached -> JSON in
            [
                "stage": .string(reached.stage.rawValue),
                "time": .string(RFC3339.text(microseconds: reached.microseconds)),
                "microseconds": .number(Int64(reached.microseconds) - Int64(first)),
            ]
        }
        return [
            "hash": .hash(trace.hash), "node": .string(identity.name),
            "role": .string(identity.role), "account": .address(identity.account),
            "source": .string(trace.source?.rawValue),
            "block": trace.block.map { .number($0.number) } ?? .null,
            "round": trace.block.map { .number($0.round) } ?? .null, "stages": .array(stages),
        ]
    }

    static func member(_ member: Member, _ state: LedgerState) -> JSON {
        [
            "address": .address(member.account), "role": .string(member.role.name),
            "meterKey": .addressIfAny(member.meterKey),
            "ratedPowerWatts": .number(member.ratedPower.value),
            "suspended": .bool(member.isSuspended),
            "balance": .amount(state.account(member.account).balance),
        ]
    }

    /// A trade, as it stands at `now`.
    package static func trade(_ trade: StoredTrade, at now: MarketTime) -> JSON {
        let isExpired = trade.state == "open" && (trade.expiresAt.map { $0 <= now } ?? false)
        return [
            "id": .number(trade.id.value), "state": isExpired ? "expired" : .string(trade.state),
            "seller": .address(trade.seller), "recipient": .addressIfAny(trade.recipient),
            "buyer": .addressIfAny(trade.buyer),
            "energyWh": .number(trade.energy.value), "price": .amount(trade.price),
            "offeredAt": .time(trade.offeredAt),
            "expiresAt": trade.expiresAt.map(JSON.time) ?? .null,
            "deliveredWh": .number(trade.delivered.value),
            "sellerAmount": .amount(trade.sellerAmount), "fee": .amount(trade.fee),
            "returned": .amount(trade.returned), "burned": .amount(trade.burned),
            "steps": .array(
                trade.steps.map { step in
                    [
                        "step": .string(step.name), "block": .number(step.blockNumber),
                        "time": .time(step.time), "marketTime": .time(step.marketTime),
                        "transaction": .hash(step.transactionHash),
                    ]
                }),
        ]
    }

    static func transfer(_ transfer: StoredTransfer) -> JSON {
        [
            "block": .number(transfer.blockNumber), "time": .time(transfer.time),
            "from": .addressIfAny(transfer.sender),
            "to": .addressIfAny(transfer.recipient), "amount": .amount(transfer.amount),
        ]
    }
}
