/// A generator of numbers that are the same for the same seed, everywhere: xoshiro256** by Blackman
/// and Vigna, its state filled by SplitMix64.
package struct SeededGenerator: RandomNumberGenerator, Sendable {
    private var state: (UInt64, UInt64, UInt64, UInt64)

    package init(seed: UInt64) {
        var mixer = seed
        func next() -> UInt64 {
            mixer &+= 0x9e37_79b9_7f4a_7c15
            return SeededGenerator.mix(mixer)
        }
        state = (next(), next(), next(), next())
    }

    /// SplitMix64's finalizer: spreads each bit of `value` over all.
    static func mix(_ value: UInt64) -> UInt64 {
        var mixed = value
        mixed = (mixed ^ (mixed >> 30)) &* 0xbf58_476d_1ce4_e5b9
        mixed = (mixed ^ (mixed >> 27)) &* 0x94d0_49bb_1331_11eb
        return mixed ^ (mixed >> 31)
    }

    /// The next 64 bits.
    package mutating func next() -> UInt64 {
        let product = state.1 &* 5
        let result = (product << 7 | product >> 57) &* 9
        let shifted = state.1 << 17
        state.2 ^= state.0
        state.3 ^= state.1
        state.1 ^= state.2
        state.0 ^= state.3
        state.2 ^= shifted
        state.3 = state.3 << 45 | state.3 >> 19
        return result
    }

    /// A number from 0 to below `bound`; 0 if that is 0.
    package mutating func next(below bound: UInt64) -> UInt64 {
        next().multipliedFullWidth(by: bound).high
    }

    /// A number in `range`.
    package mutating func next(in range: ClosedRange<UInt64>) -> UInt64 {
        let width = range.upperBound - range.lowerBound
        return width == .max ? next() : range.lowerBound + next(below: width + 1)
    }

    mutating func index(below count: Int) -> Int { Int(next(below: UInt64(count))) }

    /// True with a probability of `permille` thousandths.
    package mutating func chance(permille: UInt64) -> Bool {
        permille > 0 && next(below: 1_000) < permille
    }

    /// One of `elements`, which are not empty.
    mutating func pick<Element>(_ elements: [Element]) -> Element {
        elements[index(below: elements.count)]
    }

    /// `count` different numbers below `bound`, in a random order.
    mutating func sample(_ count: Int, below bound: Int) -> [Int] {
        var all = Array(0..<bound)
        for place in 0..<min(count, bound) {
            all.swapAt(place, place + index(below: bound - place))
        }
        return Array(all.prefix(count))
    }
}
