public import Protocol

/// Whether a validator may vote, as far as its own memory goes.
///
/// A validator that has lost its safety records could contradict what it signed before, so a
/// directory has to earn its vote:
///
/// - Where the key is known to have never voted, the directory begins `established`: no records
///   are all its records. Only whoever made the key can know that.
/// - Any other directory without records is `unknown`, also at height 0. It finds out how far the
///   chain has come, and is then `recovering`: it votes once the chain is two heights above the
///   highest that it found. What it may have signed in a former life is about no height after
///   that.
/// - An `established` one whose chain turns out to hold its own seals on blocks that it has no
///   record of, or whose key is seen to sign elsewhere, was restored from an old copy or cloned;
///   it is `recovering` too. Each validator that it links to tells it what it said last, so one
///   honest peer that has heard it is enough.
public enum VotingRight: Hashable, Sendable {
    /// It has no memory of what it said, and does not know yet how far the chain has come.
    case unknown
    /// It does not vote until its head is at this height.
    case recovering(until: UInt64)
    /// Its records are whole.
    case established

    /// The canonical bytes, for the store.
    public var encoded: Bytes {
        switch self {
        case .unknown: RLP.list([]).encoded
        case .established: RLP.list([.number(UInt8(1))]).encoded
        case .recovering(let height): RLP.list([.number(UInt8(2)), .number(height)]).encoded
        }
    }

    public init(decoding bytes: Bytes) throws(MalformedBytes) {
        var fields = try RLPFields(RLP(decoding: bytes), of: "voting right")
        guard !fields.isAtEnd else {
            self = .unknown
            return
        }
        switch try fields.number(UInt8.self) {
        case 1: self = .established
        case 2: self = .recovering(until: try fields.number())
        default: throw MalformedBytes("voting right: unknown kind")
        }
        try fields.end()
    }
}

extension ValidatorSet {
    /// How many others' heads a validator has to hear after its start, so that one of them has been
    /// at, or two below, whatever height it may have voted on in a life that it has forgotten.
    ///
    /// It voted on a height only if a quorum Q had sealed the one before; all of those had the one
    /// before that. Of n − f honest validators at least Q − f are among them, so n − Q + 1 honest
    /// ones include one; and as a node that has lost its memory is itself one of the f, at most
    /// f − 1 others lie.
    public var headsToHear: Int {
        max(min(faultsTolerated + 1, count - 1), count - quorum + faultsTolerated)
    }
}
