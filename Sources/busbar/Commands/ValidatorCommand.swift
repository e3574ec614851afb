import Console
import Client
import API
import ArgumentParser

struct ValidatorCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "validator", abstract: "See who decides on blocks.",
        subcommands: [List.self])
}

extension ValidatorCommand {
    struct List: ParsableCommand {
        static let configuration = CommandConfiguration(abstract: "List the validators.")

        @OptionGroup var account: AccountOptions

        func run() throws {
            let values = try ContractReader(client: account.client())
                .results(.validators, "validators")
            let addresses = (values.first?.elements ?? []).compactMap(\.address)
            guard !account.printsJSON else {
                let list = addresses.map { JSON.string($0.checksummed) }
                return Terminal.say(JSON.array(list).pretty)
            }
            let names = try account.testnet()
            for address in addresses {
                let name = names?.nodes.first { $0.address == address }?.name
                Terminal.say(address.checksummed + (name.map { "  " + $0 } ?? ""))
            }
        }
    }
}
