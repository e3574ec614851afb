public import Protocol

/// The numbers by which one version of the ledger's rules differs from another. What a version does
/// otherwise than by a number asks here too, so that there is one place that tells versions apart.
public struct Rules: Hashable, Sendable {
    /// How many open offers each call that changes the market looks at for such as are past their
    /// time.
    public var expirySearch = 2

    /// How many of a member's offers may be open, or picked and not paid, at once.
    public var offersAtOnce = 64
    /// How many of a member's picks may wait for their delivery at once, at the most.
    public var picksAtOnce = 32
    /// How many of them may if the member has taken no delivery yet, or has let a pick or a trade down.
    public var firstPicks = 4
    /// How long a pick waits for its buyer's start, in seconds of the ledger: then it may be released.
    public var startSeconds: UInt64 = 5
    /// How many times as long a member whose pick was released picks nothing.
    public var releasePause: UInt64 = 2
    /// How many of those whose picks of an offer were released are remembered: they cannot pick it again.
    public var releasesKept = 8
    /// How far from now a start may be when it is handed in, and how long after the delivery window the buyer's
    /// receipt may still come, in seconds of the ledger.
    public var receiptSeconds: UInt64 = 10
    /// How long an offer stands at most, in seconds of the market.
    public var offerSeconds: UInt64 = 86_400
    /// How long a trade that is over stays in the state, in seconds of the market. Blocks and tables keep
    /// it for ever.
    public var keptSeconds: UInt64 = 7 * 86_400
    /// How many trades that are over for longer each call that changes the market takes out.
    public var forgottenAtOnce = 4
    /// How long the reference of a mint or a burn stays in the state and cannot be used again, in
    /// milliseconds of the ledger: 400 days.
    public var referenceMilliseconds: UInt64 = 400 * 86_400_000
    /// How many references that were used longer ago each mint and each burn takes out.
    public var referencesForgottenAtOnce = 4
    /// How many stretches are kept of what is claimed of a register; beyond that the oldest gap between
    /// them is given up.
    public var claimedStretches = 32

    public init() {}

    /// How many picks a member that has taken so many deliveries may have waiting at once.
    func picksAtOnce(afterDeliveries taken: UInt32) -> Int {
        min(firstPicks + Int(taken), picksAtOnce)
    }
}

/// The rules that a program knows, by version.
public struct RuleBook: Hashable, Sendable {
    private let versions: [RuleVersion: Rules]

    /// A book of these rules.
    public init(_ versions: [RuleVersion: Rules]) {
        self.versions = versions
    }

    /// The versions that were released.
    public static let released = RuleBook([RuleVersion(1): Rules()])

    /// The rules of `version`; nil if they are not known.
    public subscript(version: RuleVersion) -> Rules? { versions[version] }

    /// The highest version that is known.
    var newest: RuleVersion { versions.keys.max() ?? .zero }
}

/// A block must be executed by rules that this program does not know.
public struct UnknownRules: Error, Hashable, Sendable, CustomStringConvertible {
    /// The rules.
    public let change: RuleChange
    /// The newest that the program knows.
    public let newest: RuleVersion

    /// For people: from when on, and what to do.
    public var description: String {
        "from block \(change.from) on the ledger's rules are of version \(change.version.value), "
            + "and this program knows them up to version \(newest.value): "
            + "install a newer one, which goes on from here"
    }
}
