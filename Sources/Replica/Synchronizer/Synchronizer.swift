import Protocol

/// Where the peers stand and whom to ask for what is missing here: heads with their proofs, the open
/// questions, and who has failed to answer.
///
/// A head is a claim; only its certificate proves it, or so many validators that one of them is
/// honest. Any member can claim whatever it likes, so a claim alone is worth a question, and never
/// keeps a validator from voting.
struct Synchronizer: Sendable {
    private let domain: SigningDomain
    private let scheme: any SignatureScheme
    private let announcementGrace: UInt64
    private let requestTimeout: UInt64

    private var peers: [Address: PeerRecord] = [:]
    /// The connected peers in ascending order: no effect depends on a hash's order.
    private(set) var order: [Address] = []
    /// The connected validators, without this one, in ascending order.
    private(set) var validators: [Address] = []
    /// No connected peer has told of a head above this height.
    private var highestHead: UInt64 = 0
    /// It outlives the link, so that reconnecting does not win trust back.
    private var distrust: [Address: Distrust] = [:]
    /// The highest head above this node's that a quorum has provably sealed.
    private var provenHead: CertifiedHead?
    /// The head whose seals were handed over to the agreement.
    private var handedOver: Hash32?
    private var questions = OpenQuestions()
    /// When the timer goes off that was set last; nil if none runs.
    private var wakeAt: Timestamp?

    init(_ configuration: ReplicaConfiguration, domain: SigningDomain) {
        self.domain = domain
        scheme = configuration.scheme
        announcementGrace = configuration.announcementGrace
        requestTimeout = configuration.requestTimeout
    }

    /// The connected peers in ascending order, each with the head that it told of last.
    var heads: [(peer: Address, head: ChainHead?)] { order.map { ($0, peers[$0]?.head) } }

    /// How many validators have told their heads.
    var validatorsHeard: Int { validators.count { peers[$0]?.head != nil } }

    /// The highest head that a peer has told of.
    var highestHeight: UInt64 { peers.values.reduce(0) { max($0, $1.head?.height ?? 0) } }

    func isConnected(_ peer: Address) -> Bool { peers[peer] != nil }

    /// Who has not said that it has the block of `height`.
    func lacking(_ height: UInt64) -> [Address] {
        order.filter { peers[$0]?.has(height) != true }
    }

    /// The clock was put back: what should have waited a while must not wait for the clock to get
    /// there again.
    mutating func clockWentBack(to moment: Timestamp) {
        for peer in order where peers[peer]?.aheadSince != nil { peers[peer]?.aheadSince = moment }
        questions.clockWentBack(to: moment)
        for peer in Array(distrust.keys) { distrust[peer]?.advance(to: moment) }
    }
}

// Peers.

extension Synchronizer {
    mutating func connect(_ peer: Address, from here: Standpoint) {
        disconnect(peer, from: here)
        peers[peer] = PeerRecord(isEager: !here.validators.contains(peer), at: here.now)
        order.insert(peer, at: order.firstIndex { $0 > peer } ?? order.endIndex)
        reviewValidators(here.validators)
    }

    mutating func disconnect(_ peer: Address, from here: Standpoint) {
        guard peers.removeValue(forKey: peer) != nil else { return }
        order.removeAll { $0 == peer }
        reviewValidators(here.validators)
        highestHead = highestHeight
        questions.close(to: peer)
    }

    private mutating func reviewValidators(_ set: ValidatorSet) {
        validators = order.filter(set.contains)
    }

    /// Whether `peer` may ask for blocks now; it may not too often.
    mutating func takesQuestion(of peer: Address, at now: Timestamp) -> Bool {
        peers[peer]?.requests.take(at: now) == true
    }

    /// Whether `peer` may tell where it stands now; it may not too often.
    mutating func takesStatus(of peer: Address, at now: Timestamp) -> Bool {
        peers[peer]?.statuses.take(at: now) == true
    }

    /// Sends `peer` new blocks whole from now on.
    mutating func makeEager(_ peer: Address) { peers[peer]?.isEager = true }

    /// Who may lack the block of `height`: those that are sent it whole, and those that are told.
    mutating func audience(
        of height: UInt64, at now: Timestamp
    ) -> (whole: [Address], told: [Address]) {
        let lacking = lacking(height)
        let whole = lacking.filter { peers[$0]?.isEager == true }
        for peer in whole { peers[peer]?.lastPush = (height, now) }
        return (whole, lacking.filter { peers[$0]?.isEager == false })
    }
}

// Heads.

extension Synchronizer {
    /// Notes that `peer` has told of `head`, final by `certificate` as it says.
    mutating func note(
        _ head: ChainHead, under certificate: Certificate, of peer: Address, from here: Standpoint
    ) {
        guard var record = peers[peer] else { return }
        record.head = head
        highestHead = max(highestHead, head.height)
        if record.isAhead(of: here.height) {
            record.aheadSince = record.aheadSince ?? here.now
            record.proof = .untested(certificate)
        } else {
            record.aheadSince = nil
            record.proof = nil
        }
        peers[peer] = record
    }

