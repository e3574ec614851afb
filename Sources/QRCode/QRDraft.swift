/// A code with one of the masks: its modules, and how hard it is to read.
struct QRDraft {
    let layout: QRLayout
    let mask: Int
    private(set) var modules: [Bool]
    /// Which modules are patterns, or say version and mask.
    private var isTaken: [Bool]

    init(layout: QRLayout, bits: [Bool], mask: Int) {
        self.layout = layout
        self.mask = mask
        modules = [Bool](repeating: false, count: layout.size * layout.size)
        isTaken = modules
        drawPatterns()
        drawVersion()
        drawFormat()
        lay(bits)
    }

    private var size: Int { layout.size }

    private mutating func set(_ row: Int, _ column: Int, _ isDark: Bool) {
        guard (0..<size).contains(row), (0..<size).contains(column) else { return }
        modules[row * size + column] = isDark
        isTaken[row * size + column] = true
    }
}

// What every code of the version has in common.
extension QRDraft {
    private mutating func drawPatterns() {
        for index in 0..<size {
            set(6, index, index % 2 == 0)
            set(index, 6, index % 2 == 0)
        }
        for (row, column) in [(3, 3), (3, size - 4), (size - 4, 3)] {
            drawSquares(row, column, reach: 4) { $0 != 2 && $0 != 4 }
        }
        for row in layout.centres {
            for column in layout.centres where !isFinder(row, column) {
                drawSquares(row, column, reach: 2) { $0 != 1 }
            }
        }
    }

    /// Squares around a centre; those at the distances that `isDark` names are dark.
    private mutating func drawSquares(
        _ row: Int, _ column: Int, reach: Int, isDark: (Int) -> Bool
    ) {
        for down in -reach...reach {
            for right in -reach...reach {
                set(row + down, column + right, isDark(max(abs(down), abs(right))))
            }
        }
    }

    /// Whether a finder pattern lies there, in one of three corners.
    private func isFinder(_ row: Int, _ column: Int) -> Bool {
        let last = size - 7
        return row == 6 && column == 6 || row == 6 && column == last || row == last && column == 6
    }

    /// The version, twice, from 7 on: six bits and twelve of correction.
    private mutating func drawVersion() {
        guard layout.version >= 7 else { return }
        let bits = Self.corrected(layout.version, by: 0x1f25, count: 12)
        for index in 0..<18 {
            let isDark = bits >> index & 1 == 1
            set(index / 3, size - 11 + index % 3, isDark)
            set(size - 11 + index % 3, index / 3, isDark)
        }
    }

    /// The mask and the level of correction, twice: five bits and ten of correction.
    private mutating func drawFormat() {
        // 00 is correction M.
        let bits = Self.corrected(mask, by: 0x537, count: 10) ^ 0x5412
        for index in 0..<15 {
            let isDark = bits >> index & 1 == 1
            // Down the column and along the line of the first finder, past the timing lines.
            switch index {
            case 0..<6: set(index, 8, isDark)
            case 6..<8: set(index + 1, 8, isDark)
            case 8: set(8, 7, isDark)
            default: set(8, 14 - index, isDark)
            }
            if index < 8 {
                set(8, size - 1 - index, isDark)
            } else {
                set(size - 15 + index, 8, isDark)
            }
        }
        set(size - 8, 8, true)
    }

    /// `value` and behind it what it leaves when it is divided by a polynomial of `count` + 1 bits.
    private static func corrected(_ value: Int, by polynomial: Int, count: Int) -> Int {
        var rest = value << count
        for shift in stride(from: 17 - count, through: 0, by: -1)
        where rest >> (shift + count) & 1 == 1 {
            rest ^= polynomial << shift
        }
        return value << count | rest
    }
}

// What it holds.
extension QRDraft {
    /// Lays the bits in columns of two, from the right, upwards and downwards in turn, masked.
    private mutating func lay(_ bits: [Bool]) {
        var rest = bits[...]
        var isUpward = true
        var right = size - 1
        while right > 0 {
            // The column of the timing line is left out.
            if right == 6 { right = 5 }
            for step in 0..<size {
                let row = isUpward ? size - 1 - step : step
                for column in [right, right - 1] where !isTaken[row * size + column] {
                    let bit = rest.popFirst() ?? false
                    modules[row * size + column] = bit != isMasked(row, column)
                }
            }
            isUpward.toggle()
            right -= 2
        }
    }

    private func isMasked(_ row: Int, _ column: Int) -> Bool {
        switch mask {
        case 0: (row + column) % 2 == 0
        case 1: row % 2 == 0
        case 2: column % 3 == 0
        case 3: (row + column) % 3 == 0
        case 4: (row / 2 + column / 3) % 2 == 0
        case 5: row * column % 2 + row * column % 3 == 0
        case 6: (row * column % 2 + row * column % 3) % 2 == 0
        default: ((row + column) % 2 + row * column % 3) % 2 == 0
        }
    }
}

// How hard it is to read.
extension QRDraft {
    var penalty: Int { Self.penalty(of: modules, size: size) }

    /// The standard's points for runs of one colour, squares, what looks like a finder, and too much
    /// of one colour: the fewer, the easier.
    static func penalty(of modules: [Bool], size: Int) -> Int {
        let rows = (0..<size).map { row in Array(modules[row * size..<(row + 1) * size]) }
        let columns = (0..<size).map { column in rows.map { $0[column] } }
        var points = (rows + columns).reduce(0) { $0 + runs(in: $1) + finders(in: $1) }
        for row in 1..<size {
            for column in 1..<size {
                let corner = rows[row][column]
                if corner == rows[row - 1][column], corner == rows[row][column - 1],
                    corner == rows[row - 1][column - 1]
                {
                    points += 3
                }
            }
        }
        let dark = modules.count { $0 }
        let all = modules.count
        // Ten points for each whole twentieth that it is away from a half.
        return points + 10 * (abs(20 * dark - 10 * all) / all)
    }

    private static func runs(in line: [Bool]) -> Int {
        var (points, length) = (0, 1)
        for index in 1...line.count {
            if index < line.count, line[index] == line[index - 1] {
                length += 1
            } else {
                if length >= 5 { points += length - 2 }
                length = 1
            }
        }
        return points
    }

    /// Forty points for each 1:1:3:1:1 with four light modules on one side.
    private static func finders(in line: [Bool]) -> Int {
        let pattern = [true, false, true, true, true, false, true]
        let light = [Bool](repeating: false, count: 4)
        let shapes = [pattern + light, light + pattern]
        guard line.count >= 11 else { return 0 }
        return (0...line.count - 11).reduce(0) { points, start in
            points + 40 * shapes.count { $0[...] == line[start..<start + 11] }
        }
    }
}
