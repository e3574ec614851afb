package import Ledger
package import Protocol

/// Who a role is, and the ledger that it begins with.
package struct RoleIdentity: Sendable {
    /// The key of the node's account.
    package var signer: any Signer
    /// How signatures tell their signers.
    package var scheme: any SignatureScheme
    /// The header of the last final block.
    package var head: BlockHeader
    /// The state after it.
    package var state: LedgerState

    package init(
        signer: any Signer, head: BlockHeader, state: LedgerState,
        scheme: any SignatureScheme = Secp256k1()
    ) {
        self.signer = signer
        self.scheme = scheme
        self.head = head
        self.state = state
    }
}

/// What a role works with: the ledger as its node has it, the time, and what it wants done.
struct RoleContext: Sendable {
    let account: Address
    /// What keeps signatures of this chain apart from others'.
    let domain: SigningDomain
    let clock: MarketClock
    let scheme: any SignatureScheme
    private(set) var now = Timestamp.zero
    /// The header of the last final block.
    private(set) var head: BlockHeader
    private(set) var state: LedgerState
    private var submitter: TransactionSubmitter
    private var effects: [RoleEffect] = []
    private var complaints = Complaints()
    /// How often others said what this role refused.
    private(set) var refusedCount: UInt64 = 0

    init(_ identity: RoleIdentity) {
        account = identity.signer.address
        domain = identity.state.domain
        clock = identity.state.parameters.marketClock
        scheme = identity.scheme
        head = identity.head
        state = identity.state
        submitter = TransactionSubmitter(
            signer: identity.signer, chainID: identity.state.parameters.chainID,
            nonce: identity.state.account(identity.signer.address).nonce, scheme: identity.scheme)
    }

    var marketNow: MarketTime { clock.time(at: now) }
    /// The market's time of the last final block.
    var headTime: MarketTime { clock.time(at: head.timestamp) }

    /// Has `record` written down before anything that comes after.
    mutating func store(_ record: RoleRecord) { effects.append(.store(record)) }

    mutating func send(_ message: MeterMessage, to peer: Address) {
        effects.append(.send(message, to: peer))
    }

    /// Has the runtime look up what there is of `news`, and send it to `household`.
    mutating func tell(_ news: HouseholdNews, to household: Address) {
        effects.append(.tell(news, to: household))
    }

    /// Whether `account` is a household of this account's, which is an aggregator's.
    func hasHousehold(_ account: Address) -> Bool {
        guard let member = state.member(account), member.meterKey != .zero else { return false }
        return state.aggregator(of: account) == self.account
    }

    mutating func reply(_ request: RequestNumber, refusal: String?) {
        effects.append(.reply(request, refusal: refusal))
    }

    mutating func grant(_ request: RequestNumber, _ transaction: FinalTransaction) {
        effects.append(.granted(request, transaction))
    }

    /// Counts something that `peer` said and that is refused, and says in the log what is wrong with it,
    /// once a minute for each kind.
    mutating func complain(
        _ kind: Complaint, of peer: Address, at level: RoleLogLine.Level = .warning,
        _ text: @autoclosure () -> String
    ) {
        refusedCount += 1
        guard complaints.allow(kind, of: peer, at: now) else { return }
        log(
            level, text(), metadata: ["sender": "\(peer)"], cause: LineCause("\(kind)", by: peer))
    }

    /// Writes a line, with its `cause` if another account decides how often it is written.
    mutating func log(
        _ level: RoleLogLine.Level, _ text: String, metadata: [String: String] = [:],
        cause: LineCause? = nil
    ) {
        let line = RoleLogLine(level: level, text: text, metadata: metadata, cause: cause)
        effects.append(.log(line))
    }

    /// Calls `contract`: signed with the node's account, handed in and seen through to finality.
    /// One that would do harm when made twice is made `once`.
    mutating func call(_ contract: Address, _ data: Bytes, once: Bool = false) -> CallID {
        defer { takeSubmissions() }
        return submitter.call(contract, data, once: once, at: now)
    }

    /// Takes the part of `event` that concerns every role.
    mutating func begin(_ event: RoleEvent, at now: Timestamp) {
        self.now = now
        switch event {
        case .tick: submitter.tick(at: now)
        case .blockFinal(let block):
            head = block.header
            state = block.state
            submitter.blockFinal(block, at: now)
        case .answered(let hash, let answer): submitter.answered(hash, answer, at: now)
        case .started, .linked, .received, .setPower, .wished, .limited, .ownerSignedIn: break
        }
        takeSubmissions()
    }

    /// Takes what calls came to since the last time.
    mutating func takeOutcomes() -> [(CallID, CallOutcome)] { submitter.takeOutcomes() }

    mutating func takeEffects() -> [RoleEffect] {
        defer { effects = [] }
        return effects
    }

    private mutating func takeSubmissions() {
        guard !submitter.submissions.isEmpty else { return }
        effects += submitter.takeSubmissions().map(RoleEffect.submit)
    }
}
