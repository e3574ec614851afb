/// Everything that one node says to another, by whom it is for.
public enum WireMessage: Hashable, Sendable {
    /// For the link itself.
    case link(LinkMessage)
    /// For the other node's replica.
    case replica(ReplicaMessage)
    /// For the other node's role: between a household and its aggregator.
    case meter(MeterMessage)
}

extension WireMessage {
    /// How urgent a message is: each class has a stream of its own between two nodes.
    public enum Priority: Int, Comparable, CaseIterable, Sendable {
        /// Greetings and consensus.
        case consensus = 0
        /// New blocks, catching up, meters.
        case sync = 1
        /// Transactions.
        case transactions = 2

        public static func < (left: Self, right: Self) -> Bool { left.rawValue < right.rawValue }
    }

    /// The class of the message.
    public var priority: Priority {
        switch self {
        case .link(let message): message.priority
        case .replica(let message): message.priority
        case .meter: .sync
        }
    }

    private static let meterCode: UInt8 = 12

    /// The canonical bytes.
    public var encoded: Bytes {
        let (code, content) =
            switch self {
            case .link(let message): (message.code, message.content)
            case .replica(let message): (message.code, message.content)
            case .meter(let message): (Self.meterCode, message.rlp)
            }
        return RLP.list([.number(code), content]).encoded
    }

    /// Reads the canonical bytes and recovers the senders of every transaction in them by
    /// `scheme`. Signatures of validators and meters are not checked; but a block that is said to be
    /// final is read only if its certificate makes it so, as `isFinal` tells: throws if it does not.
    public init(
        decoding bytes: Bytes, scheme: some SignatureScheme,
        isFinal: (BlockHeader, Certificate) -> Bool = { _, _ in true }
    ) throws(MalformedBytes) {
        guard bytes.count <= Limits.messageBytes else {
            throw MalformedBytes("message: longer than \(Limits.messageBytes) bytes")
        }
        var fields = try RLPFields(RLP(decoding: bytes), of: "message")
        let code = try fields.number(UInt8.self)
        let content = try fields.item()
        try fields.end()
        if let message = try LinkMessage(code: code, content: content) {
            self = .link(message)
        } else if let message = try ReplicaMessage(
            code: code, content: content, scheme: scheme, isFinal: isFinal)
        {
            self = .replica(message)
        } else if code == Self.meterCode {
            self = .meter(try MeterMessage(rlp: content))
        } else {
            throw MalformedBytes("message: unknown kind \(code)")
        }
    }
}
