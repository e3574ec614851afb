/// What replicas say to each other.
public enum ReplicaMessage: Hashable, Sendable {
    /// The sender's last final block, with the proof; after hello, and whenever it has a new one.
    case head(CertifiedHead)
    /// Between validators, rebroadcast once.
    case consensus(ConsensusMessage)
    /// Where a validator stands.
    case consensusStatus(ConsensusStatus)
    /// A block that became final.
    case finalBlock(FinalBlock)
    /// Transactions that the sender has checked and keeps, unasked: those that came in at its door.
    case transactions([VerifiedTransaction])
    /// The hashes of transactions that the sender has and that could be in the next block, those of
    /// one account in the order of their nonces. Whoever lacks them asks.
    case transactionsAnnounced([Hash32])
    /// Asks, under a number of its own, for transactions that the peer has announced.
    case transactionsRequest(number: UInt64, hashes: [Hash32])
    /// The answer to the request of that number: what the sender has of it, in the same order; not
    /// all where that were too many bytes.
    case transactionsAnswer(number: UInt64, transactions: [VerifiedTransaction])
    /// Asks for up to `count` final blocks from height `from` on.
    case blocksRequest(from: UInt64, count: UInt64)
    /// The answer: consecutive final blocks; none if the sender has none from there on.
    case blocks([FinalBlock])
    /// Asks a validator for the block `hash` of `height`, which has a quorum of commits.
    case proposalRequest(height: UInt64, hash: Hash32)
    /// The answer, from whoever has it.
    case proposalBlock(Block)
}

extension ReplicaMessage {
    /// How urgent it is.
    public var priority: WireMessage.Priority {
        switch self {
        case .consensus, .consensusStatus, .proposalRequest, .proposalBlock: .consensus
        case .head, .finalBlock, .blocksRequest, .blocks: .sync
        case .transactions, .transactionsAnnounced, .transactionsRequest, .transactionsAnswer:
            .transactions
        }
    }

    var code: UInt8 {
        switch self {
        case .head: 2
        case .consensus: 3
        case .consensusStatus: 4
        case .finalBlock: 5
        case .transactions: 6
        case .blocksRequest: 7
        case .blocks: 8
        case .proposalRequest: 9
        case .proposalBlock: 10
        case .transactionsAnnounced: 13
        case .transactionsRequest: 14
        case .transactionsAnswer: 15
        }
    }

    var content: RLP {
        switch self {
        case .head(let head): head.rlp
        case .consensus(let message): message.rlp
        case .consensusStatus(let status): status.rlp
        case .finalBlock(let block): block.rlp
        case .transactions(let transactions): Self.list(transactions)
        case .transactionsAnnounced(let hashes): .list(hashes.map(RLP.hash))
        case .transactionsRequest(let number, let hashes):
            .list([.number(number), .list(hashes.map(RLP.hash))])
        case .transactionsAnswer(let number, let transactions):
            .list([.number(number), Self.list(transactions)])
        case .blocksRequest(let from, let count): .fields(from, count)
        case .blocks(let blocks): .list(of: blocks)
        case .proposalRequest(let height, let hash): .fields(height, hash)
        case .proposalBlock(let block): block.rlp
        }
    }

    /// Reads the content of a message with `code`; nil if no replica sends one with it.
    init?(
        code: UInt8, content: RLP, scheme: some SignatureScheme,
        isFinal: (BlockHeader, Certificate) -> Bool
    ) throws(MalformedBytes) {
        switch code {
        case 2: self = .head(try CertifiedHead(rlp: content))
        case 3: self = .consensus(try ConsensusMessage(rlp: content, scheme: scheme))
        case 4: self = .consensusStatus(try ConsensusStatus(rlp: content))
        case 5:
            self = .finalBlock(try FinalBlock(rlp: content, scheme: scheme, isFinal: isFinal))
        case 6: self = .transactions(try Self.transactions(in: content, scheme: scheme))
        case 7:
            let (from, count): (UInt64, UInt64) = try RLPFields.values(
                in: content, of: "blocks request")
            self = .blocksRequest(from: from, count: count)
        case 8:
            self = .blocks(
                try content.elements(of: "blocks", atMost: Int(Limits.syncBlocks)) {
                    item throws(MalformedBytes) in
                    try FinalBlock(rlp: item, scheme: scheme, isFinal: isFinal)
                })
        case 9:
            let (height, hash): (UInt64, Hash32) = try RLPFields.values(
                in: content, of: "proposal request")
            self = .proposalRequest(height: height, hash: hash)
        case 10: self = .proposalBlock(try Block(rlp: content, scheme: scheme))
        case 13...15:
            self = try Self.aboutTransactions(code: code, content: content, scheme: scheme)
        default: return nil
        }
    }
}

extension ReplicaMessage {
    private static func list(_ transactions: [VerifiedTransaction]) -> RLP {
        .list(transactions.map { .bytes($0.encoded) })
    }

    private static func aboutTransactions(
        code: UInt8, content: RLP, scheme: some SignatureScheme
    ) throws(MalformedBytes) -> ReplicaMessage {
        guard code > 13 else {
            return .transactionsAnnounced(
                try hashes(in: content, atMost: Limits.announcedTransactions))
        }
        var fields = try RLPFields(content, of: "transactions")
        let number = try fields.number(UInt64.self)
        let list = try fields.item()
        try fields.end()
        if code == 14 {
            let hashes = try hashes(in: list, atMost: Limits.requestedTransactions)
            return .transactionsRequest(number: number, hashes: hashes)
        }
        return .transactionsAnswer(
            number: number, transactions: try transactions(in: list, scheme: scheme))
    }

    private static func hashes(
        in list: RLP, atMost maximum: Int
    ) throws(MalformedBytes) -> [Hash32] {
        try list.elements(of: "hashes of transactions", atMost: maximum) {
            item throws(MalformedBytes) in
            guard let bytes = item.string, let hash = Hash32(bytes: bytes) else {
                throw MalformedBytes("hashes of transactions: expected 32 bytes")
            }
            return hash
        }
    }

    private static func transactions(
        in content: RLP, scheme: some SignatureScheme
    ) throws(MalformedBytes) -> [VerifiedTransaction] {
        try content.elements(of: "transactions", atMost: Limits.gossipTransactions) {
            item throws(MalformedBytes) in
            guard let bytes = item.string else {
                throw MalformedBytes("transactions: a transaction is bytes")
            }
            return try VerifiedTransaction(decoding: bytes, scheme: scheme)
        }
    }
}

extension ConsensusStatus: RLPDecodable {
    public var rlp: RLP { .fields(height, round, hasProposal) }

    public init(rlp: RLP) throws(MalformedBytes) {
        (height, round, hasProposal) = try RLPFields.values(in: rlp, of: "consensus status")
    }
}
