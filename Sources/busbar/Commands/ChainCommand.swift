import Console
import Client
import API
import ArgumentParser
import Ledger
import Protocol

struct ChainCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "chain", abstract: "Look at the chain.",
        subcommands: [Head.self, Block.self, Trace.self, Verify.self, Repair.self, Export.self])
}

extension ChainCommand {
    struct Head: ParsableCommand {
        static let configuration = CommandConfiguration(abstract: "Print the last final block.")

        @OptionGroup var account: AccountOptions

        func run() throws {
            guard let block = try account.client().block() else {
                throw CommandFailure(.failed, "the node has no block")
            }
            Terminal.say(account.printsJSON ? block.pretty : BlockReport(block: block).line)
        }
    }

    struct Block: ParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Print a block with its transactions.")

        @OptionGroup var account: AccountOptions

        @Argument(help: "The block's number.")
        var number: UInt64

        func run() throws {
            let client = try account.client()
            guard let block = try client.block(number, withTransactions: true) else {
                throw CommandFailure(.refused, "there is no block \(number)")
            }
            guard !account.printsJSON else { return Terminal.say(block.pretty) }
            let report = BlockReport(block: block)
            Terminal.say(report.text(names: try account.testnet()))
        }
    }

    struct Export: ParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Write blocks with their transactions, one JSON object a line.")

        @OptionGroup var account: AccountOptions

        @Option(help: "The first block's number.")
        var from: UInt64 = 0

        @Option(help: "The last block's number; the last final block where left out.")
        var to: UInt64?

        func run() throws {
            let client = try account.client()
            let last = try to ?? client.height()
            guard from <= last else {
                throw CommandFailure(.failed, "--from \(from) is beyond block \(last)")
            }
            for start in stride(from: from, through: last, by: 100) {
                let numbers = start...min(start + 99, last)
                let blocks = try client.batch(
                    numbers.map { number in
                        ("eth_getBlockByNumber", [.quantity(number), true])
                    })
                for block in blocks { Terminal.say(block.compact) }
            }
        }
    }
}

struct BlockReport {
    let block: JSON

    var line: String {
        let number = block["number"]?.quantity ?? 0
        let count = block["transactions"]?.elements?.count ?? 0
        let time = block.blockTime.map(RFC3339.text) ?? ""
        return "block \(number)  \(Self.hash("hash", of: block))  \(time)  \(count) transactions"
    }

    func text(names: EndpointsFile?) -> String {
        func name(_ field: String, of value: JSON) -> String {
            guard let address = value[field]?.address else {
                return ""
            }
            return names?.name(of: address) ?? address.checksummed
        }
        var lines = [
            line, "  parent    \(Self.hash("parentHash", of: block))",
            "  state     \(Self.hash("stateRoot", of: block))",
            "  proposer  \(name("miner", of: block))",
        ]
        let transactions = block["transactions"]?.elements ?? []
        guard !transactions.isEmpty else { return lines.joined(separator: "\n") }
        var table = Table(["  TRANSACTION", "FROM", "CALL"])
        for transaction in transactions {
            table.add([
                "  " + Self.hash("hash", of: transaction), name("from", of: transaction),
                Self.call(transaction),
            ])
        }
        lines += table.lines
        return lines.joined(separator: "\n")
    }

    /// A hash in what the node said; nothing else that stands in its place.
    private static func hash(_ field: String, of value: JSON) -> String {
        value[field]?.hash?.description ?? ""
    }

    /// The contract and the function that a transaction calls.
    private static func call(_ transaction: JSON) -> String {
        guard let to = transaction["to"]?.address,
            let data = transaction["input"]?.data,
            let contract = ContractABI.at(to)
        else { return transaction["to"]?.address?.description ?? "" }
        let function = contract.functions.first { data.starts(with: $0.selector) }
        return "\(contract.name).\(function?.name ?? "?")"
    }
}
