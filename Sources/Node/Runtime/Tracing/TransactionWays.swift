import API
import Peering
import Protocol

/// How a transaction came to this node, and when.
struct Arrival: Hashable, Sendable {
    /// From where it came.
    let source: TransactionTrace.Source
    /// When its bytes were there.
    let came: SteadyTime
    /// When its sender was known.
    let verified: SteadyTime
}

/// When a block reached the stages that all of its transactions reach at once.
struct BlockTimes: Hashable, Sendable {
    /// The block, and the round in which it became final.
    let place: TransactionTrace.Place
    /// Of a validator that took part.
    let proposed: SteadyTime?
    let prepared: SteadyTime?
    let final: SteadyTime
    var stored: SteadyTime?
    var told: SteadyTime?
}

/// The ways of the transactions that this node has seen last. What comes beyond its capacity takes the
/// place of what came first: nobody makes it grow, however much is sent.
struct TransactionWays: Sendable {
    private struct Way: Sendable {
        let hash: Hash32
        /// Nil where this node saw it in a final block first.
        let arrival: Arrival?
        let pooled: SteadyTime?
        /// The number of its block among those that were noted; nil while it has none.
        var block: Int?
    }

    private let capacity: Int
    /// A ring: once it is full, `next` is the oldest.
    private var ways: [Way] = []
    private var next = 0
    private var places: [Hash32: Int32] = [:]
    /// A ring as well: the block numbered n is at n modulo the capacity.
    private var blocks: [BlockTimes] = []
    private var blockCount = 0

    /// Room for so many transactions, and for as many blocks.
    init(capacity: Int = TransactionTrace.remembered) {
        self.capacity = capacity
    }

    /// How many it holds.
    var count: Int { ways.count }

    /// Whether it holds the transaction `hash`.
    func holds(_ hash: Hash32) -> Bool { places[hash] != nil }

    /// Begins the way of the transaction `hash`, which the pool has; one that has begun stays as it is.
    mutating func begin(_ hash: Hash32, _ arrival: Arrival, pooled: SteadyTime) {
        guard !holds(hash) else { return }
        add(Way(hash: hash, arrival: arrival, pooled: pooled, block: nil))
    }

    /// Notes a final block, to which the transactions given to ``enter(_:)`` from then on belong.
    mutating func open(_ block: BlockTimes) {
        blockCount += 1
        if blocks.count < capacity {
            blocks.append(block)
        } else {
            blocks[newest] = block
        }
    }

    /// Notes that the transaction `hash` is in the newest block. Returns how it had come and when the
    /// pool had it, where this node saw that.
    mutating func enter(_ hash: Hash32) -> (arrival: Arrival, pooled: SteadyTime)? {
        guard let place = places[hash] else {
            add(Way(hash: hash, arrival: nil, pooled: nil, block: blockCount))
            return nil
        }
        ways[Int(place)].block = blockCount
        let way = ways[Int(place)]
        guard let arrival = way.arrival, let pooled = way.pooled else { return nil }
        return (arrival, pooled)
    }

    /// Changes the times of the newest block.
    mutating func changeNewest(_ change: (inout BlockTimes) -> Void) {
        guard blockCount > 0 else { return }
        change(&blocks[newest])
    }

    /// The block that was noted last.
    var newestBlock: BlockTimes? { blockCount > 0 ? blocks[newest] : nil }

    private var newest: Int { (blockCount - 1) % capacity }

    private mutating func add(_ way: Way) {
        if ways.count < capacity {
            ways.append(way)
        } else {
            places[ways[next].hash] = nil
            ways[next] = way
        }
        places[way.hash] = Int32(next)
        next = (next + 1) % capacity
    }

    /// What it holds of the transaction `hash`: its stages in their order, each with its moment.
    func way(
        of hash: Hash32
    ) -> (
        arrival: Arrival?, block: TransactionTrace.Place?,
        stages: [(stage: TransactionTrace.Stage, at: SteadyTime)]
    )? {
        guard let way = places[hash].map({ ways[Int($0)] }) else { return nil }
        let block = way.block.flatMap { number in
            number > blockCount - capacity ? blocks[(number - 1) % capacity] : nil
        }
        let moments: [(TransactionTrace.Stage, SteadyTime?)] = [
            (.accepted, way.arrival?.came), (.verified, way.arrival?.verified),
            (.pooled, way.pooled), (.proposed, block?.proposed), (.prepared, block?.prepared),
            (.final, block?.final), (.stored, block?.stored), (.told, block?.told),
        ]
        let stages = moments.compactMap { stage, at in at.map { (stage: stage, at: $0) } }
        return (way.arrival, block?.place, stages)
    }
}
