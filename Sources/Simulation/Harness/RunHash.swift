/// A number that stands for everything that happened in a run, in its order.
struct RunHash {
    private(set) var value: UInt64 = 0x6a09_e667_f3bc_c908

    mutating func add(_ number: UInt64) {
        value = SeededGenerator.mix(value ^ number) &+ 0x9e37_79b9_7f4a_7c15
    }

    mutating func add(_ first: UInt64, _ second: UInt64, _ third: UInt64) {
        add(first &* 0x1_0000_01b3 ^ second << 40 ^ third)
    }
}
