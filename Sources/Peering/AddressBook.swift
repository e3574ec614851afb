import Protocol

/// Where other nodes are said to be, who has answered there, and when each is to be tried again.
///
/// Nothing that is said of an address counts until it was dialled: then the certificate there tells
/// whose node it is. An address at which another member answers than was told is forgotten, and who
/// told of it may tell less from then on. What one peer says can fill a small part of the book, and
/// where there is no more room, whoever says the most gives way. So nobody can crowd the others out.
struct AddressBook {
    /// An address to dial.
    struct Candidate: Hashable, Sendable {
        let endpoint: Endpoint
        /// Whose node is said to be there; nil for a seed, which may be anybody's.
        let expected: Address?
        /// For what it is dialled.
        let purpose: Purpose

        init(_ endpoint: Endpoint, expected: Address?, purpose: Purpose = .link) {
            self.endpoint = endpoint
            self.expected = expected
            self.purpose = purpose
        }
    }

    enum Purpose: Sendable {
        /// A link is wanted.
        case link
        /// A linked node says that it is there; whether it is is all that is wanted.
        case check
    }

    /// Who answered at an address.
    enum Answer: Equatable {
        /// Whoever was expected.
        case expected
        /// Another member than was told of: the address is forgotten.
        case another
    }

    private struct Entry {
        let endpoint: Endpoint
        let expected: Address?
        /// Who spoke of it; nil for a seed, which stays.
        let source: Address?
        /// Whose certificate was shown when it was dialled last.
        var reached: Address?
        var current: Purpose?
        var failures = 0
        /// When it may be dialled; nil for at once.
        var notBefore: ContinuousClock.Instant?

        /// Whose node it is: known once it was dialled, told until then.
        var account: Address? { reached ?? expected }
        var isSeed: Bool { source == nil }
    }

    static let capacity = 1_024
    static let shareOfOne = 32
    /// How often an address is tried that a linked node says is its own.
    static let checks = 3

    private var entries: [Entry] = []
    /// How many addresses of each peer were another member's.
    private var lies: [Address: Int] = [:]
    private let keepsAllSeeds: Bool
    private let linkTarget: Int
    private let longestBackoff: Duration

    init(seeds: [Endpoint], keepsAllSeeds: Bool, linkTarget: Int, longestBackoff: Duration) {
        self.keepsAllSeeds = keepsAllSeeds
        self.linkTarget = linkTarget
        self.longestBackoff = longestBackoff
        for seed in seeds where !entries.contains(where: { $0.endpoint == seed }) {
            entries.append(Entry(endpoint: seed, expected: nil, source: nil))
        }
    }

    /// How many addresses `source` may have told of at a time: half as many after each that was
    /// another member's.
    func share(of source: Address) -> Int {
        max(1, Self.shareOfOne >> min(lies[source] ?? 0, 8))
    }

    /// Whether the node of `account` has answered at `endpoint` when it was last dialled.
    func isReached(_ account: Address, at endpoint: Endpoint) -> Bool {
        entries.contains { $0.endpoint == endpoint && $0.reached == account }
    }
}

// What others tell.

extension AddressBook {
    /// Notes that `source` says that `account` can be dialled at `endpoint`, if there is room.
    mutating func learn(_ endpoint: Endpoint, of account: Address, from source: Address) {
        guard !entries.contains(where: { $0.endpoint == endpoint && $0.account == account }) else {
            return
        }
        let fromSource = entries.indices.filter { entries[$0].source == source }
        if fromSource.count >= share(of: source) {
            guard dropFailed(among: fromSource) else { return }
        } else if entries.count >= Self.capacity {
            guard
                dropFailed(among: Array(entries.indices))
                    || dropOfLoudest(above: fromSource.count + 1)
            else { return }
        }
        entries.append(Entry(endpoint: endpoint, expected: account, source: source))
    }

    /// Drops what failed most often of the entries at `places`; false if none did. Seeds stay.
    private mutating func dropFailed(among places: [Int]) -> Bool {
        let worst = places.filter {
            !entries[$0].isSeed && entries[$0].current == nil && entries[$0].failures > 0
        }.max { entries[$0].failures < entries[$1].failures }
        guard let worst else { return false }
        entries.remove(at: worst)
        return true
    }

    /// Drops the newest address of whoever told of the most, if those are more than `count`.
    private mutating func dropOfLoudest(above count: Int) -> Bool {
        var told: [Address: [Int]] = [:]
        for (index, entry) in entries.enumerated() where entry.current == nil {
            if let source = entry.source { told[source, default: []].append(index) }
        }
        let loudest = told.values.max { ($0.count, $0[0]) < ($1.count, $1[0]) }
        guard let loudest, loudest.count > count, let newest = loudest.last else { return false }
        entries.remove(at: newest)
        return true
    }
}

// Whom to dial.

