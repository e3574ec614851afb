import Foundation
import Testing

@testable import QRCode

@Suite struct `A QR code` {
    /// How many bytes each version holds with correction M, as the standard's table 7 has it.
    private static let capacities = [14, 26, 42, 62, 84, 106, 122, 152, 180, 213]

    private static func text(_ count: Int, _ seed: Int) -> [UInt8] {
        (0..<count).map { UInt8(33 + ($0 * 7 + seed * 13) % 90) }
    }

    @Test(arguments: 1...10, 0..<8)
    func `of each version and mask is read as what it was made of`(version: Int, mask: Int) throws {
        let most = Self.capacities[version - 1]
        let least = version == 1 ? 0 : Self.capacities[version - 2] + 1
        for count in [least, (least + most) / 2, most - 1, most] {
            let text = Self.text(count, mask)
            let code = try #require(QRCode(text, masks: mask..<mask + 1))
            #expect(code.version == version && code.mask == mask)
            let reader = try QRReader(code.rows)
            #expect(reader.mask == mask)
            #expect(try reader.text() == text)
        }
    }

    @Test func `holds any bytes, and none that are too many`() throws {
        let all = (0..<QRCode.maximumBytes).map { UInt8($0) }
        let code = try #require(QRCode(all, masks: 0..<8))
        #expect(try QRReader(code.rows).text() == all)
        #expect(QRCode(String(repeating: "x", count: QRCode.maximumBytes + 1)) == nil)
        #expect(QRCode("") != nil)
        let umlauts = try #require(QRCode("Straße 12"))
        #expect(try QRReader(umlauts.rows).text() == Array("Straße 12".utf8))
    }

    @Test func `with one module turned is read as a fault`() throws {
        let code = try #require(QRCode("https://busbar.local:8443/pair#7KQ4M2XD"))
        var faults = 0
        for row in 0..<code.size {
            for column in 0..<code.size {
                var rows = code.rows.map { Array($0) }
                rows[row][column] = rows[row][column] == "X" ? "." : "X"
                let turned = rows.map { String($0) }
                if (try? QRReader(turned).text()) == nil { faults += 1 }
            }
        }
        // Nobody looks at the light frame of a finder, nor at alignment patterns and spare bits.
        #expect(faults > code.size * code.size - 3 * 15 - 25 - 8)
    }

    /// What zbarimg (0.23) read as the text, so that any change of a module shows.
    @Test func `is the same as ever`() throws {
        let code = try #require(QRCode("http://127.0.0.1:8480/pair#7KQ4M2XD"))
        #expect(code.version == 3)
        #expect(code.rows == Self.known)
    }

    private static let known = """
        XXXXXXX..XXXX.X....X..XXXXXXX
        X.....X..X..X...XX..X.X.....X
        X.XXX.X..XX...XX.XXXX.X.XXX.X
        X.XXX.X..X.XXX....X...X.XXX.X
        X.XXX.X...XXX.....X.X.X.XXX.X
        X.....X.XX.....X...XX.X.....X
        XXXXXXX.X.X.X.X.X.X.X.XXXXXXX
        .........X...X.X.XX..........
        X..X.XX.XX..X.X.X...XX.X.....
        ...X...X.XX..X.XX....XXX.X..X
        XXX.X.XXXX.XXXX...XXXXX.XXXX.
        .X...X.XXX..XX.X..XXXXX..XXX.
        X.XX..XXXXX...XX.X.X..XX.X.XX
        X.XXX..XXX..XXXX.XXX...X..X..
        X.....XX.XX.XXX.X.X...XX..XXX
        X.XX......X......X.XXX..XX.X.
        XXX..XX...XX.X..XXXX.....X.X.
        .X..XX...XX.XXX.....XXX.....X
        X.XXXXX.XXX...X..XX.XX.X.X.XX
        .....X....X...XX.XX..X.....XX
        X.X...X.XX.XX..XX.XXXXXXX.X..
        ........XXX...XXXXX.X...X.XXX
        XXXXXXX...XXX....X..X.X.X..X.
        X.....X.X.XX..XXX.XXX...XXX.X
        X.XXX.X..X.X........XXXXXX..X
        X.XXX.X.XXXX....X...XXX.X..X.
        X.XXX.X..X.X.XX...X.XX.XXX..X
        X.....X...X.XX.X.XX.XX.XXX.X.
        XXXXXXX.XX....X.X..XXX..X..X.
        """.split(separator: "\n").map(String.init)

