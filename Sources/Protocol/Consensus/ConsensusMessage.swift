/// Where a validator stands, so that its peers send again what it lacks. Unsigned: it is believed
/// only as a reason to send something.
public struct ConsensusStatus: Hashable, Sendable {
    /// The height that it works on.
    public let height: UInt64
    /// The round that it is in.
    public let round: UInt32
    /// Whether it has the proposal of that round.
    public let hasProposal: Bool

    public init(height: UInt64, round: UInt32, hasProposal: Bool) {
        self.height = height
        self.round = round
        self.hasProposal = hasProposal
    }
}

/// What validators say to each other about the next block.
public enum ConsensusMessage: Hashable, Sendable {
    /// A block to agree on.
    case proposal(Proposal)
    /// A vote for a proposal.
    case prepare(Prepare)
    /// A seal under a prepared block.
    case commit(Commit)
    /// A wish for another round.
    case roundChange(RoundChange)

    /// The height that the message is about.
    public var height: UInt64 {
        switch self {
        case .proposal(let proposal): proposal.height
        case .prepare(let prepare): prepare.height
        case .commit(let commit): commit.height
        case .roundChange(let change): change.vote.height
        }
    }

    /// The round that the message is about.
    public var round: UInt32 {
        switch self {
        case .proposal(let proposal): proposal.round
        case .prepare(let prepare): prepare.round
        case .commit(let commit): commit.round
        case .roundChange(let change): change.vote.round
        }
    }

    /// The kind of the message: of each kind a validator says one thing a height and round.
    public var kind: Kind {
        switch self {
        case .proposal: .proposal
        case .prepare: .prepare
        case .commit: .commit
        case .roundChange: .roundChange
        }
    }

    /// The kinds of messages, numbered as they are sent and stored.
    public enum Kind: UInt8, Hashable, Comparable, Sendable {
        case proposal = 1
        case prepare = 2
        case commit = 3
        case roundChange = 4

        public static func < (left: Self, right: Self) -> Bool { left.rawValue < right.rawValue }
    }

    /// Who signed it, or nil if the signature is none.
    public func author(in domain: SigningDomain, scheme: some SignatureScheme) -> Address? {
        switch self {
        case .proposal(let proposal): proposal.author(in: domain, scheme: scheme)
        case .prepare(let prepare): prepare.author(in: domain, scheme: scheme)
        case .commit(let commit): commit.author(in: domain, scheme: scheme)
        case .roundChange(let change): change.vote.author(in: domain, scheme: scheme)
        }
    }

    /// What the message's signature covers: two messages of one kind, height, round and author
    /// must not differ in it.
    public func signedDigest(in domain: SigningDomain) -> Hash32 {
        switch self {
        case .proposal(let proposal):
            domain.proposalDigest(
                height: proposal.height, round: proposal.round, block: proposal.block.hash)
        case .prepare(let prepare):
            domain.prepareDigest(
                height: prepare.height, round: prepare.round, block: prepare.digest)
        case .commit(let commit):
            domain.commitDigest(height: commit.height, round: commit.round, block: commit.digest)
        case .roundChange(let change):
            domain.roundChangeDigest(
                height: change.vote.height, round: change.vote.round,
                prepared: change.vote.prepared)
        }
    }
}