extension AddressBook {
    /// What to dial now, while there are links with the accounts `linked`.
    ///
    /// A seed is passed over only while whoever answered there has a link. The first seed is always
    /// wanted (for a household it is its aggregator), all of a validator's, and of others as many
    /// as the node wants links; what was learned fills the places that the seeds leave. Links that
    /// others dialled take nobody's place: else whoever dials in could keep a node from the rest.
    func due(at now: ContinuousClock.Instant, linked: Set<Address>) -> [Candidate] {
        let current = entries.filter { $0.current != nil }
        var taken = linked.union(current.compactMap(\.account))
        var endpoints = Set(current.map(\.endpoint))
        var (free, freeForSeeds) = freePlaces(linked: linked)
        var chosen: [Candidate] = []
        for index in order(at: now) {
            let entry = entries[index]
            if endpoints.contains(entry.endpoint) { continue }
            if let account = entry.account, taken.contains(account) { continue }
            let isAlwaysWanted = entry.isSeed && (index == 0 || keepsAllSeeds)
            guard isAlwaysWanted || (entry.isSeed ? freeForSeeds : free) > 0 else { continue }
            free -= 1
            if entry.isSeed, !isAlwaysWanted { freeForSeeds -= 1 }
            endpoints.insert(entry.endpoint)
            entry.account.map { _ = taken.insert($0) }
            chosen.append(Candidate(entry.endpoint, expected: entry.expected))
        }
        return chosen + [dueCheck(at: now, linked: linked)].compactMap { $0 }
    }

    /// How many more links are wanted, and how many with seeds.
    private func freePlaces(linked: Set<Address>) -> (all: Int, seeds: Int) {
        var (all, seeds) = (linkTarget, linkTarget)
        for (index, entry) in entries.enumerated() {
            let isLinkedSeed = entry.isSeed && entry.reached.map(linked.contains) == true
            guard entry.current == .link || isLinkedSeed else { continue }
            all -= 1
            if entry.isSeed, index > 0 { seeds -= 1 }
        }
        return (all, seeds)
    }

    /// The places of what may be dialled: seeds first, then what failed least.
    private func order(at now: ContinuousClock.Instant) -> [Int] {
        entries.indices.filter { isIdle(entries[$0], at: now) }.sorted {
            let (left, right) = (entries[$0], entries[$1])
            return (left.isSeed ? 0 : 1, left.failures, $0)
                < (right.isSeed ? 0 : 1, right.failures, $1)
        }
    }

    /// The next moment after `now` from which an address may be dialled again; nil if none waits.
    func nextMoment(after now: ContinuousClock.Instant) -> ContinuousClock.Instant? {
        entries.compactMap { $0.current == nil ? $0.notBefore : nil }.filter { $0 > now }.min()
    }

    private func isIdle(_ entry: Entry, at now: ContinuousClock.Instant) -> Bool {
        entry.current == nil && entry.notBefore.map { $0 <= now } ?? true
    }

    /// One address that a linked node claims for itself and that nobody has looked at: others are
    /// told of an address only once this node knows that it is true.
    private func dueCheck(
        at now: ContinuousClock.Instant, linked: Set<Address>
    ) -> Candidate? {
        guard !entries.contains(where: { $0.current == .check }) else { return nil }
        return entries.first { entry in
            guard let expected = entry.expected, entry.source == expected else { return false }
            return entry.reached == nil && linked.contains(expected)
                && entry.failures < Self.checks && isIdle(entry, at: now)
        }.map { Candidate($0.endpoint, expected: $0.expected, purpose: .check) }
    }
}

// What came of it.

extension AddressBook {
    /// An address is being dialled, or linked.
    mutating func began(_ candidate: Candidate) {
        update(candidate) { $0.current = candidate.purpose }
    }

    /// The node of `account` has answered. If it is another than was told of, the address is
    /// forgotten, and who spoke of it is believed less.
    mutating func reached(_ account: Address, at candidate: Candidate) -> Answer {
        guard let expected = candidate.expected, expected != account else {
            update(candidate) { $0.reached = account }
            return .expected
        }
        guard let index = place(of: candidate) else { return .another }
        if let source = entries[index].source { lies[source, default: 0] += 1 }
        entries.remove(at: index)
        return .another
    }

    /// A dial failed or a link ended: the next try waits 0.25 s, twice as long after each failure.
    /// What went wrong before is forgotten if the node had greeted.
    mutating func ended(
        _ candidate: Candidate, hasGreeted: Bool, at now: ContinuousClock.Instant
    ) {
        let longest = longestBackoff
        update(candidate) { entry in
            entry.current = nil
            if hasGreeted { entry.failures = 0 }
            let backoff = Duration.milliseconds(250 << min(entry.failures, 12))
            entry.notBefore = now.advanced(by: min(backoff, longest))
            entry.failures += 1
        }
    }

    /// Never dials `endpoint` again: it is this node itself.
    mutating func forget(_ endpoint: Endpoint) {
        entries.removeAll { $0.endpoint == endpoint }
    }

    private func place(of candidate: Candidate) -> Int? {
        entries.firstIndex {
            $0.endpoint == candidate.endpoint && $0.expected == candidate.expected
        }
    }

    private mutating func update(_ candidate: Candidate, _ change: (inout Entry) -> Void) {
        guard let index = place(of: candidate) else { return }
        change(&entries[index])
    }
}
