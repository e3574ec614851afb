extension WireMessage {
    /// What a message is, by the code that it begins with: known before anything else is read.
    public enum Kind: UInt8, Sendable, CaseIterable {
        case hello = 1
        case head = 2
        case consensus = 3
        case consensusStatus = 4
        case finalBlock = 5
        case transactions = 6
        case blocksRequest = 7
        case blocks = 8
        case proposalRequest = 9
        case proposalBlock = 10
        case peers = 11
        case meter = 12
        case transactionsAnnounced = 13
        case transactionsRequest = 14
        case transactionsAnswer = 15
    }

    /// The kind of the message.
    public var kind: Kind {
        let code =
            switch self {
            case .link(let message): message.code
            case .replica(let message): message.code
            case .meter: Kind.meter.rawValue
            }
        guard let kind = Kind(rawValue: code) else {
            preconditionFailure("a code without a kind: \(code)")
        }
        return kind
    }
}

extension WireMessage.Kind {
    /// So many first bytes of an encoded message are enough to tell its kind.
    public static let prefixBytes = 10

    /// The kind of the message that begins with `bytes`; nil if they begin none.
    public init?(prefix bytes: some Collection<UInt8>) {
        guard let first = bytes.first, first >= 0xc0 else { return nil }
        // A list's length of more than 55 bytes stands in up to eight bytes after the first.
        let lengthBytes = first > 0xf7 ? Int(first - 0xf7) : 0
        guard let code = bytes.dropFirst(1 + lengthBytes).first else { return nil }
        self.init(rawValue: code)
    }

    /// The class of its messages.
    public var priority: WireMessage.Priority {
        switch self {
        case .hello, .consensus, .consensusStatus, .proposalRequest, .proposalBlock: .consensus
        case .head, .finalBlock, .blocksRequest, .blocks, .peers, .meter: .sync
        case .transactions, .transactionsAnnounced, .transactionsRequest, .transactionsAnswer:
            .transactions
        }
    }

    /// The most bytes that an encoded message of this kind has.
    public var mostBytes: Int {
        switch self {
        case .hello: 4 * 1_024
        case .consensusStatus, .blocksRequest, .proposalRequest: 256
        case .meter: 2 * 1_024
        case .head: Self.certificateBytes
        case .peers: Limits.peerAddresses * (Limits.textBytes + 64)
        case .transactions, .transactionsAnswer:
            Limits.gossipBytes + Limits.transactionBytes + 4 * 1_024
        case .transactionsAnnounced: Limits.announcedTransactions * 36
        case .transactionsRequest: Limits.requestedTransactions * 36
        case .proposalBlock: Limits.blockBytes + 1_024
        // Of several blocks there are no more than Limits.syncBytes, and their headers and seals.
        case .finalBlock, .blocks: Limits.blockBytes + Self.certificateBytes
        // A quorum's wishes and a quorum's prepares may justify a block.
        case .consensus: Limits.blockBytes + 4 * Self.certificateBytes
        }
    }

    /// The seals of all validators, with what stands around them, in bytes.
    private static let certificateBytes = 16 * 1_024
}