    /// It told of `head` by itself. If it had the block before the whole one came, it is only told
    /// of blocks from now on.
    mutating func noteOwnNews(_ head: ChainHead, of peer: Address, at now: Timestamp) {
        if peers[peer]?.isTooLate(forItsHead: head, at: now) == true {
            peers[peer]?.isEager = false
        }
    }

    /// The chain has grown to `head`, which `giver` handed over, if a peer did.
    mutating func advanced(
        to head: ChainHead, givenBy giver: Address?, haveValidatorsChanged: Bool,
        from here: Standpoint
    ) {
        reviewValidators(here.validators)
        for peer in order {
            guard let record = peers[peer], record.aheadSince != nil else { continue }
            // Who stays ahead is so since now, as far as waiting for its next block goes.
            let isStillAhead = record.isAhead(of: here.height)
            peers[peer]?.aheadSince = isStillAhead ? here.now : nil
            if !isStillAhead || haveValidatorsChanged { peers[peer]?.proof = nil }
        }
        if let giver, peers[giver]?.has(head.height) == false { peers[giver]?.head = head }
    }

    /// Tests the heads of those that have had the time to hand over what they show.
    mutating func reviewHeads(from here: Standpoint) {
        testHeads(from: here) { $0.askingTime(of: $1, distrust: nil, from: here) <= here.now }
    }

    /// Whether the chain provably goes on beyond this node's head.
    func isProvenBehind(from here: Standpoint) -> Bool {
        if let provenHead, provenHead.head.height > here.height { return true }
        return claimedHeight(from: here) > here.height
    }

    /// The highest head of which there is proof, or this node's own; even of those that may be on
    /// their way.
    mutating func highestProvenHeight(from here: Standpoint) -> UInt64 {
        testHeads(from: here) { _, _ in true }
        return max(here.height, provenHead?.head.height ?? 0, claimedHeight(from: here))
    }

    /// The next block's seals, once. Whoever shows them may keep the block to itself; among those
    /// who sealed it are enough honest ones that have it.
    mutating func takeSeals(from here: Standpoint) -> CertifiedHead? {
        guard let provenHead, provenHead.head.height == here.height + 1,
            handedOver != provenHead.head.hash
        else { return nil }
        handedOver = provenHead.head.hash
        return provenHead
    }

    /// Whether the head that `peer` shows is final by its certificate.
    private mutating func isProven(_ peer: Address, from here: Standpoint) -> Bool {
        guard let record = peers[peer], let head = record.head else { return false }
        switch record.proof {
        case .holds: return true
        case .fails, nil: return false
        case .untested(let certificate):
            let holds =
                provenHead?.head == head
                || here.validators.certifies(
                    certificate, block: head.hash, height: head.height, domain: domain,
                    scheme: scheme)
            peers[peer]?.proof = holds ? .holds : .fails
            if holds, head.height > provenHead?.head.height ?? 0 {
                provenHead = CertifiedHead(head: head, certificate: certificate)
            }
            return holds
        }
    }

    /// Tests the heads above all that are proven, of the peers that `condition` holds for.
    private mutating func testHeads(
        from here: Standpoint, where condition: (Self, PeerRecord) -> Bool
    ) {
        guard highestHead > here.height else { return }
        for peer in order {
            guard let record = peers[peer], let head = record.head,
                record.isAhead(of: here.height), head.height > provenHead?.head.height ?? 0,
                condition(self, record)
            else { continue }
            _ = isProven(peer, from: here)
        }
    }

    /// The height that f + 1 validators show or exceed: at least one of them is honest. It stands
    /// in for certificates of validators that are not known here yet.
    private func claimedHeight(from here: Standpoint) -> UInt64 {
        guard highestHead > here.height else { return 0 }
        var claims: [UInt64] = []
        for peer in validators {
            guard let record = peers[peer], let head = record.head,
                record.isAhead(of: here.height),
                askingTime(of: record, distrust: nil, from: here) <= here.now
            else { continue }
            claims.append(head.height)
        }
        claims.sort(by: >)
        let faults = here.validators.faultsTolerated
        return claims.count > faults ? claims[faults] : 0
    }
}

// Catching up.

extension Synchronizer {
    /// What is to be done to get the blocks that are missing.
    enum Step {
        case ask(Question)
        /// Nobody may be asked before that.
        case wake(at: Timestamp)
    }

