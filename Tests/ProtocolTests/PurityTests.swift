import Foundation
import Testing

/// The pure targets hold nothing whose outcome differs from run to run or machine to machine.
@Suite struct PurityTests {
    static let targets = ["Protocol", "Ledger", "Consensus", "Replica", "Market", "Simulation"]
    static let banned = [
        #"^\s*(public |internal )?import (Foundation|FoundationEssentials|Dispatch|NIO|GRDB|Logging|Synchronization|Glibc)"#,
        #"\b(Date|ContinuousClock|SuspendingClock|SystemRandomNumberGenerator)\b"#,
        #"\.(random|randomElement|shuffled|shuffle)\("#,
        #"\b(Task|TaskGroup)\b *[.{(]"#, #"\b(async|await|actor)\b"#,
        #"\b(Double|Float|Float16|CGFloat)\b"#, #"\b(Mutex|Atomic)<"#, #"\bprint\("#,
    ]

    @Test(arguments: targets)
    func `a pure target uses no clock, chance, concurrency, floats or I-O`(target: String) throws {
        let root = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
            .deletingLastPathComponent().deletingLastPathComponent()
        let folder = root.appendingPathComponent("Sources/\(target)")
        let files = try #require(FileManager.default.enumerator(atPath: folder.path))
        let patterns = try Self.banned.map { try Regex($0) }
        var scanned = 0
        for case let file as String in files where file.hasSuffix(".swift") {
            let path = folder.appendingPathComponent(file)
            let text = try String(contentsOf: path, encoding: .utf8)
            for (number, line) in text.split(
                separator: "\n", omittingEmptySubsequences: false
            ).enumerated() {
                let code = String(
                    line.prefix(upTo: line.firstRange(of: "//")?.lowerBound ?? line.endIndex))
                for pattern in patterns where code.contains(pattern) {
                    Issue.record("\(target)/\(file):\(number + 1): \(line)")
                }
            }
            scanned += 1
        }
        #expect(scanned > 5)
    }
}
