import Protocol

/// When transactions that were announced are announced again: each after a while, and after twice
/// as long each time. What is in a block by then is not looked for: it falls out when its time
/// comes.
struct RepeatQueue: Sendable {
    struct Item: Sendable {
        let hash: Hash32
        /// How often it has been repeated before.
        let repetitions: Int
    }

    /// Those that wait for as long as one another, in the order of their times.
    private struct Level: Sendable {
        let delay: UInt64
        var items: ArraySlice<(item: Item, dueAt: Timestamp)> = []
    }

    private var levels: [Level]

    /// The first repetition comes `first` milliseconds after the announcement, each further one
    /// twice as long after the one before, up to `longest`.
    init(first: UInt64, longest: UInt64) {
        levels = []
        var delay = first
        while delay < longest {
            levels.append(Level(delay: delay))
            delay *= 2
        }
        levels.append(Level(delay: longest))
    }

    /// When the next is due; nil if none waits.
    var nextDue: Timestamp? { levels.lazy.compactMap { $0.items.first?.dueAt }.min() }

    /// Notes that `hash` was announced.
    mutating func add(_ hash: Hash32, at now: Timestamp) {
        put(Item(hash: hash, repetitions: 0), at: now)
    }

    /// Notes that `item` was repeated.
    mutating func addAgain(_ item: Item, at now: Timestamp) {
        put(Item(hash: item.hash, repetitions: item.repetitions + 1), at: now)
    }

    /// Takes out what is due, `maximum` at most, the longest overdue of each delay first.
    mutating func takeDue(at now: Timestamp, atMost maximum: Int) -> [Item] {
        var due: [Item] = []
        for index in levels.indices {
            while due.count < maximum, let first = levels[index].items.first, first.dueAt <= now {
                due.append(first.item)
                levels[index].items.removeFirst()
            }
        }
        return due
    }

    /// The clock was put back to `moment`.
    mutating func clockWentBack(to moment: Timestamp) {
        for index in levels.indices {
            let latest = moment.advanced(byMilliseconds: levels[index].delay)
            for place in levels[index].items.indices {
                let dueAt = levels[index].items[place].dueAt
                levels[index].items[place].dueAt = min(dueAt, latest)
            }
        }
    }

    private mutating func put(_ item: Item, at now: Timestamp) {
        let index = min(item.repetitions, levels.count - 1)
        let dueAt = now.advanced(byMilliseconds: levels[index].delay)
        levels[index].items.append((item, dueAt))
    }
}
