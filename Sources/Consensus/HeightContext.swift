public import Protocol

/// Everything that a height's agreement depends on, derived from the final block before it.
public struct HeightContext: Hashable, Sendable {
    /// The height to agree on.
    public let height: UInt64
    /// The hash of the final block before it.
    public let parentHash: Hash32
    /// That block's time.
    public let parentTimestamp: Timestamp
    /// The proposer in that block's header; nil if it is the chain's first block.
    public let parentProposer: Address?
    /// The validators that decided on that block.
    public let parentValidators: ValidatorSet
    /// The validators that decide on this height.
    public let validators: ValidatorSet
    /// How long after that block's time this height's may be proposed, in milliseconds; each node
    /// goes by its own, which nobody checks.
    public let pause: UInt64
    /// The same where there is urgent work, which does not wait for more to come; at most ``pause``.
    public let leastPause: UInt64

    public init(
        height: UInt64, parentHash: Hash32, parentTimestamp: Timestamp, parentProposer: Address?,
        parentValidators: ValidatorSet, validators: ValidatorSet, pause: UInt64 = 0,
        leastPause: UInt64 = 0
    ) {
        self.height = height
        self.parentHash = parentHash
        self.parentTimestamp = parentTimestamp
        self.parentProposer = parentProposer
        self.parentValidators = parentValidators
        self.validators = validators
        self.pause = pause
        self.leastPause = min(leastPause, pause)
    }

    /// The context of the height after `parent`, which `parentValidators` decided on and after
    /// which `validators` decide; the pauses are in milliseconds.
    public init(
        after parent: Block, decidedBy parentValidators: ValidatorSet, validators: ValidatorSet,
        pause: UInt64 = 0, leastPause: UInt64 = 0
    ) {
        self.init(
            height: parent.number + 1, parentHash: parent.hash,
            parentTimestamp: parent.header.timestamp,
            parentProposer: parent.number == 0 ? nil : parent.header.proposer,
            parentValidators: parentValidators, validators: validators, pause: pause,
            leastPause: leastPause)
    }

    /// Whose turn `round` is; nil if there are no validators.
    public func proposer(ofRound round: UInt32) -> Address? {
        validators.proposer(
            round: round, previousProposer: parentProposer, previous: parentValidators)
    }

    /// Why `final` does not follow as this height's final block by its links and seals, or nil if
    /// it does (rule 9). Whether it executes to its roots is for the ledger to tell.
    public func refusal(
        of final: FinalBlock, domain: SigningDomain, scheme: any SignatureScheme
    ) -> Rejection? {
        let block = final.block
        guard block.number >= height else { return .stale }
        guard block.number == height else { return .tooFarAhead }
        guard block.header.parentHash == parentHash else {
            return .invalidBlock(BlockRefusal("its parent is not the last final block"))
        }
        let holds = validators.certifies(
            final.certificate, block: block.hash, height: height, domain: domain, scheme: scheme)
        return holds ? nil : .badCertificate
    }
}
