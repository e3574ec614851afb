import API
import ArgumentParser
import Client
import Console
import Foundation
import Keys
import Protocol

/// A household's statements of its months.
struct StatementCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "statement", abstract: "Check a month's statement that the app made.",
        subcommands: [Verify.self])

    struct Verify: ParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Compare a statement with the ledger of a node of one's own.",
            discussion: """
                Each trade's state, energy, money and blocks are looked up in the node's ledger, and \
                what it saved is worked out again from the tariff in the statement. Ends with exit code \
                5 if anything differs, and says what.
                """)

        @Argument(help: "The statement, a file of the app (JSON).")
        var file: String

        @OptionGroup var account: AccountOptions

        func run() throws {
            let statement = try Self.read(file)
            let check = StatementCheck(statement: statement, node: try account.client())
            let faults = try check.faults()
            guard faults.isEmpty else {
                for fault in faults { Terminal.say(fault) }
                throw CommandFailure(
                    .unsound, "\(file): \(faults.count) things are not as the ledger has them")
            }
            Terminal.say("\(file): all \(check.tradeCount) trades are as the ledger has them")
        }

        private static func read(_ file: String) throws -> JSON {
            do {
                return try JSON(decoding: Array(Data(contentsOf: URL(filePath: file))))
            } catch {
                throw CommandFailure(.failed, "\(file): is no statement: \(error)")
            }
        }
    }
}

/// Holds a statement against a node's ledger.
struct StatementCheck {
    let statement: JSON
    let node: NodeClient

    var tradeCount: Int { statement["items"]?.elements?.count ?? 0 }

    /// What is not as the ledger has it, a line each.
    func faults() throws -> [String] {
        guard let height = statement["height"]?.integer,
            let account = statement["account"]?.address,
            let items = statement["items"]?.elements
        else { throw CommandFailure(.failed, "the file is no statement of the app's") }
        let status = try node.get("/api/v1/status")
        guard status["genesisHash"] == statement["genesisHash"] else {
            return ["the statement is of another chain than \(node.name)"]
        }
        var faults: [String] = []
        let block = try node.get("/api/v1/blocks/\(height)")
        if block["hash"] != statement["blockHash"] {
            faults.append("block \(height) is another one on the ledger")
        }
        for item in items { faults += try self.faults(in: item, of: account) }
        return faults
    }

    private func faults(in item: JSON, of account: Address) throws -> [String] {
        guard let id = item["trade"]?.integer else { return ["an entry names no trade"] }
        let trade = try node.get("/api/v1/trades/\(id)")
        let isSale = trade["seller"]?.address == account
        guard isSale || trade["buyer"]?.address == account else {
            return ["trade \(id): is not of this household"]
        }
        var faults: [String] = []
        func compare(_ what: String, _ said: JSON?, _ kept: JSON?) {
            guard said != kept else { return }
            faults.append(
                "trade \(id): \(what) is \(Self.text(kept)) on the ledger, not \(Self.text(said))")
        }
        let (price, returned) = (units(trade["price"]), units(trade["returned"]))
        let amount = isSale ? units(trade["sellerAmount"]) : price - min(returned, price)
        compare("the side", item["side"], isSale ? "seller" : "buyer")
        compare("the state", item["state"], trade["state"])
        compare("the energy offered", item["energyWh"], trade["energyWh"])
        compare("the energy delivered", item["deliveredWh"], trade["deliveredWh"])
        compare("the amount", item["amount"], .string(String(amount)))
        compare("the fee", item["fee"], trade["fee"])
        compare("what went back", item["returned"], trade["returned"])
        let blocks = trade["steps"]?.elements?.map { $0["block"] ?? .null } ?? []
        compare("the list of blocks", item["blocks"], .array(blocks))
        compare("what it saved", item["savedAgainstRetail"], saved(trade, amount, isSale))
        return faults
    }

    /// What the trade was better than the supplier, by the statement's tariff; nil without one.
    private func saved(_ trade: JSON, _ amount: UInt64, _ isSale: Bool) -> JSON? {
        guard let tariff = statement["tariff"] else { return nil }
        let price = units(tariff[isSale ? "feedIn" : "retail"])
        let energy = UInt64(trade["deliveredWh"]?.integer ?? 0)
        let other = Int64(clamping: energy * price / 1_000)
        let own = Int64(clamping: amount)
        return .string(String(isSale ? own - other : other - own))
    }

    private func units(_ value: JSON?) -> UInt64 {
        value?.text.flatMap { UInt64($0.verbatim) } ?? 0
    }

    private static func text(_ value: JSON?) -> String {
        UntrustedText.escape(String(decoding: (value ?? .null).encoded, as: UTF8.self))
    }
}