    /// What to do next, if blocks are missing: to ask a peer, or a second one if the first takes
    /// longer than others would. `isStoring` is whether blocks are stored before a question goes out.
    mutating func nextStep(isStoring: Bool, from here: Standpoint) -> Step? {
        guard highestHead > here.height else { return nil }
        let open = questions.questions(from: here.height + 1)
        guard open.count < 2 else { return nil }
        let (best, earliest) = nextPeer(from: here)
        guard let best else {
            return open.isEmpty ? earliest.flatMap { wake(at: $0, from: here) } : nil
        }
        if let first = open.first {
            let moment = questions.secondMoment(for: first, among: order, at: here.now)
            guard moment <= here.now else { return wake(at: moment, from: here) }
        }
        return .ask(ask(best.peer, upTo: best.height, isStoring: isStoring, from: here))
    }

    /// Whom to ask now, and what height it shows; or when somebody may be asked at the earliest.
    private mutating func nextPeer(
        from here: Standpoint
    ) -> (best: (peer: Address, height: UInt64)?, earliest: Timestamp?) {
        var best: (rank: (Int, Int, Int), peer: Address, head: UInt64)?
        var earliest: Timestamp?
        for (index, peer) in order.enumerated() {
            guard let record = peers[peer], let head = record.head,
                record.isAhead(of: here.height), questions.question(to: peer) == nil,
                isBelieved(peer, from: here)
            else { continue }
            let moment = askingTime(of: record, distrust: distrust[peer], from: here)
            guard moment <= here.now else {
                earliest = min(earliest ?? moment, moment)
                continue
            }
            // Each question goes to another one of those that have not failed and are not slow.
            let turn = (index + Int(questions.asked % 1_000)) % order.count
            let slowness = questions.slowness(of: peer, among: order)
            let rank = (distrust[peer]?.failures ?? 0, slowness, turn)
            if best.map({ rank < $0.rank }) ?? true { best = (rank, peer, head.height) }
        }
        return (best.map { ($0.peer, $0.head) }, earliest)
    }

    /// Whether to ask `peer`, which shows more than there is here: who has once failed to give what
    /// it showed must prove that it is there.
    private mutating func isBelieved(_ peer: Address, from here: Standpoint) -> Bool {
        distrust[peer] == nil || isProven(peer, from: here)
    }

    /// From when on the peer, which is ahead, may be asked. A single new block usually comes by
    /// itself.
    private func askingTime(
        of peer: PeerRecord, distrust: Distrust?, from here: Standpoint
    ) -> Timestamp {
        let retryAt = distrust?.retryAt ?? .zero
        guard peer.head?.height == here.height + 1 else { return retryAt }
        let since = peer.aheadSince ?? here.now
        return max(retryAt, since.advanced(byMilliseconds: announcementGrace))
    }

    private mutating func ask(
        _ peer: Address, upTo height: UInt64, isStoring: Bool, from here: Standpoint
    ) -> Question {
        questions.ask(
            peer, from: here.height + 1, count: min(height - here.height, Limits.syncBlocks),
            timeout: requestTimeout << UInt64(min(distrust[peer]?.failures ?? 0, 2)),
            sentAt: isStoring ? nil : here.now)
    }

    private mutating func wake(at moment: Timestamp, from here: Standpoint) -> Step? {
        if let set = wakeAt, set > here.now, set <= moment { return nil }
        wakeAt = moment
        return .wake(at: moment)
    }

    /// The timer of ``Step/wake(at:)`` has gone off.
    mutating func woke() { wakeAt = nil }

    /// Everything that the events before have led to is done by now.
    mutating func noteQuestionsAreOut(at now: Timestamp) { questions.areOut(at: now) }

    /// What comes of a question's timer.
    enum Expiry {
        /// It has not been out long enough: its timer is to go off after so many milliseconds more.
        case early(remaining: UInt64)
        /// The peer has failed.
        case failed(Address)
    }

    /// The timer of the question numbered so went off; nil if that one is not open any more.
    mutating func expired(_ number: UInt64, at now: Timestamp) -> Expiry? {
        guard let question = questions.question(numbered: number) else { return nil }
        let waited = now.millisecondsSince(question.sentAt ?? now)
        guard waited >= question.timeout else {
            return .early(remaining: question.timeout - waited)
        }
        giveUp(question, at: now)
        return .failed(question.peer)
    }

    private mutating func giveUp(_ given: Question, at now: Timestamp) {
        questions.close(to: given.peer)
        fail(given.peer, at: now)
    }

    /// Notes that `peer` sent `blocks`. Returns whether that was no answer to what it was asked.
    mutating func isLetDown(by blocks: [FinalBlock], of peer: Address, at now: Timestamp) -> Bool {
        guard let question = questions.question(to: peer) else { return false }
        guard let first = blocks.first else {
            giveUp(question, at: now)
            return true
        }
        if first.block.number == question.from {
            questions.answered(question, with: blocks.count, at: now)
        }
        return false
    }

    /// Counts a failure of `peer` to give what it said it has.
    mutating func fail(_ peer: Address, at now: Timestamp) {
        distrust[peer, default: Distrust()].fail(at: now)
    }

    /// `peer` has given blocks that hold.
    mutating func trust(_ peer: Address) { distrust[peer] = nil }
}
