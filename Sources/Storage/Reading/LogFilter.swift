package import Protocol

/// Which events to look for.
package struct LogFilter: Hashable, Sendable {
    /// The blocks to look in.
    package let blocks: ClosedRange<UInt64>
    /// The contracts that may have emitted them; any if empty.
    package let addresses: [Address]
    /// For each topic in order, what it may be; anything if empty.
    package let topics: [[Hash32]]

    /// How many blocks one search may span.
    package static let maximumBlocks: UInt64 = 5_000
    /// How many events one search may find.
    package static let maximumResults = 10_000
    /// How many events one search may look at: full blocks hold thousands each.
    package static let maximumEvents = 100_000

    package init(blocks: ClosedRange<UInt64>, addresses: [Address] = [], topics: [[Hash32]] = []) {
        self.blocks = blocks
        self.addresses = addresses
        self.topics = topics
    }

    /// Whether `log` is one that the filter looks for, its block apart.
    package func matches(_ log: EventLog) -> Bool {
        guard addresses.isEmpty || addresses.contains(log.address) else { return false }
        return topics.enumerated().allSatisfy { index, choices in
            choices.isEmpty || (index < log.topics.count && choices.contains(log.topics[index]))
        }
    }
}

/// What a search for events came to.
package enum LogSearch: Hashable, Sendable {
    /// The events, in the order of the ledger.
    case found([StoredLog])
    /// The range spans more than ``LogFilter/maximumBlocks``.
    case tooManyBlocks
    /// There are more than ``LogFilter/maximumResults``.
    case tooManyResults
    /// There are more than ``LogFilter/maximumEvents`` to look at.
    case tooManyEvents
}
