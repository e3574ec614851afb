package import Ledger
package import Protocol

/// What a node does besides holding and checking the ledger: a household, an aggregator, the
/// exchange. It is a state machine without I/O: it is told what happens, and says what is to be done.
///
/// A role lives by the ledger's state and by what its store held when it started, so that a lost
/// message or a restart costs a second and never a trade.
///
///     var role: any Role = Household(identity, meterKey: key, source: source, at: now)
///     for effect in role.handle(.blockFinal(block), at: now) { perform(effect) }
package protocol Role: Sendable {
    /// Takes what has happened and tells what to do about it, in order: what is stored is durable
    /// before what depends on it is said. ``RoleEvent/started`` comes first, and once.
    mutating func handle(_ event: RoleEvent, at now: Timestamp) -> [RoleEffect]

    /// What others may look at.
    var figures: RoleFigures { get }
}

/// What a role shows of itself, for its owner and for metrics.
package struct RoleFigures: Hashable, Sendable {
    /// What the household's own meter showed last.
    package var reading: MeterReading?
    /// The household's trades that are not over.
    package var trades: [Trade] = []
    /// How much has flowed at the household's meter for each trade that is being delivered.
    package var flowed: [OfferID: WattHours] = [:]
    /// Within what limits the household's automatic trader acts.
    package var limits: TraderLimits?
    /// Whether the meter is set by hand.
    package var isSetByHand = false
    /// How many readings an aggregator has taken since it started.
    package var readingCount: UInt64 = 0
    /// How much of what others said to the role it has refused since it started.
    package var refusedCount: UInt64 = 0
    /// Why the household is suspended, as its aggregator says; nil as long as it has not said so.
    package var suspensionReason: UntrustedText?

    package init() {}
}

/// Everything that can happen to a role.
package enum RoleEvent: Sendable {
    /// It begins.
    case started
    /// A second has gone by.
    case tick
    /// A block has become final. Every block is told, in order.
    case blockFinal(CommittedBlock)
    /// A link with the member is up.
    case linked(Address)
    /// A message came over the link from the member, whom its certificate names.
    case received(MeterMessage, from: Address)
    /// The node's pool has answered what was submitted: the transaction's hash.
    case answered(Hash32, PoolAnswer)
    /// The owner sets the power of a meter that is set by hand, in W; fed in if negative.
    case setPower(Int32, RequestNumber)
    /// The owner gives the automatic trader other limits.
    case limited(TraderLimits)
    /// The owner has signed in to the household's app.
    case ownerSignedIn
    /// The owner wants something of the ledger: answered once it is final, or refused.
    case wished(OwnerWish, RequestNumber)
}

/// Names something that the owner asked for, until it is answered.
package struct RequestNumber: Hashable, Sendable {
    /// The number that the runtime gave it.
    package let value: UInt64

    package init(_ value: UInt64) { self.value = value }
}

/// Everything that a role can ask for.
package enum RoleEffect: Hashable, Sendable {
    /// Write down, before anything that follows is done.
    case store(RoleRecord)
    /// Send over the link to the member; without one it is lost.
    case send(MeterMessage, to: Address)
    /// Look up what there is of the news in the aggregator's books, and send it over the link.
    case tell(HouseholdNews, to: Address)
    /// Hand in to the node's own pool, and tell what it said.
    case submit(VerifiedTransaction)
    /// Answer the owner: nil if what it asked for is done, else why not.
    case reply(RequestNumber, refusal: String?)
    /// Tell the owner that what it wished for is final.
    case granted(RequestNumber, FinalTransaction)
    /// For the log.
    case log(RoleLogLine)
}

/// What an aggregator tells a household out of its books, which the role does not hold.
package enum HouseholdNews: Hashable, Sendable {
    /// What the community's quarters of an hour came to, from this one on.
    case quarters(from: MarketTime)
    /// Why the household is suspended.
    case suspension
}

/// What a role has its store write down.
package enum RoleRecord: Hashable, Sendable {
    /// Of a household.
    case household(HouseholdRecord)
    /// Of an aggregator.
    case aggregator(AggregatorRecord)
}

/// A line for the log.
package struct RoleLogLine: Hashable, Sendable {
    /// How much it matters.
    package enum Level: String, Hashable, Sendable {
        case debug, info, notice, warning
    }

    /// How much it matters.
    package let level: Level
    /// What there is to say.
    package let text: String
    /// Whom and what it is about, by name.
    package let metadata: [String: String]
    /// Who brought it about; nil if nobody but this node decides how often that happens.
    package let cause: LineCause?
}

/// Who brought a line of the log about, and what kind of line it is: so many of a kind an account are
/// written, and not more.
package struct LineCause: Hashable, Sendable {
    /// What its like are called.
    package let kind: String
    /// Whoever can bring it about again and again.
    package let account: Address

    init(_ kind: String, by account: Address) {
        self.kind = kind
        self.account = account
    }
}
