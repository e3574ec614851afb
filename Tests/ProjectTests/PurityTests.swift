import Foundation
import Testing

/// The pure targets hold nothing whose outcome differs from run to run or machine to machine.
@Suite struct PurityTests {
    static let targets = ["Protocol", "Ledger", "Consensus", "Replica", "Market", "Simulation"]
    static let banned = [
        #"^\s*(public |package |internal )?import (Foundation|FoundationEssentials|Dispatch)"#,
        #"^\s*(public |package |internal )?import (NIO|GRDB|Logging|Synchronization|Glibc)"#,
        #"\b(Date|ContinuousClock|SuspendingClock|SystemRandomNumberGenerator)\b"#,
        #"\.(random|randomElement|shuffled|shuffle)\("#,
        #"\b(Task|TaskGroup)\b *[.{(]"#, #"\b(async|await|actor)\b"#,
        #"\b(Double|Float|Float16|CGFloat)\b"#, #"\b(Mutex|Atomic)<"#, #"\bprint\("#,
    ]

    @Test(arguments: targets)
    func `a pure target uses no clock, chance, concurrency, floats or I-O`(target: String) throws {
        let files = try Checkout.files(in: ["Sources/\(target)"], endings: [".swift"])
        let patterns = try Self.banned.map { try Regex($0) }
        for file in files {
            for (number, line) in file.lines.enumerated() {
                let code = line.prefix(upTo: line.firstRange(of: "//")?.lowerBound ?? line.endIndex)
                for pattern in patterns where code.contains(pattern) {
                    Issue.record("\(file.path):\(number + 1): \(line)")
                }
            }
        }
        #expect(files.count > 5)
    }
}
