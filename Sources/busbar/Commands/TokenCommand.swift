import Console
import Client
import API
import ArgumentParser
import Ledger
import Protocol

struct TokenCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "token", abstract: "See, move, buy and sell the community's tokens.",
        subcommands: [
            Balance.self, Transfer.self, Buy.self, Cancel.self, Purchases.self, Sell.self,
            Decline.self,
        ])
}

extension TokenCommand {
    struct Balance: ParsableCommand {
        static let configuration = CommandConfiguration(abstract: "Print an account's tokens.")

        @OptionGroup var account: AccountOptions

        @Argument(help: "A node's name or an address; the account that acts where left out.")
        var whose: String?

        func run() throws {
            let address = try account.account(whose)
            let balance = try ContractReader(client: account.client()).balance(of: address)
            guard account.printsJSON else { return Terminal.say("\(balance.tokensText) tokens") }
            let answer: JSON = [
                "address": .string(address.checksummed),
                "balance": .string(String(balance.baseUnits)),
            ]
            Terminal.say(answer.pretty)
        }
    }

    struct Transfer: ParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Send tokens to another account.")

        @OptionGroup var account: AccountOptions

        @Option(help: "A node's name or an address.")
        var to: String

        @Argument(help: "How many tokens: 1.5")
        var amount: String

        func run() throws {
            let tokens = try TokenAmount(argument: amount)
            try account.send(
                TokenCall.transfer(to: account.account(to), amount: tokens),
                to: NativeContract.token,
                saying: "sent \(tokens.tokensText) tokens to \(to)")
        }
    }
}
