import Protocol

/// Remembers the last hashes it was given: at least `capacity` of them, at most twice as many.
struct RecentHashes: Sendable {
    private var current: Set<Hash32> = []
    private var previous: Set<Hash32> = []
    private let capacity: Int

    init(capacity: Int) {
        self.capacity = capacity
    }

    func contains(_ hash: Hash32) -> Bool {
        current.contains(hash) || previous.contains(hash)
    }

    /// Adds `hash`; false if it is remembered already.
    @discardableResult
    mutating func insert(_ hash: Hash32) -> Bool {
        guard !contains(hash) else { return false }
        if current.count >= capacity {
            previous = current
            current = []
        }
        current.insert(hash)
        return true
    }

    mutating func remove(_ hash: Hash32) {
        current.remove(hash)
        previous.remove(hash)
    }
}
