/// What is fixed for a version: its size, how its bytes are cut into blocks, where its patterns lie.
struct QRLayout {
    let version: Int
    /// How many blocks the bytes are cut into.
    let blocks: Int
    /// How many bytes of correction each block has.
    let correction: Int
    /// The centres of the alignment patterns, in both directions.
    let centres: [Int]

    /// Versions 1 to 10 with error correction M (tables 9 and E.1 of the standard).
    static let all = [
        QRLayout(version: 1, blocks: 1, correction: 10, centres: []),
        QRLayout(version: 2, blocks: 1, correction: 16, centres: [6, 18]),
        QRLayout(version: 3, blocks: 1, correction: 26, centres: [6, 22]),
        QRLayout(version: 4, blocks: 2, correction: 18, centres: [6, 26]),
        QRLayout(version: 5, blocks: 2, correction: 24, centres: [6, 30]),
        QRLayout(version: 6, blocks: 4, correction: 16, centres: [6, 34]),
        QRLayout(version: 7, blocks: 4, correction: 18, centres: [6, 22, 38]),
        QRLayout(version: 8, blocks: 4, correction: 22, centres: [6, 24, 42]),
        QRLayout(version: 9, blocks: 5, correction: 22, centres: [6, 26, 46]),
        QRLayout(version: 10, blocks: 5, correction: 26, centres: [6, 28, 50]),
    ]

    /// The smallest that holds `count` bytes; nil if none does.
    static func smallest(for count: Int) -> QRLayout? {
        all.first { 4 + $0.lengthBits + 8 * count <= 8 * $0.dataBytes }
    }

    var size: Int { 17 + 4 * version }

    /// How many bits say how long the text is.
    var lengthBits: Int { version < 10 ? 8 : 16 }

    /// How many modules are left beside the patterns and what is said of version and mask.
    var freeModules: Int {
        let finders = 3 * 64
        let timing = 2 * (size - 16)
        let format = 2 * 15 + 1
        let versions = version < 7 ? 0 : 2 * 18
        // Alignment patterns, but for three corners; those on the timing lines share five modules
        // with them.
        let rows = centres.count
        let alignment = rows == 0 ? 0 : 25 * (rows * rows - 3) - 2 * 5 * (rows - 2)
        return size * size - finders - timing - format - versions - alignment
    }

    /// All bytes, those of the correction with them.
    var bytes: Int { freeModules / 8 }

    var dataBytes: Int { bytes - blocks * correction }

    /// How many bytes of data each block has, the short ones first.
    var blockSizes: [Int] {
        let short = dataBytes / blocks
        let long = dataBytes % blocks
        return (0..<blocks).map { short + ($0 < blocks - long ? 0 : 1) }
    }
}
