import Protocol

/// The nodes that can be dialled, and when each is to be tried again.
///
/// What one peer says can fill an eighth of it; where there is no more room, an endpoint that could
/// not be reached gives its place to a new one. So nobody can crowd the others out.
struct AddressBook {
    private struct Entry {
        var endpoint: Endpoint
        /// Who spoke of it; nil for a seed, which stays.
        var source: Address?
        var isBusy = false
        var failures = 0
        var notBefore = ContinuousClock.Instant.now
    }

    static let capacity = 1_024
    static let shareOfOne = capacity / 8

    private var entries: [Entry] = []
    private let keepsAllSeeds: Bool
    private let linkTarget: Int
    private let longestBackoff: Duration

    init(seeds: [Endpoint], keepsAllSeeds: Bool, linkTarget: Int, longestBackoff: Duration) {
        self.keepsAllSeeds = keepsAllSeeds
        self.linkTarget = linkTarget
        self.longestBackoff = longestBackoff
        for seed in seeds where !entries.contains(where: { $0.endpoint == seed }) {
            entries.append(Entry(endpoint: seed, source: nil))
        }
    }

    /// Notes a node that `source` speaks of, if there is room for it.
    mutating func add(_ endpoint: Endpoint, from source: Address) {
        guard !entries.contains(where: { $0.endpoint == endpoint }) else { return }
        let fromSource = entries.indices.filter { entries[$0].source == source }
        if fromSource.count >= Self.shareOfOne {
            guard dropUnreachable(among: fromSource) else { return }
        } else if entries.count >= Self.capacity {
            guard dropUnreachable(among: Array(entries.indices)) else { return }
        }
        entries.append(Entry(endpoint: endpoint, source: source))
    }

    /// Drops what failed most often of the entries at `places`; false if none did. Seeds stay.
    private mutating func dropUnreachable(among places: [Int]) -> Bool {
        let worst = places.filter {
            entries[$0].source != nil && !entries[$0].isBusy && entries[$0].failures > 0
        }.max { entries[$0].failures < entries[$1].failures }
        guard let worst else { return false }
        entries.remove(at: worst)
        return true
    }

    /// The nodes to dial now. The first seed is always kept linked: for a household it is its
    /// aggregator. Of the others those that failed least come first.
    func due(
        at now: ContinuousClock.Instant, linked: Set<Endpoint>
    ) -> [Endpoint] {
        let busy = entries.filter { $0.isBusy || linked.contains($0.endpoint) }.count
        var free = linkTarget - busy
        var chosen: [Endpoint] = []
        let order = entries.indices.sorted {
            (entries[$0].failures, $0) < (entries[$1].failures, $1)
        }
        for index in order {
            let entry = entries[index]
            guard !entry.isBusy, entry.notBefore <= now, !linked.contains(entry.endpoint) else {
                continue
            }
            if index == 0 || entry.source == nil && keepsAllSeeds {
                chosen.append(entry.endpoint)
            } else if free > 0 {
                chosen.append(entry.endpoint)
                free -= 1
            }
        }
        return chosen
    }

    /// A node is being dialled or linked.
    mutating func began(_ endpoint: Endpoint) {
        update(endpoint) { $0.isBusy = true }
    }

    /// A node greeted: what went wrong before is forgotten.
    mutating func succeeded(_ endpoint: Endpoint) {
        update(endpoint) { $0.failures = 0 }
    }

    /// A dial failed or a link ended: the next try waits 0.25 s, twice as long after each failure.
    mutating func ended(_ endpoint: Endpoint, at now: ContinuousClock.Instant) {
        let longest = longestBackoff
        update(endpoint) { entry in
            entry.isBusy = false
            let backoff = Duration.milliseconds(250 << min(entry.failures, 12))
            entry.notBefore = now.advanced(by: min(backoff, longest))
            entry.failures += 1
        }
    }

    /// Never dials `endpoint` again: it is this node itself.
    mutating func forget(_ endpoint: Endpoint) {
        entries.removeAll { $0.endpoint == endpoint }
    }

    private mutating func update(_ endpoint: Endpoint, _ change: (inout Entry) -> Void) {
        guard let index = entries.firstIndex(where: { $0.endpoint == endpoint }) else { return }
        change(&entries[index])
    }
}
