internal import Synchronization

/// The filters that clients have set up (`eth_newFilter` and its like). A filter holds only what
/// it looks for and how far it was read, never results; clients share bounded room for them by the
/// bytes that they take, and one that nobody asks for is forgotten: after a while, or as soon as somebody
/// who has none needs the room.
final class FilterTable: Sendable {
    enum Content: Hashable {
        /// Events; without an end the search goes with the chain.
        case logs(LogCriteria)
        case blocks
        case pendingTransactions

        /// About how many bytes it takes to keep it.
        fileprivate var size: Int {
            guard case .logs(let criteria) = self else { return 256 }
            return 256 + 20 * criteria.addresses.count
                + criteria.topics.reduce(0) { $0 + 16 + 32 * $1.count }
        }
    }

    /// A filter, and from where on its client has seen nothing yet.
    struct Filter {
        let content: Content
        var next: UInt64
        fileprivate var lastUse: ContinuousClock.Instant
    }

    /// How many bytes all filters take at most.
    static let capacity = 1 << 20
    /// How long a filter lives unused.
    static let lifetime = Duration.seconds(300)

    private let filters = Mutex(FairRoom<Filter>(capacity: capacity))

    /// Keeps a filter for `client` and returns its name; nil if the client has too many.
    func add(_ content: Content, next: UInt64, of client: String) -> UInt64? {
        let filter = Filter(content: content, next: next, lastUse: .now)
        return filters.withLock { filters in
            // A name that cannot be guessed keeps one client from reading another's filter.
            var name = UInt64.random(in: 1...UInt64.max)
            while filters[name] != nil { name = UInt64.random(in: 1...UInt64.max) }
            func keep() -> Bool {
                if case .kept = filters.add(filter, under: name, size: content.size, of: client) {
                    return true
                }
                return false
            }
            if filters.hasRoom(for: content.size), keep() { return name }
            filters.remove { filter.lastUse - $0.lastUse >= Self.lifetime }
            return keep() ? name : nil
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
            filters.touch(name)
            return filter
        }
    }

    /// Notes that the client of the filter `name` has seen everything before `next`.
    func advance(_ name: UInt64, to next: UInt64) {
        filters.withLock { $0[name]?.next = next }
    }

    /// Forgets a filter; false if there is none.
    func remove(_ name: UInt64) -> Bool {
        filters.withLock { $0.remove(name) != nil }
    }
}
