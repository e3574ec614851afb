/// Reads a QR code of versions 1 to 10 with correction M back from its lines, by tables of its own and
/// nothing of the encoder's; refuses a code with any fault.
struct QRReader {
    enum Fault: Error, Hashable {
        case size, finder, timing, format, version, check, mode, padding
    }

    /// For each version: bytes of correction a block, and the blocks' bytes of data.
    private static let blocks: [(correction: Int, data: [Int])] = [
        (10, [16]), (16, [28]), (26, [44]), (18, [32, 32]), (24, [43, 43]),
        (16, [27, 27, 27, 27]), (18, [31, 31, 31, 31]), (22, [38, 38, 39, 39]),
        (22, [36, 36, 36, 37, 37]), (26, [43, 43, 43, 43, 44]),
    ]
    private static let centres: [[Int]] = [
        [], [6, 18], [6, 22], [6, 26], [6, 30], [6, 34], [6, 22, 38], [6, 24, 42], [6, 26, 46],
        [6, 28, 50],
    ]
    /// What says correction M and each mask, as the standard's table C.1 has it.
    private static let formats = [
        0b101010000010010, 0b101000100100101, 0b101111001111100, 0b101101101001011,
        0b100010111111001, 0b100000011001110, 0b100111110010111, 0b100101010100000,
    ]
    /// What says versions 7 to 10, as table D.1 has it.
    private static let versions = [0x07c94, 0x085bc, 0x09a99, 0x0a4d3]

    private let dark: [[Bool]]
    private let version: Int
    let mask: Int

    init(_ rows: [String]) throws(Fault) {
        let dark = rows.map { row in row.map { $0 == "X" } }
        version = (rows.count - 17) / 4
        guard (1...10).contains(version), rows.count == 17 + 4 * version,
            dark.allSatisfy({ $0.count == rows.count })
        else { throw .size }
        self.dark = dark
        let last = rows.count - 1
        let first = (0..<6).map { dark[8][$0] } + [dark[8][7], dark[8][8], dark[7][8]]
        let format = Self.number(first + (0..<6).map { dark[5 - $0][8] })
        let other = Self.number(
            (0..<7).map { dark[last - $0][8] } + (0..<8).map { dark[8][last - 7 + $0] })
        guard format == other, let mask = Self.formats.firstIndex(of: format), dark[last - 7][8]
        else { throw .format }
        self.mask = mask
        try checkPatterns()
    }

    private static func number(_ bits: some Sequence<Bool>) -> Int {
        bits.reduce(0) { $0 << 1 | ($1 ? 1 : 0) }
    }

    private func checkPatterns() throws(Fault) {
        let size = dark.count
        let finder = [0x7f, 0x41, 0x5d, 0x5d, 0x5d, 0x41, 0x7f]
        for (top, left) in [(0, 0), (0, size - 7), (size - 7, 0)] {
            for row in 0..<7 {
                guard Self.number(dark[top + row][left..<left + 7]) == finder[row] else {
                    throw .finder
                }
            }
        }
        for index in 8..<size - 8 {
            guard dark[6][index] == (index % 2 == 0), dark[index][6] == (index % 2 == 0) else {
                throw .timing
            }
        }
        guard version >= 7 else { return }
        let above = Self.number((0..<18).reversed().map { dark[$0 / 3][size - 11 + $0 % 3] })
        let beside = Self.number((0..<18).reversed().map { dark[size - 11 + $0 % 3][$0 / 3] })
        guard above == beside, above == Self.versions[version - 7] else { throw .version }
    }

    /// Whether the module belongs to a pattern, or says version or mask.
    private func isFixed(_ row: Int, _ column: Int) -> Bool {
        let size = dark.count
        if row < 9 && (column < 9 || column >= size - 8) || row >= size - 8 && column < 9 {
            return true
        }
        if row == 6 || column == 6 { return true }
        if version >= 7, row < 6 && column >= size - 11 || column < 6 && row >= size - 11 {
            return true
        }
        let centres = Self.centres[version - 1]
        return centres.contains { down in
            centres.contains { right in
                let isCorner =
                    [(6, 6), (6, size - 7), (size - 7, 6)].contains { $0 == (down, right) }
                return !isCorner && abs(row - down) <= 2 && abs(column - right) <= 2
            }
        }
    }

    private func isTurned(_ i: Int, _ j: Int) -> Bool {
        let terms = [
            (i + j) % 2, i % 2, j % 3, (i + j) % 3, (i / 2 + j / 3) % 2, (i * j) % 2 + (i * j) % 3,
            ((i * j) % 2 + (i * j) % 3) % 2, ((i + j) % 2 + (i * j) % 3) % 2,
        ]
        return terms[mask] == 0
    }

    private var bytes: [UInt8] {
        let size = dark.count
        var bits: [Bool] = []
        for pair in 0..<(size - 1) / 2 {
            let right = size - 1 - 2 * pair - (pair >= (size - 7) / 2 ? 1 : 0)
            for step in 0..<size {
                let row = pair % 2 == 0 ? size - 1 - step : step
                for column in [right, right - 1] where !isFixed(row, column) {
                    bits.append(dark[row][column] != isTurned(row, column))
                }
            }
        }
        return stride(from: 0, through: bits.count - 8, by: 8).map {
            UInt8(Self.number(bits[$0..<$0 + 8]))
        }
    }

    /// The text that the code holds.
    func text() throws(Fault) -> [UInt8] {
        let (correction, sizes) = Self.blocks[version - 1]
        var rest = bytes[...]
        guard rest.count == sizes.reduce(0, +) + correction * sizes.count else { throw .size }
        var blocks = sizes.map { _ in [UInt8]() }
        for index in 0..<(sizes.max() ?? 0) {
            for block in sizes.indices where index < sizes[block] {
                blocks[block].append(rest.removeFirst())
            }
        }
        var data: [UInt8] = blocks.flatMap { $0 }
        for _ in 0..<correction {
            for block in sizes.indices { blocks[block].append(rest.removeFirst()) }
        }
        for block in blocks {
            for power in 0..<correction where Self.value(of: block, at: power) != 0 { throw .check }
        }
        let bits: [Bool] = data.flatMap { byte in
            (0..<8).map { index in byte >> (7 - index) & 1 == 1 }
        }
        guard Self.number(bits[0..<4]) == 4 else { throw .mode }
        let start = version < 10 ? 12 : 20
        let count = Self.number(bits[4..<start])
        let end = start + 8 * count
        guard end <= bits.count else { throw .size }
        data = stride(from: start, to: end, by: 8).map { UInt8(Self.number(bits[$0..<$0 + 8])) }
        guard !bits[end..<min(end + 4, bits.count)].contains(true) else { throw .padding }
        return data
    }

    /// A block taken for a polynomial, at 2 to the `power`: 0 for each of them if it has no fault.
    private static func value(of block: [UInt8], at power: Int) -> Int {
        let point = (0..<power).reduce(1) { value, _ in doubled(value) }
        return block.reduce(0) { product($0, point) ^ Int($1) }
    }

    private static func doubled(_ value: Int) -> Int {
        value < 128 ? value * 2 : value * 2 ^ 0x11d
    }

    private static func product(_ left: Int, _ right: Int) -> Int {
        var (sum, term) = (0, left)
        for bit in 0..<8 {
            if right >> bit & 1 == 1 { sum ^= term }
            term = doubled(term)
        }
        return sum
    }
}
