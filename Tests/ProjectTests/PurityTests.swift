import Foundation
import Testing

/// The pure targets hold nothing whose outcome differs from run to run or machine to machine.
@Suite struct PurityTests {
    static let targets = [
        "Protocol", "Ledger", "Consensus", "Replica", "Market", "QRCode", "Simulation",
    ]
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
        let pattern = try NSRegularExpression(
            pattern: Self.banned.map { "(?:\($0))" }.joined(separator: "|"),
            options: .anchorsMatchLines)
        for file in files {
            // What comments say is free.
            let code = file.lines.map {
                $0.prefix(upTo: $0.firstRange(of: "//")?.lowerBound ?? $0.endIndex)
            }
            let bare = Checkout.File(path: file.path, text: code.joined(separator: "\n"))
            for number in bare.numbers(of: pattern) {
                Issue.record("\(file.path):\(number): \(file.lines[number - 1])")
            }
        }
        #expect(files.count > 3)
    }
}
