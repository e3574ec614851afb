/// A block's header, in the order and with the fields of Ethereum's, so that its clients compute
/// the same hash. The round and the seals stay outside, in the ``Certificate``.
public struct BlockHeader: Hashable, Sendable {
    /// The block before; zero for the first.
    public var parentHash: Hash32
    /// The block's height; 0 for the first.
    public var number: UInt64
    /// When it was proposed.
    public var timestamp: Timestamp
    /// The validator that first proposed it.
    public var proposer: Address
    /// The root of the state after it.
    public var stateRoot: Hash32
    /// The ``MerkleList`` root of its transactions' canonical bytes.
    public var transactionsRoot: Hash32
    /// The ``MerkleList`` root of its receipts.
    public var receiptsRoot: Hash32
    /// The filter over its receipts' logs.
    public var logsBloom: LogsBloom
    /// The gas that its transactions used.
    public var gasUsed: UInt64
    /// The hash of the validators that decide on the next block, which stands as `extraData`.
    public var nextValidatorsHash: Hash32

    public init(
        parentHash: Hash32, number: UInt64, timestamp: Timestamp, proposer: Address,
        stateRoot: Hash32, transactionsRoot: Hash32, receiptsRoot: Hash32, logsBloom: LogsBloom,
        gasUsed: UInt64, nextValidatorsHash: Hash32
    ) {
        self.parentHash = parentHash
        self.number = number
        self.timestamp = timestamp
        self.proposer = proposer
        self.stateRoot = stateRoot
        self.transactionsRoot = transactionsRoot
        self.receiptsRoot = receiptsRoot
        self.logsBloom = logsBloom
        self.gasUsed = gasUsed
        self.nextValidatorsHash = nextValidatorsHash
    }

    /// The Keccak-256 of the canonical bytes: the block's name everywhere.
    public var hash: Hash32 { Keccak256.hash(encoded) }

    private static let zeroNonce = Bytes(repeating: 0, count: 8)

    /// The bytes of ``rlp``.
    private var encoded: Bytes {
        var list = RLPList(capacity: 600)
        list.hash(parentHash)
        list.hash(Self.noUncles)
        list.address(proposer)
        list.hash(stateRoot)
        list.hash(transactionsRoot)
        list.hash(receiptsRoot)
        list.bytes(logsBloom.bytes)
        list.bytes([])
        list.number(number)
        list.number(Limits.blockGas)
        list.number(gasUsed)
        list.number(timestamp.milliseconds / 1_000)
        list.hash(nextValidatorsHash)
        list.hash(UInt256(timestamp.milliseconds).word)
        list.bytes(Self.zeroNonce)
        list.bytes([])
        return list.encoded
    }

    /// The hash of an empty list of uncles, which every Ethereum header carries.
    public static let noUncles = Keccak256.hash(RLP.list([]).encoded)
}

extension BlockHeader: RLPDecodable {
    /// Ethereum's sixteen fields since London. `mixHash` holds the time in milliseconds, whose
    /// whole seconds stand in `timestamp`; difficulty, nonce and base fee are zero.
    public var rlp: RLP {
        .list([
            .hash(parentHash), .hash(Self.noUncles), .address(proposer), .hash(stateRoot),
            .hash(transactionsRoot), .hash(receiptsRoot), .bytes(logsBloom.bytes), .bytes([]),
            .number(number), .number(Limits.blockGas), .number(gasUsed),
            .number(timestamp.milliseconds / 1_000), .hash(nextValidatorsHash),
            .hash(UInt256(timestamp.milliseconds).word), .bytes(Bytes(repeating: 0, count: 8)),
            .bytes([]),
        ])
    }

    public init(rlp: RLP) throws(MalformedBytes) {
        var fields = try RLPFields(rlp, of: "block header")
        parentHash = try fields.hash()
        let uncles = try fields.hash()
        proposer = try fields.address()
        stateRoot = try fields.hash()
        transactionsRoot = try fields.hash()
        receiptsRoot = try fields.hash()
        guard let bloom = LogsBloom(bytes: try fields.bytes()) else {
            throw MalformedBytes("block header: the logs bloom has 256 bytes")
        }
        logsBloom = bloom
        let difficulty = try fields.bytes()
        number = try fields.number()
        let gasLimit = try fields.number(UInt64.self)
        gasUsed = try fields.number()
        let seconds = try fields.number(UInt64.self)
        nextValidatorsHash = try fields.hash()
        let mixHash = UInt256(word: try fields.hash())
        let nonce = try fields.bytes()
        let baseFee = try fields.bytes()
        try fields.end()
        guard let milliseconds = UInt64(exactly: mixHash), milliseconds / 1_000 == seconds else {
            throw MalformedBytes("block header: its milliseconds do not match its seconds")
        }
        timestamp = Timestamp(milliseconds: milliseconds)
        guard uncles == Self.noUncles, difficulty.isEmpty, gasLimit == Limits.blockGas,
            nonce == Bytes(repeating: 0, count: 8), baseFee.isEmpty
        else { throw MalformedBytes("block header: a constant field has another value") }
    }
}
