/// The last elements that were added, as many as there is room for.
package struct LastElements<Element: Sendable>: Sendable {
    /// All of them; where a newer one took an old one's place, not in the order in which they came.
    package private(set) var all: [Element] = []
    private var oldest = 0
    private let capacity: Int

    package init(capacity: Int) { self.capacity = capacity }

    var inOrder: [Element] { Array(all[oldest...] + all[..<oldest]) }

    /// Adds `element`, in place of the oldest one if there is no room.
    package mutating func add(_ element: Element) {
        guard all.count == capacity else { return all.append(element) }
        all[oldest] = element
        oldest = (oldest + 1) % capacity
    }
}
