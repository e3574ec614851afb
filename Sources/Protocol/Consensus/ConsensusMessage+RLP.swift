/// A claim, or an empty list for none.
extension PreparedClaim?: RLPField {
    public var item: RLP { map { .fields($0.round, $0.digest) } ?? .list([]) }

    public init(next fields: inout RLPFields) throws(MalformedBytes) {
        let item = try fields.item()
        guard item != .list([]) else {
            self = nil
            return
        }
        let (round, digest): (UInt32, Hash32) = try RLPFields.values(in: item, of: "prepared claim")
        self = PreparedClaim(round: round, digest: digest)
    }
}

extension Prepare: RLPDecodable {
    public var rlp: RLP { .fields(height, round, digest, signature) }

    public init(rlp: RLP) throws(MalformedBytes) {
        (height, round, digest, signature) = try RLPFields.values(in: rlp, of: "prepare")
    }
}

extension Commit: RLPDecodable {
    public var rlp: RLP { .fields(height, round, digest, seal) }

    public init(rlp: RLP) throws(MalformedBytes) {
        (height, round, digest, seal) = try RLPFields.values(in: rlp, of: "commit")
    }
}

extension RoundChangeVote: RLPDecodable {
    public var rlp: RLP { .fields(height, round, prepared, signature) }

    public init(rlp: RLP) throws(MalformedBytes) {
        (height, round, prepared, signature) = try RLPFields.values(in: rlp, of: "round change")
    }
}

extension RoundChange: RLPEncodable {
    public var rlp: RLP {
        .list([vote.rlp, .list(block.map { [$0.rlp] } ?? []), .list(of: prepares)])
    }

    /// Reads a round change and recovers its block's senders by `scheme`.
    public init(rlp: RLP, scheme: some SignatureScheme) throws(MalformedBytes) {
        var fields = try RLPFields(rlp, of: "round change")
        vote = try RoundChangeVote(rlp: try fields.item())
        block = try fields.list(atMost: 1) { item throws(MalformedBytes) in
            try Block(rlp: item, scheme: scheme)
        }.first
        prepares = try fields.list(atMost: Limits.validators)
        try fields.end()
    }
}

extension Proposal: RLPEncodable {
    public var rlp: RLP {
        .list([
            .number(round), block.rlp, signature.rlp, .list(of: roundChanges),
            .list(of: prepares),
        ])
    }

    /// Reads a proposal and recovers its block's senders by `scheme`.
    public init(rlp: RLP, scheme: some SignatureScheme) throws(MalformedBytes) {
        var fields = try RLPFields(rlp, of: "proposal")
        round = try fields.number()
        block = try Block(rlp: try fields.item(), scheme: scheme)
        signature = try Signature(rlp: try fields.item())
        roundChanges = try fields.list(atMost: Limits.validators)
        prepares = try fields.list(atMost: Limits.validators)
        try fields.end()
    }
}

extension ConsensusMessage: RLPEncodable {
    public var rlp: RLP {
        let content =
            switch self {
            case .proposal(let proposal): proposal.rlp
            case .prepare(let prepare): prepare.rlp
            case .commit(let commit): commit.rlp
            case .roundChange(let change): change.rlp
            }
        return .list([.number(kind.rawValue), content])
    }

    /// Reads a message and recovers the senders of the block in it by `scheme`; the message's own
    /// signature is not checked.
    public init(rlp: RLP, scheme: some SignatureScheme) throws(MalformedBytes) {
        var fields = try RLPFields(rlp, of: "consensus message")
        guard let kind = Kind(rawValue: try fields.number()) else {
            throw MalformedBytes("consensus message: unknown kind")
        }
        let content = try fields.item()
        try fields.end()
        switch kind {
        case .proposal: self = .proposal(try Proposal(rlp: content, scheme: scheme))
        case .prepare: self = .prepare(try Prepare(rlp: content))
        case .commit: self = .commit(try Commit(rlp: content))
        case .roundChange: self = .roundChange(try RoundChange(rlp: content, scheme: scheme))
        }
    }
}
