/// A generator whose numbers follow from a seed (SplitMix64): the same seed gives the same run.
package struct SeededGenerator: RandomNumberGenerator {
    private var state: UInt64

    package init(seed: UInt64) {
        state = seed
    }

    package mutating func next() -> UInt64 {
        state &+= 0x9e37_79b9_7f4a_7c15
        var mixed = state
        mixed = (mixed ^ (mixed >> 30)) &* 0xbf58_476d_1ce4_e5b9
        mixed = (mixed ^ (mixed >> 27)) &* 0x94d0_49bb_1331_11eb
        return mixed ^ (mixed >> 31)
    }

    /// A number from 0 to below `bound`.
    package mutating func below(_ bound: Int) -> Int { Int(next() % UInt64(bound)) }

    /// A number in `range`.
    package mutating func pick(_ range: ClosedRange<UInt64>) -> UInt64 {
        range.lowerBound + next() % (range.upperBound - range.lowerBound + 1)
    }

    /// True in `percent` of a hundred draws.
    package mutating func chance(_ percent: UInt64) -> Bool { next() % 100 < percent }

    /// So many bytes.
    package mutating func bytes(_ count: Int) -> [UInt8] {
        (0..<count).map { _ in UInt8(truncatingIfNeeded: next()) }
    }

    /// The bytes with one to three of them, or of the ranges between them, changed.
    package mutating func damaged(_ bytes: [UInt8]) -> [UInt8] {
        var bytes = bytes
        for _ in 1...pick(1...3) {
            guard !bytes.isEmpty else { return bytes }
            let start = below(bytes.count)
            switch below(5) {
            case 0: bytes[start] ^= 1 << UInt8(below(8))
            case 1: bytes[start] = UInt8(truncatingIfNeeded: next())
            case 2: bytes.remove(at: start)
            case 3: bytes.insert(contentsOf: [0xff, 0xff, 0xff, 0xff, 0xff], at: start)
            default: bytes.removeLast(bytes.count - start)
            }
        }
        return bytes
    }
}
