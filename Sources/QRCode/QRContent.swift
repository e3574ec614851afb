/// The bits that a code holds, in the order in which they are laid: the text, filled up, cut into
/// blocks with their correction, and the blocks dealt out byte by byte.
struct QRContent {
    let bits: [Bool]

    init(_ text: [UInt8], in layout: QRLayout) {
        let data = Self.filled(text, in: layout)
        var blocks: [[UInt8]] = []
        var rest = data[...]
        for size in layout.blockSizes {
            blocks.append(Array(rest.prefix(size)))
            rest = rest.dropFirst(size)
        }
        let field = QRField()
        let generator = field.generator(layout.correction)
        let checks = blocks.map { field.remainder(of: $0, by: generator) }
        let dealt = Self.dealt(blocks) + Self.dealt(checks)
        bits =
            dealt.flatMap { byte in (0..<8).map { byte >> (7 - $0) & 1 == 1 } }
            + [Bool](repeating: false, count: layout.freeModules % 8)
    }

    /// Mode "bytes", length, text, end, and bytes that fill what is left.
    private static func filled(_ text: [UInt8], in layout: QRLayout) -> [UInt8] {
        var bits: [Bool] = []
        func add(_ value: Int, _ count: Int) {
            bits += (0..<count).map { value >> (count - 1 - $0) & 1 == 1 }
        }
        add(0b0100, 4)
        add(text.count, layout.lengthBits)
        for byte in text { add(Int(byte), 8) }
        let room = 8 * layout.dataBytes
        add(0, min(4, room - bits.count))
        add(0, (8 - bits.count % 8) % 8)
        var filler = 0xec
        while bits.count < room {
            add(filler, 8)
            filler ^= 0xec ^ 0x11
        }
        return stride(from: 0, to: room, by: 8).map { start in
            bits[start..<start + 8].reduce(0) { $0 << 1 | ($1 ? 1 : 0) }
        }
    }

    /// The first byte of each block, then the second of each, to the end of the longest.
    private static func dealt(_ blocks: [[UInt8]]) -> [UInt8] {
        (0..<(blocks.map(\.count).max() ?? 0)).flatMap { index in
            blocks.compactMap { $0.indices.contains(index) ? $0[index] : nil }
        }
    }
}

/// The field of 256 elements by x⁸ + x⁴ + x³ + x² + 1, and Reed and Solomon's code in it.
struct QRField {
    private let powers: [UInt8]
    private let logarithms: [Int]

    init() {
        var powers = [UInt8](repeating: 1, count: 255)
        var logarithms = [Int](repeating: 0, count: 256)
        var value = 1
        for exponent in 0..<255 {
            powers[exponent] = UInt8(value)
            logarithms[value] = exponent
            value <<= 1
            if value > 255 { value ^= 0x11d }
        }
        self.powers = powers
        self.logarithms = logarithms
    }

    func power(_ exponent: Int) -> UInt8 { powers[exponent % 255] }

    func product(_ left: UInt8, _ right: UInt8) -> UInt8 {
        left == 0 || right == 0 ? 0 : power(logarithms[Int(left)] + logarithms[Int(right)])
    }

    /// The product of (x − 2ⁱ) for `count` powers, the highest power's one left out.
    func generator(_ count: Int) -> [UInt8] {
        var polynomial: [UInt8] = [1]
        for exponent in 0..<count {
            var next = polynomial + [0]
            for index in polynomial.indices {
                next[index + 1] ^= product(polynomial[index], power(exponent))
            }
            polynomial = next
        }
        return Array(polynomial.dropFirst())
    }

    /// What `data` leaves when it is divided by the generator: its correction.
    func remainder(of data: [UInt8], by generator: [UInt8]) -> [UInt8] {
        var remainder = [UInt8](repeating: 0, count: generator.count)
        for byte in data {
            let factor = byte ^ remainder[0]
            remainder.removeFirst()
            remainder.append(0)
            for index in generator.indices {
                remainder[index] ^= product(generator[index], factor)
            }
        }
        return remainder
    }
}
