/// The links between nodes: who is linked, how long messages take, what gets lost.
struct SimulatedNetwork {
    /// What a message between two linked nodes may suffer.
    struct Quality {
        /// The shortest time on the way, in milliseconds.
        var delay: UInt64 = 1
        /// How much longer it may take, in milliseconds.
        var jitter: UInt64 = 4
        /// How many in a thousand get lost.
        var loss: UInt64 = 0
        /// How many in a thousand arrive twice.
        var duplication: UInt64 = 0
        /// How many in a thousand overtake others.
        var reordering: UInt64 = 0

        /// The worse of two in each regard.
        func worse(_ other: Quality) -> Quality {
            Quality(
                delay: max(delay, other.delay), jitter: max(jitter, other.jitter),
                loss: max(loss, other.loss), duplication: max(duplication, other.duplication),
                reordering: max(reordering, other.reordering))
        }
    }

    let nodes: Int
    /// Who dials whom; symmetric.
    private(set) var neighbours: [[Int]]
    /// Both ends know the link to be up.
    private var isUp: [Bool]
    /// How many incidents block the way from one to another.
    private var blocks: [Int]
    /// When the last message on each way arrives, which the next does not overtake.
    private var lastArrival: [UInt64]
    /// The network's quality without incidents.
    var usual = Quality() {
        didSet { refresh() }
    }
    /// What incidents make of it.
    var storms: [Int: Quality] = [:] {
        didSet { refresh() }
    }
    private var current = Quality()
    /// How many messages overtook others.
    private(set) var overtaking: UInt64 = 0
    /// How many messages took a second or longer.
    private(set) var late: UInt64 = 0

    /// A full mesh of `validators` but for the pair `strangers`, to three of which, or fewer, each
    /// other node is linked, and to the first of them, which is the aggregator's. Behind them come
    /// nodes that are linked as the validators `twins` are.
    init(
        validators: Int, strangers: Set<Int>, others: Int, twins: [Int],
        generator: inout SeededGenerator
    ) {
        nodes = validators + others + twins.count
        neighbours = Array(repeating: [], count: nodes)
        isUp = Array(repeating: false, count: nodes * nodes)
        blocks = Array(repeating: 0, count: nodes * nodes)
        lastArrival = Array(repeating: 0, count: nodes * nodes)
        for first in 0..<validators {
            for second in 0..<validators
            where second != first && strangers != [first, second] {
                neighbours[first].append(second)
            }
        }
        for node in validators..<(validators + others) {
            let uplinks = generator.sample(min(3, validators), below: validators)
            let others = node > validators ? [validators] : []
            for other in uplinks + others {
                link(node, other)
            }
        }
        for (twin, original) in zip((validators + others)..., twins) {
            for other in neighbours[original] { link(twin, other) }
        }
    }

    private mutating func link(_ node: Int, _ other: Int) {
        neighbours[node].append(other)
        neighbours[other].append(node)
    }

    func isUp(_ first: Int, _ second: Int) -> Bool { isUp[first * nodes + second] }

    mutating func setUp(_ first: Int, _ second: Int, _ value: Bool) {
        isUp[first * nodes + second] = value
        isUp[second * nodes + first] = value
    }

    func isBlocked(from sender: Int, to receiver: Int) -> Bool {
        blocks[sender * nodes + receiver] > 0
    }

    mutating func block(from sender: Int, to receiver: Int) {
        blocks[sender * nodes + receiver] += 1
    }

    mutating func unblock(from sender: Int, to receiver: Int) {
        blocks[sender * nodes + receiver] -= 1
    }

    private mutating func refresh() {
        current = storms.values.reduce(usual) { $0.worse($1) }
    }

    /// When a message that is sent now arrives, if it does, and when it does so again.
    mutating func arrivals(
        from sender: Int, to receiver: Int, at time: UInt64, generator: inout SeededGenerator
    ) -> (first: UInt64?, second: UInt64?) {
        guard isUp(sender, receiver), !isBlocked(from: sender, to: receiver),
            !generator.chance(permille: current.loss)
        else { return (nil, nil) }
        var arrival = time + current.delay + generator.next(below: current.jitter + 1)
        if generator.chance(permille: current.reordering) {
            if arrival < lastArrival[sender * nodes + receiver] { overtaking += 1 }
        } else {
            arrival = max(arrival, lastArrival[sender * nodes + receiver])
            lastArrival[sender * nodes + receiver] = arrival
        }
        if arrival >= time + 1_000 { late += 1 }
        guard generator.chance(permille: current.duplication) else { return (arrival, nil) }
        return (arrival, arrival + generator.next(below: current.jitter + 1))
    }
}
