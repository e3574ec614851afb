import Protocol

/// The transactions that peers have announced and this node lacks: whom to ask for them, and who
/// was asked. Each is asked of one peer at a time, each peer answers one request at a time, and
/// what does not come in time is asked of another that announced it. Nothing is kept for longer
/// than it is asked for, and no peer can make this node keep more than its share.
struct TransactionRequests: Sendable {
    /// A request that is to be sent.
    struct Request: Sendable {
        let number: UInt64
        let peer: Address
        let hashes: [Hash32]
    }

    /// A request without an answer.
    private struct Open: Sendable {
        let number: UInt64
        let hashes: [Hash32]
        var deadline: Timestamp
    }

    private struct Peer: Sendable {
        /// What is to be asked of it, in the order of its announcements.
        var backlog: ArraySlice<Hash32> = []
        var open: Open?
    }

    /// How long an answer may take, in milliseconds.
    static let timeout: UInt64 = 1_000
    /// The most transactions that are looked for, and that one peer is to be asked for.
    static let capacity = 8_192
    static let perPeer = 2_048
    /// How many others that have announced a transaction are remembered.
    static let alternatives = 3

    private var peers: [Address: Peer] = [:]
    /// What is looked for, and who else could be asked.
    private var wanted: [Hash32: [Address]] = [:]
    /// It outlives the link, so that reconnecting does not win trust back.
    private var distrust: [Address: Distrust] = [:]
    private var lastNumber: UInt64 = 0
    private var isTimerSet = false
    /// Whether a request may be due that was not before.
    private var mayAsk = false

    /// How many transactions are looked for.
    var count: Int { wanted.count }

    mutating func connect(_ peer: Address) { peers[peer] = Peer() }

    mutating func disconnect(_ peer: Address) {
        guard let gone = peers.removeValue(forKey: peer) else { return }
        for hash in (gone.open?.hashes ?? []) + gone.backlog { askAnother(for: hash) }
    }

    /// The clock was put back to `moment`.
    mutating func clockWentBack(to moment: Timestamp) {
        let latest = moment.advanced(byMilliseconds: Self.timeout)
        for peer in Array(peers.keys) {
            guard let deadline = peers[peer]?.open?.deadline else { continue }
            peers[peer]?.open?.deadline = min(deadline, latest)
        }
        for peer in Array(distrust.keys) { distrust[peer]?.advance(to: moment) }
        isTimerSet = false
    }
}

extension TransactionRequests {
    /// `peer` has announced `hash`, which this node lacks.
    mutating func announced(_ hash: Hash32, by peer: Address, at now: Timestamp) {
        if let distrust = distrust[peer], distrust.retryAt > now { return }
        if var others = wanted[hash] {
            guard others.count < Self.alternatives, !others.contains(peer) else { return }
            others.append(peer)
            wanted[hash] = others
        } else if wanted.count < Self.capacity, isRoom(at: peer) {
            wanted[hash] = []
            peers[peer]?.backlog.append(hash)
            mayAsk = true
        }
    }

    /// The transaction `hash` is here, or in a block: it is not looked for any more.
    mutating func found(_ hash: Hash32) { wanted[hash] = nil }

    /// The requests that can be sent now, those to lower addresses first.
    mutating func takeRequests(at now: Timestamp) -> [Request] {
        guard mayAsk else { return [] }
        mayAsk = false
        var requests: [Request] = []
        let free = peers.filter { $0.value.open == nil && !$0.value.backlog.isEmpty }
        for peer in free.keys.sorted() {
            guard let request = nextRequest(to: peer, at: now) else { continue }
            requests.append(request)
        }
        return requests
    }

    /// Takes the answer of `peer` to the request `number`, which holds `answered`. Whether it is one
    /// to what was asked: nothing is taken of any other. `isCut` is whether there is more.
    mutating func answered(
        _ number: UInt64, by peer: Address, with answered: [Hash32], isCut: Bool,
        at now: Timestamp
    ) -> Answer {
        guard let open = peers[peer]?.open, open.number == number else { return .unasked }
        peers[peer]?.open = nil
        mayAsk = true
        let asked = Set(open.hashes)
        guard answered.allSatisfy(asked.contains), Set(answered).count == answered.count else {
            for hash in open.hashes { askAnother(for: hash) }
            distrust[peer, default: Distrust()].fail(at: now)
            return .wrong
        }
        let missing = open.hashes.filter { !answered.contains($0) }
        if isCut, !answered.isEmpty {
            let rest = peers[peer]?.backlog ?? []
            peers[peer]?.backlog = missing + rest
        } else {
            for hash in missing { askAnother(for: hash) }
        }
        for hash in answered { found(hash) }
        if !answered.isEmpty { distrust[peer] = nil }
        return .asked
    }

    enum Answer {
        /// It answers what was asked.
        case asked
        /// Nobody asked, or the answer came too late.
        case unasked
        /// It holds what was not asked for.
        case wrong
    }

    /// Gives up the requests that were not answered in time. Returns who did not answer.
    mutating func giveUpOverdue(at now: Timestamp) -> [Address] {
        isTimerSet = false
        var silent: [Address] = []
        for peer in peers.keys.sorted() {
            guard let state = peers[peer], let open = state.open, open.deadline <= now else {
                continue
            }
            peers[peer] = Peer()
            mayAsk = true
            distrust[peer, default: Distrust()].fail(at: now)
            for hash in open.hashes + state.backlog { askAnother(for: hash) }
            silent.append(peer)
        }
        return silent
    }

    /// When to look for what is overdue, if no timer runs.
    mutating func nextTimer() -> Timestamp? {
        guard !isTimerSet, let next = peers.values.lazy.compactMap({ $0.open?.deadline }).min()
        else { return nil }
        isTimerSet = true
        return next
    }

    private mutating func nextRequest(to peer: Address, at now: Timestamp) -> Request? {
        var hashes: [Hash32] = []
        while hashes.count < Limits.requestedTransactions,
            let hash = peers[peer]?.backlog.popFirst()
        {
            if wanted[hash] != nil { hashes.append(hash) }
        }
        guard !hashes.isEmpty else { return nil }
        lastNumber += 1
        peers[peer]?.open = Open(
            number: lastNumber, hashes: hashes,
            deadline: now.advanced(byMilliseconds: Self.timeout))
        return Request(number: lastNumber, peer: peer, hashes: hashes)
    }

    /// Asks the next one that has announced `hash`, if there is one; else it is forgotten until
    /// somebody announces it again.
    private mutating func askAnother(for hash: Hash32) {
        guard var others = wanted[hash] else { return }
        while !others.isEmpty {
            let next = others.removeFirst()
            guard isRoom(at: next) else { continue }
            wanted[hash] = others
            peers[next]?.backlog.append(hash)
            mayAsk = true
            return
        }
        wanted[hash] = nil
    }

    private func isRoom(at peer: Address) -> Bool {
        guard let state = peers[peer] else { return false }
        return state.backlog.count + (state.open?.hashes.count ?? 0) < Self.perPeer
    }
}
