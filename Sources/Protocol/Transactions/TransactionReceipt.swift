/// An event that a contract emitted.
public struct EventLog: Hashable, Sendable {
    /// The contract.
    public let address: Address
    /// The event's signature hash, then its indexed parameters; at most four.
    public let topics: [Hash32]
    /// The other parameters, ABI-encoded.
    public let data: Bytes

    /// An event of `address`.
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
    /// The bytes of ``rlp``.
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
    /// The bytes of ``rlp``.
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

extension EventLog: RLPEncodable, RLPDecodable {
    public var rlp: RLP {
        .list([.address(address), .list(topics.map(RLP.hash)), .bytes(data)])
    }

    public init(rlp: RLP) throws(MalformedBytes) {
        var fields = try RLPFields(rlp, of: "event")
        address = try fields.address()
        topics = try fields.list(atMost: 4) { item throws(MalformedBytes) in
            guard case .bytes(let bytes) = item, let topic = Hash32(bytes: bytes) else {
                throw MalformedBytes("event: a topic has 32 bytes")
            }
            return topic
        }
        data = try fields.bytes()
        try fields.end()
    }
}

extension TransactionReceipt: RLPEncodable, RLPDecodable {
    public var rlp: RLP {
        .list([
            .hash(transactionHash), .flag(succeeded), .text(revertReason ?? ""), .number(gasUsed),
            .number(cumulativeGasUsed), .list(of: logs),
        ])
    }

    public init(rlp: RLP) throws(MalformedBytes) {
        var fields = try RLPFields(rlp, of: "receipt")
        transactionHash = try fields.hash()
        succeeded = try fields.flag()
        let reason = try fields.text(atMost: .max).verbatim
        guard !succeeded || reason.isEmpty else {
            throw MalformedBytes("receipt: a success has no reason")
        }
        revertReason = succeeded ? nil : reason
        gasUsed = try fields.number()
        cumulativeGasUsed = try fields.number()
        logs = try fields.list(atMost: 1_000) { item throws(MalformedBytes) in
            try EventLog(rlp: item)
        }
        try fields.end()
    }
}
