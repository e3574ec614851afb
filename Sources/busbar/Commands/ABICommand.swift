import Console
import API
import ArgumentParser
import Ledger

struct ABICommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "abi", abstract: "Print a native contract's ABI as JSON.")

    @Argument(help: "The contract's name; their names and addresses where left out.")
    var name: String?

    func run() throws {
        guard let name else {
            for contract in ContractABI.all {
                Terminal.say("\(contract.address.checksummed)  \(contract.name)")
            }
            return
        }
        let contract = ContractABI.all.first { $0.name.lowercased() == name.lowercased() }
        guard let contract else {
            let names = ContractABI.all.map(\.name).joined(separator: ", ")
            throw CommandFailure(
                .failed, "there is no contract \"\(name)\"; there are \(names)")
        }
        Terminal.say(contract.json)
    }
}
