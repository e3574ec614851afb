/// An event that a contract emitted.
public struct EventLog: Hashable, Sendable {
    /// The contract.
    public let address: Address
    /// The event's signature hash, then its indexed parameters; at most four.
    public let topics: [Hash32]
    /// The other parameters, ABI-encoded.
    public let data: Bytes

    public init(address: Address, topics: [Hash32], data: Bytes) {
        self.address = address
        self.topics = topics
        self.data = data
    }
}

/// What became of a transaction in its block.
///
/// ```swift
/// let execution = state.build(on: head, at: now, proposer: validator, candidates: [transaction])
/// for receipt in execution.receipts {
///     print(receipt.transactionHash, receipt.revertReason ?? "took effect")
///     print(receipt.logs.compactMap { MarketEvent($0) })
/// }
/// ```
public struct TransactionReceipt: Hashable, Sendable {
    /// The transaction.
    public let transactionHash: Hash32
    /// Whether it took effect; if not, only the nonce moved.
    public let succeeded: Bool
    /// Why it reverted; nil where it succeeded.
    public let revertReason: String?
    /// The gas that it used.
    public let gasUsed: UInt64
    /// The gas used by the block's transactions up to and with this one.
    public let cumulativeGasUsed: UInt64
    /// The events that it emitted.
    public let logs: [EventLog]

    public init(
        transactionHash: Hash32, revertReason: String?, gasUsed: UInt64, cumulativeGasUsed: UInt64,
        logs: [EventLog]
    ) {
        self.transactionHash = transactionHash
        succeeded = revertReason == nil
        self.revertReason = revertReason
        self.gasUsed = gasUsed
        self.cumulativeGasUsed = cumulativeGasUsed
        self.logs = logs
    }
}

extension EventLog {
    /// The canonical bytes: the RLP list of address, topics and data.
    fileprivate var encoded: Bytes {
        var names = RLPList(capacity: 33 * topics.count)
        for topic in topics { names.hash(topic) }
        var list = RLPList(capacity: 64 + 33 * topics.count + data.count)
        list.address(address)
        list.encodedItem(names.encoded)
        list.bytes(data)
        return list.encoded
    }
}

extension TransactionReceipt {
    /// The canonical bytes: the RLP list of its properties, without a reason empty bytes for one.
    var encoded: Bytes {
        var events = RLPList(capacity: 256 * logs.count)
        for log in logs { events.encodedItem(log.encoded) }
        var list = RLPList(capacity: 128 + 256 * logs.count)
        list.hash(transactionHash)
        list.number(succeeded ? 1 : 0)
        list.bytes(revertReason.map { Bytes($0.utf8) } ?? [])
        list.number(gasUsed)
        list.number(cumulativeGasUsed)
        list.encodedItem(events.encoded)
        return list.encoded
    }
}