    @Test func `takes the mask that is easiest to read`() throws {
        let text = Self.text(60, 3)
        let drafts = try (0..<8).map { try #require(QRCode(text, masks: $0..<$0 + 1)) }
        let layout = try #require(QRLayout.smallest(for: 60))
        let bits = QRContent(text, in: layout).bits
        let costs = (0..<8).map { QRDraft(layout: layout, bits: bits, mask: $0).penalty }
        let best = try #require(QRCode(text, masks: 0..<8))
        #expect(costs[best.mask] == costs.min())
        #expect(best == drafts[best.mask])
    }

    @Test func `counts what is hard to read as the standard does`() {
        // All of one colour: 42 lines of 21, 400 squares, ten twentieths away from a half.
        let blank = QRDraft.penalty(of: [Bool](repeating: false, count: 441), size: 21)
        #expect(blank == 42 * 19 + 400 * 3 + 100)
        // A chessboard: nothing but one module more of one colour.
        let board = QRDraft.penalty(of: (0..<441).map { $0 % 2 == 0 }, size: 21)
        #expect(board == 0)
        // Light, and in one line what looks like a finder, with light on both sides: forty each.
        var finder = [Bool](repeating: false, count: 441)
        for column in [7, 9, 10, 11, 13] { finder[210 + column] = true }
        let lines = 20 * 19 + 5 + 5 + 16 * 19 + 5 * (8 + 8)
        let squares = 400 - 2 * 8
        let found = QRDraft.penalty(of: finder, size: 21)
        #expect(found == lines + squares * 3 + 80 + 90)
    }

    @Test func `is drawn in blocks, two lines in one, with a margin of four`() throws {
        let code = try #require(QRCode("x"))
        let blocks = code.blocks.map { Array($0) }
        #expect(blocks.count == 15 && blocks.allSatisfy { $0.count == 29 })
        for row in -4..<25 {
            for column in -4..<25 {
                let block = blocks[(row + 4) / 2][column + 4]
                let dark = (row + 4) % 2 == 0 ? "▀█" : "▄█"
                #expect(dark.contains(block) == code.isDark(row, column))
            }
        }
    }
}

/// Another program reads them: Debian's zbarimg.
@Suite struct `Another program` {
    private static let program = "/usr/bin/zbarimg"
    private static let isThere = FileManager.default.isExecutableFile(atPath: program)

    @Test(.enabled(if: isThere, "zbarimg is missing: apt-get install zbar-tools"))
    func `reads each version with each mask`() throws {
        let place = FileManager.default.temporaryDirectory
            .appendingPathComponent("busbar-qr-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: place, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(at: place) }
        var (files, texts): ([String], [String]) = ([], [])
        for (version, count) in [14, 26, 42, 62, 84, 106, 122, 152, 180, 213].enumerated() {
            for mask in 0..<8 {
                let bytes = (0..<count - mask).map { UInt8(33 + ($0 * 7 + mask * 13) % 90) }
                let code = try #require(QRCode(bytes, masks: mask..<mask + 1))
                let file = place.appendingPathComponent("\(version)-\(mask).pgm")
                try Self.picture(of: code).write(to: file)
                files.append(file.path)
                texts.append(String(decoding: bytes, as: UTF8.self))
            }
        }
        let process = Process()
        process.executableURL = URL(fileURLWithPath: Self.program)
        process.arguments = ["-q", "--raw", "-Sdisable", "-Sqrcode.enable"] + files
        let pipe = Pipe()
        process.standardOutput = pipe
        try process.run()
        let output = pipe.fileHandleForReading.readDataToEndOfFile()
        process.waitUntilExit()
        let read = String(decoding: output, as: UTF8.self).split(separator: "\n").map(String.init)
        #expect(read == texts)
    }

    /// Four dots a module, as a portable grey map.
    private static func picture(of code: QRCode) -> Data {
        let side = 4 * (code.size + 8)
        var picture = Data("P5 \(side) \(side) 255\n".utf8)
        for row in 0..<side {
            for column in 0..<side {
                picture.append(code.isDark(row / 4 - 4, column / 4 - 4) ? 0 : 255)
            }
        }
        return picture
    }
}
