/// Damages bytes, in the same way for the same seed.
struct Damage {
    /// Bytes at which lengths, numbers and texts begin or end.
    private static let edges: [UInt8] = [
        0, 1, 0x0a, 0x0d, 0x20, 0x22, 0x2c, 0x30, 0x39, 0x3a, 0x5b, 0x5d, 0x7b, 0x7d, 0x7f, 0x80,
        0x81, 0xb7, 0xb8, 0xbf, 0xc0, 0xc1, 0xf7, 0xf8, 0xff,
    ]
    private var state: UInt64

    init(seed: UInt64) {
        state = seed
    }

    /// One of `examples` after one to four mishaps, two of them put together, or noise.
    mutating func bytes(like examples: [[UInt8]]) -> [UInt8] {
        guard below(16) > 0, !examples.isEmpty else { return noise(below(200)) }
        var bytes = examples[below(examples.count)]
        for _ in 0...below(4) { damage(&bytes, examples) }
        return bytes
    }

    private mutating func damage(_ bytes: inout [UInt8], _ examples: [[UInt8]]) {
        guard !bytes.isEmpty else { return }
        let start = below(bytes.count)
        let end = min(bytes.count, start + 1 + below(12))
        switch below(10) {
        case 0: bytes[start] ^= 1 << UInt8(below(8))
        case 1: bytes[start] = Self.edges[below(Self.edges.count)]
        case 2: bytes[start] &+= below(2) == 0 ? 1 : 255
        case 3: bytes.removeSubrange(start..<end)
        case 4: bytes.insert(contentsOf: bytes[start..<end], at: below(bytes.count))
        case 5: bytes.replaceSubrange(start..<end, with: noise(end - start))
        case 6: bytes.replaceSubrange(start..<end, with: [UInt8](repeating: 0xff, count: 9))
        case 7: bytes.removeLast(bytes.count - start)
        case 8: splice(&bytes, at: start, examples)
        default: writeLength(&bytes, at: start)
        }
    }

    /// Goes on with the end of another example.
    private mutating func splice(_ bytes: inout [UInt8], at start: Int, _ examples: [[UInt8]]) {
        let other = examples[below(examples.count)]
        guard !other.isEmpty else { return }
        bytes.replaceSubrange(start..., with: other[below(other.count)...])
    }

    /// Puts a number where one may stand: in bytes or in digits.
    private mutating func writeLength(_ bytes: inout [UInt8], at start: Int) {
        let numbers: [UInt64] = [0, 1, 255, 256, 65_536, 1 << 31, 1 << 32, 1 << 63, .max]
        let number = numbers[below(numbers.count)]
        let text =
            below(2) == 0
            ? Array(String(number).utf8)
            : (0..<4).map { UInt8(truncatingIfNeeded: number >> (24 - 8 * UInt64($0))) }
        let end = min(bytes.count, start + text.count)
        bytes.replaceSubrange(start..<end, with: text)
    }

    private mutating func noise(_ count: Int) -> [UInt8] {
        (0..<count).map { _ in UInt8(truncatingIfNeeded: next()) }
    }

    private mutating func below(_ bound: Int) -> Int { Int(next() % UInt64(bound)) }

    /// SplitMix64.
    private mutating func next() -> UInt64 {
        state &+= 0x9e37_79b9_7f4a_7c15
        var mixed = state
        mixed = (mixed ^ (mixed >> 30)) &* 0xbf58_476d_1ce4_e5b9
        mixed = (mixed ^ (mixed >> 27)) &* 0x94d0_49bb_1331_11eb
        return mixed ^ (mixed >> 31)
    }
}
