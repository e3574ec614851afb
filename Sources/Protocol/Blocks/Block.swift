/// A header and the transactions under it, each with its sender known.
public struct Block: Hashable, Sendable {
    /// The header.
    public let header: BlockHeader
    /// The transactions, in the order in which they take effect.
    public let transactions: [VerifiedTransaction]
    /// The header's hash.
    public let hash: Hash32

    /// Puts a block together; whether header and transactions fit shows when it is executed.
    public init(header: BlockHeader, transactions: [VerifiedTransaction]) {
        self.header = header
        self.transactions = transactions
        hash = header.hash
    }

    /// The block's height.
    public var number: UInt64 { header.number }

    /// The root that a header over `transactions` carries.
    public static func transactionsRoot(of transactions: [VerifiedTransaction]) -> Hash32 {
        MerkleList.root(of: transactions.map(\.encoded))
    }

    /// The root that a header over `receipts` carries.
    public static func receiptsRoot(of receipts: [TransactionReceipt]) -> Hash32 {
        MerkleList.root(of: receipts.map { $0.rlp.encoded })
    }
}

extension Block: RLPEncodable {
    public var rlp: RLP {
        .list([header.rlp, .list(transactions.map { .bytes($0.encoded) })])
    }

    /// Reads a block and recovers its transactions' senders by `scheme`; throws if the header is
    /// about other transactions.
    public init(rlp: RLP, scheme: some SignatureScheme) throws(MalformedBytes) {
        var fields = try RLPFields(rlp, of: "block")
        let header = try BlockHeader(rlp: try fields.item())
        let transactions = try fields.list(atMost: Limits.blockTransactions) {
            item throws(MalformedBytes) in
            guard case .bytes(let bytes) = item else {
                throw MalformedBytes("block: a transaction is bytes")
            }
            return try VerifiedTransaction(decoding: bytes, scheme: scheme)
        }
        try fields.end()
        // A hash names the header alone: without this, seals over it would cover another body.
        guard header.transactionsRoot == Self.transactionsRoot(of: transactions) else {
            throw MalformedBytes("block: its header is about other transactions")
        }
        self.init(header: header, transactions: transactions)
    }
}
