import Protocol

/// What has become of each transaction of a load, by its number. Times are seconds since the load
/// began.
struct LoadBook {
    /// How a transaction is found among those of a block: the first eight bytes of its hash.
    typealias Key = UInt64

    /// A transaction that is in a final block.
    struct Final {
        let block: UInt64
        /// When the client's own node told of it.
        let time: Double
        let succeeded: Bool
    }

    /// When each was due; where none is planned, when it was handed in first.
    private(set) var due: [Double?]
    private(set) var handedIn: [Double?]
    private(set) var acknowledged: [Double?]
    private(set) var finals: [Final?]
    private(set) var finalCount = 0
    private var numbers: [Key: Int]

    /// A book of transactions with these hashes, due at `due`, or whenever there is room.
    init(_ hashes: [Hash32], due: [Double]? = nil) {
        numbers = Dictionary(
            zip(hashes.map(Self.key), hashes.indices), uniquingKeysWith: { first, _ in first })
        let none = [Double?](repeating: nil, count: hashes.count)
        self.due = due?.map(Optional.some) ?? none
        handedIn = none
        acknowledged = none
        finals = [Final?](repeating: nil, count: hashes.count)
    }

    /// Adds a transaction that is due at `time`; its number is the last one.
    mutating func add(_ hash: Hash32, due time: Double) {
        numbers[Self.key(of: hash)] = count
        due.append(time)
        handedIn.append(nil)
        acknowledged.append(nil)
        finals.append(nil)
    }

    static func key(of hash: Hash32) -> Key { hash.bytes.prefix(8).reduce(0) { $0 << 8 | Key($1) } }

    var count: Int { finals.count }

    var isComplete: Bool { finalCount == count }

    mutating func handIn(_ numbers: Range<Int>, at time: Double) {
        for number in numbers where handedIn[number] == nil {
            handedIn[number] = time
            if due[number] == nil { due[number] = time }
        }
    }

    mutating func acknowledge(_ numbers: Range<Int>, at time: Double) {
        for number in numbers where acknowledged[number] == nil { acknowledged[number] = time }
    }

    /// The number of the transaction with `key`, if it is of this load.
    func number(of key: Key) -> Int? { numbers[key] }

    /// Notes that the transaction `number` is final; the first word counts.
    mutating func makeFinal(_ number: Int, _ final: Final) {
        guard finals[number] == nil else { return }
        finals[number] = final
        finalCount += 1
    }

    /// Those that a node took and no block has.
    var lost: [Int] {
        finals.indices.filter { acknowledged[$0] != nil && finals[$0] == nil }
    }

    /// Those that the ledger reverted.
    var failed: [Int] { finals.indices.filter { finals[$0]?.succeeded == false } }

    /// From when each was due until it was final, in milliseconds.
    var latencies: [Double] {
        zip(due, finals).compactMap { due, final in
            guard let due, let final else { return nil }
            return (final.time - due) * 1_000
        }
    }

    /// How long after it was due each was handed in, in milliseconds.
    var lateness: [Double] {
        zip(due, handedIn).compactMap { due, handedIn in
            guard let due, let handedIn else { return nil }
            return (handedIn - due) * 1_000
        }
    }

    /// How many of the load's transactions each block has.
    var blocks: [UInt64: Int] {
        finals.reduce(into: [:]) { counts, final in
            if let final { counts[final.block, default: 0] += 1 }
        }
    }
}
