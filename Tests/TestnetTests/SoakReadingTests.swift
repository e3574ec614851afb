import Foundation
import Testing

@testable import Testnet

/// What the soak reads of logs and makes of times.
@Suite struct `What the soak reads` {
    @Test func `of a log is each alarming line once, wherever it was cut`() throws {
        let path = NSTemporaryDirectory() + "busbar-log-" + UUID().uuidString
        defer { try? FileManager.default.removeItem(atPath: path) }
        var scan = LogScan(path: path)
        #expect(scan.alarms() == [])
        #expect(FileManager.default.createFile(atPath: path, contents: nil))
        let file = try #require(FileHandle(forWritingAtPath: path))
        let line = "10:00 critical v1: refused"
        for count in 1..<line.utf8.count {
            let cut = line.utf8.index(line.utf8.startIndex, offsetBy: count)
            file.write(Data("10:00 info v1: well\n".utf8) + Data(line.utf8[..<cut]))
            #expect(scan.alarms() == [])
            file.write(Data(line.utf8[cut...]) + Data("\n".utf8))
            #expect(scan.alarms() == [line], "\(count)")
        }
        #expect(scan.alarms() == [])
        // A piece is 64 KiB: a long log has lines across its ends.
        file.write(Data(repeatElement(line + "\n", count: 10_000).joined().utf8))
        #expect(scan.alarms().count == 10_000)
        try file.close()
    }

    @Test func `of times is the nearest rank that so many do not exceed`() {
        #expect(Spread([]).percentile(50) == nil)
        #expect(Spread([7]).percentile(1) == 7)
        let three = Spread([3, 1, 2])
        #expect(
            [33, 34, 50, 66, 67, 99, 100].map { three.percentile($0) } == [1, 2, 2, 2, 3, 3, 3])
        let hundred = Spread((1...100).map(Double.init))
        #expect([1, 50, 99, 100].map { hundred.percentile($0) } == [1, 50, 99, 100])
    }
}
