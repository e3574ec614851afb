import TestKit

/// Damages bytes, in the same way for the same seed.
struct Damage {
    /// Bytes at which lengths, numbers and texts begin or end.
    private static let edges: [UInt8] = [
        0, 1, 0x0a, 0x0d, 0x20, 0x22, 0x2c, 0x30, 0x39, 0x3a, 0x5b, 0x5d, 0x7b, 0x7d, 0x7f, 0x80,
        0x81, 0xb7, 0xb8, 0xbf, 0xc0, 0xc1, 0xf7, 0xf8, 0xff,
    ]
    private var generator: SeededGenerator

    init(seed: UInt64) {
        generator = SeededGenerator(seed: seed)
    }

    /// One of `examples` after one to four mishaps, two of them put together, or noise.
    mutating func bytes(like examples: [[UInt8]]) -> [UInt8] {
        guard generator.below(16) > 0, !examples.isEmpty else {
            return generator.bytes(generator.below(200))
        }
        var bytes = examples[generator.below(examples.count)]
        for _ in 0...generator.below(4) { damage(&bytes, examples) }
        return bytes
    }

    private mutating func damage(_ bytes: inout [UInt8], _ examples: [[UInt8]]) {
        guard !bytes.isEmpty else { return }
        let start = generator.below(bytes.count)
        let end = min(bytes.count, start + 1 + generator.below(12))
        switch generator.below(10) {
        case 0: bytes[start] ^= 1 << UInt8(generator.below(8))
        case 1: bytes[start] = Self.edges[generator.below(Self.edges.count)]
        case 2: bytes[start] &+= generator.below(2) == 0 ? 1 : 255
        case 3: bytes.removeSubrange(start..<end)
        case 4: bytes.insert(contentsOf: bytes[start..<end], at: generator.below(bytes.count))
        case 5: bytes.replaceSubrange(start..<end, with: generator.bytes(end - start))
        case 6: bytes.replaceSubrange(start..<end, with: [UInt8](repeating: 0xff, count: 9))
        case 7: bytes.removeLast(bytes.count - start)
        case 8: splice(&bytes, at: start, examples)
        default: writeLength(&bytes, at: start)
        }
    }

    /// Goes on with the end of another example.
    private mutating func splice(_ bytes: inout [UInt8], at start: Int, _ examples: [[UInt8]]) {
        let other = examples[generator.below(examples.count)]
        guard !other.isEmpty else { return }
        bytes.replaceSubrange(start..., with: other[generator.below(other.count)...])
    }

    /// Puts a number where one may stand: in bytes or in digits.
    private mutating func writeLength(_ bytes: inout [UInt8], at start: Int) {
        let numbers: [UInt64] = [0, 1, 255, 256, 65_536, 1 << 31, 1 << 32, 1 << 63, .max]
        let number = numbers[generator.below(numbers.count)]
        let text =
            generator.below(2) == 0
            ? Array(String(number).utf8)
            : (0..<4).map { UInt8(truncatingIfNeeded: number >> (24 - 8 * UInt64($0))) }
        let end = min(bytes.count, start + text.count)
        bytes.replaceSubrange(start..<end, with: text)
    }
}
