/// What is going to happen, by its time; what falls on one time, in the order of entry.
struct EventScheduler<Item> {
    private struct Key {
        let time: UInt64
        let sequence: UInt64
        let slot: Int

        func isBefore(_ other: Key) -> Bool {
            time == other.time ? sequence < other.sequence : time < other.time
        }
    }

    private var heap: [Key] = []
    private var slots: [Item?] = []
    private var freeSlots: [Int] = []
    private var entered: UInt64 = 0

    var isEmpty: Bool { heap.isEmpty }

    mutating func add(_ item: Item, at time: UInt64) {
        let slot = freeSlots.popLast() ?? slots.count
        if slot == slots.count { slots.append(item) } else { slots[slot] = item }
        heap.append(Key(time: time, sequence: entered, slot: slot))
        entered += 1
        rise(from: heap.count - 1)
    }

    mutating func next() -> (time: UInt64, item: Item)? {
        guard let first = heap.first, let last = heap.popLast() else { return nil }
        if !heap.isEmpty {
            heap[0] = last
            sink()
        }
        freeSlots.append(first.slot)
        guard let item = slots[first.slot] else { return nil }
        slots[first.slot] = nil
        return (first.time, item)
    }

    private mutating func rise(from start: Int) {
        var child = start
        while child > 0 {
            let parent = (child - 1) / 2
            guard heap[child].isBefore(heap[parent]) else { return }
            heap.swapAt(child, parent)
            child = parent
        }
    }

    private mutating func sink() {
        var parent = 0
        while true {
            var least = parent
            for child in [2 * parent + 1, 2 * parent + 2]
            where child < heap.count && heap[child].isBefore(heap[least]) {
                least = child
            }
            guard least != parent else { return }
            heap.swapAt(parent, least)
            parent = least
        }
    }
}
