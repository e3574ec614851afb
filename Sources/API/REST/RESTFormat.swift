internal import Ledger
internal import Protocol
internal import Storage

/// How REST writes things: amounts as decimal strings of base units, energy in Wh, times as RFC
/// 3339 in UTC, hashes and addresses as `0x` and digits in base 16.
enum RESTFormat {
    static func amount(_ amount: TokenAmount) -> JSON { .string(String(amount.baseUnits)) }

    static func time(_ time: Timestamp) -> JSON {
        .string(text(seconds: time.milliseconds / 1_000, milliseconds: time.milliseconds % 1_000))
    }

    static func time(_ time: MarketTime) -> JSON {
        .string(text(seconds: time.seconds, milliseconds: nil))
    }

    /// The moment as RFC 3339 has it, by the Gregorian calendar; the year 9999 is the last.
    private static func text(seconds: UInt64, milliseconds: UInt64?) -> String {
        let seconds = min(seconds, 253_402_300_799)
        let (days, second) = (seconds / 86_400, seconds % 86_400)
        // Years begin in March here, so that a leap day is a year's last.
        let shifted = days + 719_468
        let era = shifted / 146_097
        let dayOfEra = shifted % 146_097
        let yearOfEra =
            (dayOfEra - dayOfEra / 1_460 + dayOfEra / 36_524 - dayOfEra / 146_096) / 365
        let dayOfYear = dayOfEra - (365 * yearOfEra + yearOfEra / 4 - yearOfEra / 100)
        let marchMonth = (5 * dayOfYear + 2) / 153
        let day = dayOfYear - (153 * marchMonth + 2) / 5 + 1
        let month = marchMonth < 10 ? marchMonth + 3 : marchMonth - 9
        let year = yearOfEra + era * 400 + (month <= 2 ? 1 : 0)
        let date = "\(padded(year, 4))-\(padded(month, 2))-\(padded(day, 2))"
        let clock = [second / 3_600, second / 60 % 60, second % 60].map { padded($0, 2) }
        let fraction = milliseconds.map { "." + padded($0, 3) } ?? ""
        return date + "T" + clock.joined(separator: ":") + fraction + "Z"
    }

    private static func padded(_ value: UInt64, _ width: Int) -> String {
        let digits = String(value)
        return String(repeating: "0", count: max(0, width - digits.count)) + digits
    }

    static func hash(_ hash: Hash32) -> JSON { .string(hash.description) }

    static func address(_ address: Address) -> JSON { .string(address.description) }

    static func address(_ address: Address?) -> JSON {
        .string(address.flatMap { $0 == .zero ? nil : $0.description })
    }

    static func block(_ block: StoredBlock) -> JSON {
        let header = block.header
        return [
            "number": .number(header.number), "hash": hash(block.hash),
            "parentHash": hash(header.parentHash), "time": time(header.timestamp),
            "proposer": address(header.proposer), "stateRoot": hash(header.stateRoot),
            "round": .number(block.certificate.round),
            "seals": .number(block.certificate.seals.count),
            "gasUsed": .number(header.gasUsed), "sizeBytes": .number(block.byteCount),
            "transactions": .array(block.transactionHashes.map(hash)),
        ]
    }

    static func transaction(_ record: StoredTransaction) -> JSON {
        let transaction = record.signed.transaction
        return [
            "hash": hash(record.hash), "status": record.succeeded ? "final" : "failed",
            "reason": .string(record.revertReason), "from": address(record.sender),
            "to": address(transaction.to), "nonce": .number(transaction.nonce),
            "function": .string(record.function),
            "data": .string("0x" + Hexadecimal.encode(transaction.data)),
            "block": .number(record.blockNumber), "blockHash": hash(record.blockHash),
            "index": .number(record.index), "time": time(record.blockTime),
            "gasUsed": .number(record.gasUsed),
        ]
    }

    static func pending(_ transaction: VerifiedTransaction) -> JSON {
        [
            "hash": hash(transaction.hash), "status": "pending", "reason": nil,
            "from": address(transaction.sender), "to": address(transaction.transaction.to),
            "nonce": .number(transaction.transaction.nonce),
            "data": .string("0x" + Hexadecimal.encode(transaction.transaction.data)),
        ]
    }

    static func member(_ member: Member, _ state: LedgerState) -> JSON {
        [
            "address": address(member.account), "role": .string(member.role.name),
            "meterKey": address(Optional(member.meterKey)),
            "ratedPowerWatts": .number(member.ratedPower.value),
            "suspended": .bool(member.isSuspended),
            "balance": amount(state.account(member.account).balance),
        ]
    }

    static func trade(_ trade: StoredTrade, at now: MarketTime) -> JSON {
        let isExpired = trade.state == "open" && (trade.expiresAt.map { $0 <= now } ?? false)
        return [
            "id": .number(trade.id.value), "state": isExpired ? "expired" : .string(trade.state),
            "seller": address(trade.seller), "buyer": address(trade.buyer),
            "energyWh": .number(trade.energy.value), "price": amount(trade.price),
            "offeredAt": time(trade.offeredAt), "expiresAt": trade.expiresAt.map(time) ?? .null,
            "deliveredWh": .number(trade.delivered.value),
            "sellerAmount": amount(trade.sellerAmount), "fee": amount(trade.fee),
            "returned": amount(trade.returned),
            "steps": .array(
                trade.steps.map { step in
                    [
                        "step": .string(step.name), "block": .number(step.blockNumber),
                        "time": time(step.time), "marketTime": time(step.marketTime),
                        "transaction": hash(step.transactionHash),
                    ]
                }),
        ]
    }

    static func transfer(_ transfer: StoredTransfer) -> JSON {
        [
            "block": .number(transfer.blockNumber), "time": time(transfer.time),
            "from": address(Optional(transfer.sender)),
            "to": address(Optional(transfer.recipient)), "amount": amount(transfer.amount),
        ]
    }
}
