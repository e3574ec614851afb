public import Protocol

/// What a validator must not forget in a crash, stored before it says what depends on it.
///
/// A record is of use until its height is final; older ones may be deleted.
public enum SafetyRecord: Hashable, Sendable {
    /// It has signed the message, whose canonical bytes go out again instead of another one of
    /// the same kind, height and round.
    case vote(ConsensusMessage)
    /// It is bound to a prepared block.
    case prepared(PreparedBlock)

    /// The height that it is about.
    public var height: UInt64 {
        switch self {
        case .vote(let message): message.height
        case .prepared(let prepared): prepared.block.number
        }
    }

    /// The round that it is about.
    public var round: UInt32 {
        switch self {
        case .vote(let message): message.round
        case .prepared(let prepared): prepared.round
        }
    }
}

extension SafetyRecord {
    private var tag: UInt8 {
        switch self {
        case .vote: 1
        case .prepared: 2
        }
    }

    /// The canonical bytes.
    public var encoded: Bytes {
        let content: RLP =
            switch self {
            case .vote(let message): message.rlp
            case .prepared(let prepared):
                .list([
                    .number(prepared.round), prepared.block.rlp, .list(of: prepared.prepares),
                ])
            }
        return RLP.list([.number(tag), content]).encoded
    }

    /// Reads the canonical bytes and recovers the senders of a block's transactions by `scheme`.
    public init(decoding bytes: Bytes, scheme: any SignatureScheme) throws(MalformedBytes) {
        var fields = try RLPFields(RLP(decoding: bytes), of: "safety record")
        let tag = try fields.number(UInt8.self)
        let content = try fields.item()
        try fields.end()
        switch tag {
        case 1: self = .vote(try ConsensusMessage(rlp: content, scheme: scheme))
        case 2: self = .prepared(try Self.prepared(in: content, scheme: scheme))
        default: throw MalformedBytes("safety record: unknown kind \(tag)")
        }
    }

    private static func prepared(
        in content: RLP, scheme: some SignatureScheme
    ) throws(MalformedBytes) -> PreparedBlock {
        var fields = try RLPFields(content, of: "prepared block")
        let round = try fields.number(UInt32.self)
        let block = try Block(rlp: try fields.item(), scheme: scheme)
        let prepares = try fields.list(atMost: Limits.validators) { item throws(MalformedBytes) in
            try Prepare(rlp: item)
        }
        try fields.end()
        return PreparedBlock(round: round, block: block, prepares: prepares)
    }
}
