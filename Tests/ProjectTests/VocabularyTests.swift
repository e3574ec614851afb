import Foundation
import Testing

/// One word for one thing: words that were retired, since they meant several things or none that
/// the field knows, do not come back.
@Suite struct VocabularyTests {
    /// A retired word, and what is said in its place.
    struct Retired: Sendable, CustomTestStringConvertible {
        let pattern: String
        let instead: String
        var testDescription: String { pattern }
    }

    static let retired = [
        Retired(
            pattern: #"(?i)\bauthorities\b|\bisAuthority\b|Authorities\b"#, instead: "validators"),
        Retired(pattern: #"(?i)order ?book"#, instead: "pending purchases"),
        Retired(pattern: #"\b(Token|Delivery|Proof)Order"#, instead: "purchase, command, schedule"),
        Retired(pattern: #"(?i)\boctets?\b"#, instead: "bytes"),
        Retired(
            pattern: #"(?i)\b(voting|certificate) ?standing"#, instead: "voting right, membership"),
        Retired(
            pattern: #"(?i)\btraitor|\btreachery|\boverheard|\brepent"#, instead: "Byzantine node …"
        ),
        Retired(pattern: #"(?i)\bmuseum"#, instead: "mutation tests"),
        Retired(pattern: #"(?i)\bcampaigns?\b"#, instead: "seed sweep"),
        Retired(pattern: #"(?i)neighbourhood(?!-week)"#, instead: "testnet, community"),
        Retired(
            pattern: #"SubmissionDesk|ObservationJournal|RememberingScheme|BlockRun\b"#,
            instead: "PendingSubmissions, NodeMonitor, CachingSignatureScheme, BlockExecutor"),
        Retired(
            pattern: #"(?i)\bsurroundings\b|(Ledger|Pool|Status|Meter)Door"#,
            instead: "dependencies, readers"),
        Retired(
            pattern: #"\b(message|transaction|vote)s? (is|are|was|were) relayed\b|RelayQueue"#,
            instead: "rebroadcast"),
        Retired(pattern: #"import Wallet\b|WalletTests"#, instead: "Keys"),
        Retired(pattern: #"(?i)\bpatience\b"#, instead: "timeout"),
        Retired(pattern: #"Puts .* together\.$"#, instead: "nothing: it says nothing"),
    ]

    static let places = [
        "Sources", "Tests", "Fuzz/fuzz", "cluster", "scripts", "docs", "README.md",
        "CONTRIBUTING.md", "CHANGELOG.md", "Package.swift",
    ]

    @Test func `no retired word comes back`() throws {
        let files = try Checkout.files(
            in: Self.places, endings: [".swift", ".md", ".toml", ".bash", ".yml", ".py", ".diff"])
        #expect(files.count > 400)
        for word in Self.retired {
            let pattern = try NSRegularExpression(
                pattern: word.pattern, options: .anchorsMatchLines)
            for file in files where !file.path.hasSuffix("VocabularyTests.swift") {
                for number in file.numbers(of: pattern) {
                    Issue.record(
                        "\(file.path):\(number): say \(word.instead): \(file.lines[number - 1])")
                }
            }
        }
    }
}
