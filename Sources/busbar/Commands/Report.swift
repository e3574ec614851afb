import Console
import Client
import API
import Ledger
import Node
import Protocol

extension AccountOptions {
    /// Sends a call that nothing more is asked of, and says that it is final.
    func send(
        _ data: Bytes, to contract: Address, saying text: String, id: UInt32? = nil, json: Bool
    ) throws {
        let outcome = try send(data, to: contract, at: client())
        Report.print(text, id: id, outcome: outcome, json: json)
    }
}

/// What is said about a transaction that became final.
enum Report {
    static func print(_ text: String, id: UInt32?, outcome: TransactionOutcome, json: Bool) {
        guard json else {
            return Terminal.say("\(text) (block \(outcome.block), \(outcome.hash))")
        }
        let report: JSON = [
            "transaction": .string(outcome.hash.description), "block": .number(outcome.block),
        ]
        Terminal.say((id.map { report.adding(["id": .number($0)]) } ?? report).pretty)
    }
}
