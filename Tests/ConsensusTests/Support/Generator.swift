/// A small seeded generator (SplitMix64): the same seed gives the same run.
struct Generator: RandomNumberGenerator {
    private var state: UInt64

    init(seed: UInt64) {
        state = seed
    }

    mutating func next() -> UInt64 {
        state &+= 0x9e37_79b9_7f4a_7c15
        var mixed = state
        mixed = (mixed ^ (mixed >> 30)) &* 0xbf58_476d_1ce4_e5b9
        mixed = (mixed ^ (mixed >> 27)) &* 0x94d0_49bb_1331_11eb
        return mixed ^ (mixed >> 31)
    }

    /// True in `percent` of a hundred draws.
    mutating func chance(_ percent: UInt64) -> Bool { next() % 100 < percent }

    /// The bytes with one to three of them, or of the ranges between them, changed.
    mutating func damaged(_ bytes: [UInt8]) -> [UInt8] {
        var bytes = bytes
        for _ in 1...pick(1...3) {
            guard !bytes.isEmpty else { return bytes }
            let start = Int(pick(0...UInt64(bytes.count - 1)))
            switch pick(0...4) {
            case 0: bytes[start] ^= 1 << UInt8(pick(0...7))
            case 1: bytes[start] = UInt8(truncatingIfNeeded: next())
            case 2: bytes.remove(at: start)
            case 3: bytes.insert(contentsOf: [0xff, 0xff, 0xff, 0xff, 0xff], at: start)
            default: bytes.removeLast(bytes.count - start)
            }
        }
        return bytes
    }

    /// A number in `range`.
    mutating func pick(_ range: ClosedRange<UInt64>) -> UInt64 {
        range.lowerBound + next() % (range.upperBound - range.lowerBound + 1)
    }
}
