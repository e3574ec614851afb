internal import Protocol
internal import Replica
internal import Storage

/// How Ethereum's clients want things written (execution-apis, "Ethereum JSON-RPC").
enum RPCFormat {
    /// A number without leading zeros.
    static func quantity(_ value: some BinaryInteger) -> JSON {
        .string("0x" + String(value, radix: 16))
    }

    /// A number of 256 bits without leading zeros.
    static func quantity(_ value: UInt256) -> JSON {
        let digits = Hexadecimal.encode(value.minimalBytes).drop { $0 == "0" }
        return .string("0x" + (digits.isEmpty ? "0" : digits))
    }

    /// A block with either its transactions' hashes or `transactions` themselves.
    static func block(_ block: StoredBlock, transactions: [StoredTransaction]?) -> JSON {
        let header = block.header
        let list = transactions?.map(transaction) ?? block.transactionHashes.map(JSON.hash)
        return [
            "number": quantity(header.number), "hash": .hash(block.hash),
            "parentHash": .hash(header.parentHash), "nonce": "0x0000000000000000",
            "mixHash": .hash(UInt256(header.timestamp.milliseconds).word),
            "sha3Uncles": .hash(BlockHeader.noUncles), "logsBloom": .data(header.logsBloom.bytes),
            "transactionsRoot": .hash(header.transactionsRoot),
            "stateRoot": .hash(header.stateRoot),
            "receiptsRoot": .hash(header.receiptsRoot), "miner": .address(header.proposer),
            "difficulty": "0x0", "totalDifficulty": "0x0",
            "extraData": .hash(header.nextValidatorsHash), "size": quantity(block.byteCount),
            "gasLimit": quantity(Limits.blockGas), "gasUsed": quantity(header.gasUsed),
            "timestamp": quantity(header.timestamp.milliseconds / 1_000), "baseFeePerGas": "0x0",
            "transactions": .array(list), "uncles": [],
        ]
    }

    static func transaction(_ record: StoredTransaction) -> JSON {
        transaction(
            record.signed, hash: record.hash, sender: record.sender,
            place: [
                "blockHash": .hash(record.blockHash), "blockNumber": quantity(record.blockNumber),
                "transactionIndex": quantity(record.index),
            ])
    }

    static func transaction(pending: VerifiedTransaction) -> JSON {
        transaction(
            SignedTransaction(transaction: pending.transaction, signature: pending.signature),
            hash: pending.hash, sender: pending.sender,
            place: ["blockHash": nil, "blockNumber": nil, "transactionIndex": nil])
    }

    /// A transaction that is in no block and waits no more: as one that waits, with the reason.
    static func transaction(dropped: DroppedTransaction) -> JSON {
        transaction(pending: dropped.transaction).adding([
            "status": "dropped", "reason": .string(dropped.reason.name),
            "detail": .string(dropped.reason.description),
        ])
    }

    private static func transaction(
        _ signed: SignedTransaction, hash: Hash32, sender: Address, place: JSON
    ) -> JSON {
        let transaction = signed.transaction
        let parity: UInt64 = signed.signature.yParity ? 1 : 0
        let price = min(transaction.maxFeePerGas, transaction.maxPriorityFeePerGas)
        var json = place.adding([
            "hash": .hash(hash), "from": .address(sender),
            "to": transaction.to.map(JSON.address) ?? .null, "nonce": quantity(transaction.nonce),
            "type": quantity(transaction.kind.rawValue), "chainId": quantity(transaction.chainID),
            "gas": quantity(transaction.gasLimit), "gasPrice": quantity(price),
            "value": quantity(transaction.value), "input": .data(transaction.data),
            "v": quantity(signed.v), "r": quantity(signed.signature.r),
            "s": quantity(signed.signature.s),
            "yParity": quantity(parity),
        ])
        if transaction.kind == .dynamicFee {
            json = json.adding([
                "maxFeePerGas": quantity(transaction.maxFeePerGas),
                "maxPriorityFeePerGas": quantity(transaction.maxPriorityFeePerGas),
            ])
        }
        return transaction.kind == .legacy
            ? json : json.adding(["accessList": accessList(transaction)])
    }

    private static func accessList(_ transaction: Transaction) -> JSON {
        .array(
            transaction.accessList.map { entry in
                [
                    "address": .address(entry.address),
                    "storageKeys": .array(entry.slots.map(JSON.hash)),
                ]
            })
    }

    static func receipt(_ receipt: StoredReceipt) -> JSON {
        let record = receipt.transaction
        return [
            "transactionHash": .hash(record.hash), "transactionIndex": quantity(record.index),
            "blockHash": .hash(record.blockHash), "blockNumber": quantity(record.blockNumber),
            "from": .address(record.sender),
            "to": record.signed.transaction.to.map(JSON.address) ?? .null,
            "cumulativeGasUsed": quantity(record.cumulativeGasUsed),
            "gasUsed": quantity(record.gasUsed), "effectiveGasPrice": "0x0",
            "contractAddress": nil, "logs": .array(receipt.placedLogs.map(log)),
            "logsBloom": .data(LogsBloom(logs: receipt.logs).bytes),
            "status": record.succeeded ? "0x1" : "0x0",
            "type": quantity(record.signed.transaction.kind.rawValue),
        ]
    }

    static func log(_ record: StoredLog) -> JSON {
        [
            "address": .address(record.log.address),
            "topics": .array(record.log.topics.map(JSON.hash)), "data": .data(record.log.data),
            "blockNumber": quantity(record.blockNumber), "blockHash": .hash(record.blockHash),
            "blockTimestamp": quantity(record.blockTime.milliseconds / 1_000),
            "transactionHash": .hash(record.transactionHash),
            "transactionIndex": quantity(record.transactionIndex),
            "logIndex": quantity(record.logIndex), "removed": false,
        ]
    }
}
