public import Protocol

/// Why an input was not taken; it has changed nothing that matters.
public enum Rejection: Error, Hashable, Sendable {
    /// It is about a height or round that is over.
    case stale
    /// It is already known.
    case duplicate
    /// It is about a height or round too far ahead to be kept.
    case tooFarAhead
    /// There is no room for more messages of future heights.
    case bufferFull
    /// Its signature is none.
    case badSignature
    /// It was signed by someone who is no validator of the height.
    case notAValidator(Address)
    /// It is a proposal by a validator whose turn it is not.
    case notTheProposer(Address)
    /// It is a proposal or round change that its certificates do not justify.
    case unjustified(by: Address)
    /// It proposes a new block with a time that has long passed.
    case backdated(by: Address)
    /// The block is not valid.
    case invalidBlock(BlockRefusal)
    /// The seals do not make the block final.
    case badCertificate
    /// Nobody asked for the block.
    case unwantedBlock
    /// It is this validator's own message, come back.
    case echo
    /// It bears this validator's signature, but was not signed here: the key is used elsewhere,
    /// or the records were lost.
    case keyUsedElsewhere

    /// Whether whoever sent it broke the rules: honest validators pass on only what they have
    /// checked themselves. The others happen among honest validators.
    public var isFault: Bool {
        switch self {
        case .badSignature, .notTheProposer, .unjustified, .badCertificate: true
        case .stale, .duplicate, .tooFarAhead, .bufferFull, .notAValidator, .invalidBlock,
            .unwantedBlock, .echo, .keyUsedElsewhere, .backdated:
            false
        }
    }

    /// Who broke the rules by signing it at all, whoever passed it on. No signature covers the
    /// certificates that come with a message: about those its author promises nothing.
    public var guiltyAuthor: Address? {
        guard case .notTheProposer(let author) = self else { return nil }
        return author
    }
}
