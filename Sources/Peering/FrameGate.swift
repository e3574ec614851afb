import Protocol

/// What a peer's frame must be before its bytes are taken, let alone decoded: of a kind that this
/// peer may send now, on this stream, and no longer than any of its kind.
struct FrameGate {
    /// The class of the stream.
    let priority: WireMessage.Priority
    /// What the peer is on the ledger; nil if it is no member any more.
    let role: MemberRole?

    /// Why a frame that begins with `prefix` and has `count` bytes is not taken; nil if it is.
    /// `takesAnswer` is whether this node waits for an answer of a kind; it waits for one less then.
    func refusal(
        of prefix: ArraySlice<UInt8>, count: Int, hasGreeted: Bool,
        takesAnswer: (WireMessage.Kind) -> Bool
    ) -> LinkError? {
        guard let kind = WireMessage.Kind(prefix: prefix) else {
            return LinkError(refusal: .malformed, description: "it sent what is no message")
        }
        guard hasGreeted || kind == .hello else {
            return .protocolViolation("a message before its hello")
        }
        guard kind.priority == priority else {
            return .protocolViolation("a message on the wrong stream")
        }
        guard count <= kind.mostBytes else { return .oversizeFrame(count) }
        guard mayBeSent(kind) else {
            return .protocolViolation("a message (\(kind)) that is not for its role to send")
        }
        guard !kind.isAnswer || takesAnswer(kind) else {
            return .protocolViolation("an answer (\(kind)) that nobody asked for")
        }
        return nil
    }

    private func mayBeSent(_ kind: WireMessage.Kind) -> Bool {
        switch kind {
        case .consensus, .consensusStatus, .proposalRequest, .proposalBlock: role == .validator
        case .meter: role == .aggregator || role == .consumer || role == .prosumer
        case .hello, .head, .finalBlock, .blocksRequest, .blocks, .peers, .transactions,
            .transactionsAnnounced, .transactionsRequest, .transactionsAnswer:
            true
        }
    }
}

extension WireMessage.Kind {
    /// Whether a suspended member's node is heard with it.
    var isOfVisits: Bool { self == .hello || self == .blocksRequest }

    /// Whether it comes only if it was asked for.
    var isAnswer: Bool {
        self == .blocks || self == .proposalBlock || self == .transactionsAnswer
    }

    /// What may answer it.
    var answers: [WireMessage.Kind] {
        switch self {
        case .blocksRequest: [.blocks]
        // Where the block is final by now it comes with its certificate.
        case .proposalRequest: [.proposalBlock, .blocks]
        case .transactionsRequest: [.transactionsAnswer]
        default: []
        }
    }
}
