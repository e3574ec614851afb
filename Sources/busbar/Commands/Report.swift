import Ledger
import Node
import Protocol

extension AccountOptions {
    /// Sends a call that nothing more is asked of, and says that it is final.
    func send(
        _ data: Bytes, to contract: Address, saying text: String, id: UInt32? = nil, json: Bool
    ) throws {
        let outcome = try submission().send(data, to: contract)
        Report.print(text, id: id, outcome: outcome, json: json)
    }
}

/// What is said about a transaction that became final.
enum Report {
    static func print(_ text: String, id: UInt32?, outcome: Submission.Outcome, json: Bool) {
        guard json else {
            return Terminal.say("\(text) (block \(outcome.block), \(outcome.transaction))")
        }
        var members: [String: JSONValue] = [
            "transaction": .text(outcome.transaction.description),
            "block": .integer(Int64(outcome.block)),
        ]
        if let id { members["id"] = .integer(Int64(id)) }
        Terminal.say(JSONValue.object(members).pretty)
    }
}
