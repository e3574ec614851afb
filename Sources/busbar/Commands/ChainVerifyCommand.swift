import Console
import API
import ArgumentParser
import Storage

extension ChainCommand {
    struct Verify: ParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Check a node's whole chain again, from its own files alone.",
            discussion: """
                Every transaction's signature, every block's seals, execution and roots, and every \
                row of every table. Best done while the node is stopped: then the files' raw bytes \
                are checked too. Exit code 5 if anything is wrong.
                """)

        @Option(help: "The node's data directory.")
        var data: String

        @Flag(help: "Print JSON.")
        var json = false

        func run() throws {
            let report = try check()
            Terminal.say(json ? report.json.pretty : report.text)
            guard report.isWhole else {
                throw CommandFailure(
                    .unsound, "\(data): \(report.findings.count) places are not as they must be"
                )
            }
        }

        private func check() throws -> VerificationReport {
            let start = ContinuousClock.now
            var next = start
            return try ChainVerifier(directory: data).verify { done, total in
                guard ContinuousClock.now >= next || done == total else { return }
                next = ContinuousClock.now.advanced(by: .milliseconds(500))
                let rate = Rate(done: done, total: total, since: start)
                Terminal.progress("checking \(rate.text)", isLast: done == total)
            }
        }
    }
}

extension VerificationReport {
    fileprivate var json: JSON {
        [
            "chainId": .number(chainID), "genesisHash": .string(genesisHash.description),
            "height": .number(height), "headHash": .string(headHash.description),
            "stateRoot": .string(stateRoot.description),
            "transactions": .number(transactionCount),
            "safetyRecords": .number(recordCount), "wasInUse": .bool(wasInUse),
            "whole": .bool(isWhole),
            "findings": .array(findings.map { .string($0.description) }),
        ]
    }

    fileprivate var text: String {
        let found = findings.map { "  \($0)" }
        let result = isWhole ? "whole" : "NOT WHOLE"
        let note = wasInUse ? ["a node is at work here: raw bytes were not checked"] : []
        let figures = [
            "chain \(chainID) up to block \(height): \(result)", "  head    \(headHash)",
            "  state   \(stateRoot)",
            "  checked \(transactionCount) transactions and \(recordCount) safety records",
        ]
        return (figures + note + found).joined(separator: "\n")
    }
}
