internal import Synchronization

/// The filters that clients have set up (`eth_newFilter` and its like). A filter holds only what
/// it looks for and how far it was read, never results; the number of filters is bounded, and one
/// that nobody asks for is forgotten.
final class FilterTable: Sendable {
    enum Content: Hashable {
        /// Events; without an end the search goes with the chain.
        case logs(LogCriteria)
        case blocks
        case pendingTransactions
    }

    /// A filter, and from where on its client has seen nothing yet.
    struct Filter {
        let content: Content
        var next: UInt64
        fileprivate var lastUse: ContinuousClock.Instant
    }

    static let maximum = 1_000
    /// How long a filter lives unused.
    static let lifetime = Duration.seconds(300)

    private let filters = Mutex<[UInt64: Filter]>([:])

    /// Keeps a filter and returns its name; nil if there are too many.
    func add(_ content: Content, next: UInt64) -> UInt64? {
        let now = ContinuousClock.now
        return filters.withLock { filters in
            filters = filters.filter { now - $0.value.lastUse < Self.lifetime }
            guard filters.count < Self.maximum else { return nil }
            // A name that cannot be guessed keeps one client from reading another's filter.
            var name = UInt64.random(in: 1...UInt64.max)
            while filters[name] != nil { name = UInt64.random(in: 1...UInt64.max) }
            filters[name] = Filter(content: content, next: next, lastUse: now)
            return name
        }
    }

    /// The filter named `name`; nil if there is none.
    func filter(_ name: UInt64) -> Filter? {
        let now = ContinuousClock.now
        return filters.withLock { filters in
            guard var filter = filters[name], now - filter.lastUse < Self.lifetime else {
                filters[name] = nil
                return nil
            }
            filter.lastUse = now
            filters[name] = filter
            return filter
        }
    }

    /// Notes that the client of the filter `name` has seen everything before `next`.
    func advance(_ name: UInt64, to next: UInt64) {
        filters.withLock { $0[name]?.next = next }
    }

    /// Forgets a filter; false if there is none.
    func remove(_ name: UInt64) -> Bool {
        filters.withLock { $0.removeValue(forKey: name) != nil }
    }
}
