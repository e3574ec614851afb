/// A header and the transactions under it, each with its sender known. It never changes, and a
/// copy shares everything with the original.
public struct Block: Sendable {
    @usableFromInline let content: Content

    @usableFromInline
    final class Content: Sendable {
        @usableFromInline let header: BlockHeader
        @usableFromInline let transactions: [VerifiedTransaction]
        @usableFromInline let hash: Hash32

        init(header: BlockHeader, transactions: [VerifiedTransaction]) {
            self.header = header
            self.transactions = transactions
            hash = header.hash
        }
    }

    /// Puts a block together; whether header and transactions fit shows when it is executed.
    public init(header: BlockHeader, transactions: [VerifiedTransaction]) {
        content = Content(header: header, transactions: transactions)
    }

    /// The header.
    @inlinable public var header: BlockHeader { content.header }
    /// The transactions, in the order in which they take effect.
    @inlinable public var transactions: [VerifiedTransaction] { content.transactions }
    /// The header's hash.
    @inlinable public var hash: Hash32 { content.hash }
    /// The block's height.
    @inlinable public var number: UInt64 { content.header.number }

    /// The root that a header over `transactions` carries.
    public static func transactionsRoot(of transactions: [VerifiedTransaction]) -> Hash32 {
        MerkleList.root(ofLeaves: transactions.map(\.leafHash))
    }

    /// The root that a header over `receipts` carries.
    public static func receiptsRoot(of receipts: [TransactionReceipt]) -> Hash32 {
        MerkleList.root(of: receipts.map(\.encoded))
    }
}

extension Block: Hashable {
    public static func == (left: Block, right: Block) -> Bool {
        if left.content === right.content { return true }
        return left.hash == right.hash && left.transactions == right.transactions
    }

    public func hash(into hasher: inout Hasher) { hasher.combine(hash) }
}

extension Block: RLPEncodable {
    public var rlp: RLP {
        .list([header.rlp, .list(transactions.map { .bytes($0.encoded) })])
    }

    /// Reads a block and recovers its transactions' senders by `scheme`; throws if the header is
    /// about other transactions.
    public init(rlp: RLP, scheme: some SignatureScheme) throws(MalformedBytes) {
        try self.init(rlp: rlp) { _ in
            true
        } verified: { bodies throws(MalformedBytes) in
            var transactions: [VerifiedTransaction] = []
            transactions.reserveCapacity(bodies.count)
            for body in bodies { transactions.append(try body.verified(by: scheme)) }
            return transactions
        }
    }

    /// Reads a block that a certificate makes final, as `isFinal` tells of its header; throws if it does
    /// not, or as ``init(rlp:scheme:)`` does.
    init(
        rlp: RLP, scheme: some SignatureScheme, isFinal: (BlockHeader) -> Bool
    ) throws(MalformedBytes) {
        try self.init(rlp: rlp, isFinal: isFinal) { bodies throws(MalformedBytes) in
            try scheme.verified(all: bodies)
        }
    }

    // What costs most comes last: no sender is recovered before all else has been checked.
    private init(
        rlp: RLP, isFinal: (BlockHeader) -> Bool,
        verified: ([TransactionBody]) throws(MalformedBytes) -> [VerifiedTransaction]
    ) throws(MalformedBytes) {
        var fields = try RLPFields(rlp, of: "block")
        let header = try BlockHeader(rlp: try fields.item())
        guard isFinal(header) else {
            throw MalformedBytes("block: its certificate does not make it final")
        }
        let bodies = try fields.list(atMost: Limits.blockTransactions) {
            item throws(MalformedBytes) in
            guard let bytes = item.string else {
                throw MalformedBytes("block: a transaction is bytes")
            }
            return TransactionBody(bytes: bytes, leaf: MerkleList.leaf(bytes))
        }
        try fields.end()
        // A hash names the header alone: without this, seals over it would cover another body.
        guard header.transactionsRoot == MerkleList.root(ofLeaves: bodies.map(\.leaf)) else {
            throw MalformedBytes("block: its header is about other transactions")
        }
        self.init(header: header, transactions: try verified(bodies))
    }
}
