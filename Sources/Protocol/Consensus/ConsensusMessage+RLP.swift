extension PreparedClaim {
    /// The item of a claim, or of none.
    static func rlp(_ claim: PreparedClaim?) -> RLP {
        .list(claim.map { [.number($0.round), .hash($0.digest)] } ?? [])
    }

    /// Reads a claim, or none.
    static func read(_ rlp: RLP) throws(MalformedBytes) -> PreparedClaim? {
        var fields = try RLPFields(rlp, of: "prepared claim")
        guard fields.count > 0 else { return nil }
        let claim = PreparedClaim(round: try fields.number(), digest: try fields.hash())
        try fields.end()
        return claim
    }
}

extension Prepare: RLPEncodable, RLPDecodable {
    public var rlp: RLP {
        .list([.number(height), .number(round), .hash(digest), signature.rlp])
    }

    public init(rlp: RLP) throws(MalformedBytes) {
        var fields = try RLPFields(rlp, of: "prepare")
        height = try fields.number()
        round = try fields.number()
        digest = try fields.hash()
        signature = try Signature(rlp: try fields.item())
        try fields.end()
    }
}

extension Commit: RLPEncodable, RLPDecodable {
    public var rlp: RLP {
        .list([.number(height), .number(round), .hash(digest), seal.rlp])
    }

    public init(rlp: RLP) throws(MalformedBytes) {
        var fields = try RLPFields(rlp, of: "commit")
        height = try fields.number()
        round = try fields.number()
        digest = try fields.hash()
        seal = try Signature(rlp: try fields.item())
        try fields.end()
    }
}

extension RoundChangeVote: RLPEncodable, RLPDecodable {
    public var rlp: RLP {
        .list([.number(height), .number(round), PreparedClaim.rlp(prepared), signature.rlp])
    }

    public init(rlp: RLP) throws(MalformedBytes) {
        var fields = try RLPFields(rlp, of: "round change")
        height = try fields.number()
        round = try fields.number()
        prepared = try PreparedClaim.read(try fields.item())
        signature = try Signature(rlp: try fields.item())
        try fields.end()
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
        prepares = try fields.list(atMost: Limits.validators) { item throws(MalformedBytes) in
            try Prepare(rlp: item)
        }
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
        roundChanges = try fields.list(atMost: Limits.validators) { item throws(MalformedBytes) in
            try RoundChangeVote(rlp: item)
        }
        prepares = try fields.list(atMost: Limits.validators) { item throws(MalformedBytes) in
            try Prepare(rlp: item)
        }
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
