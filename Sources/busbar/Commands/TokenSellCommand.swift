import Console
import Client
import API
import ArgumentParser
import Ledger
import Node
import Protocol

// The aggregator's side of a purchase.
extension TokenCommand {
    struct Purchases: ParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "List the members' open purchases of tokens.")

        @OptionGroup var account: AccountOptions

        @Flag(help: "Print JSON.")
        var json = false

        func run() throws {
            try reporting {
                let purchases = try ContractReader(client: account.client()).openPurchases()
                guard !json else {
                    return Terminal.say(
                        JSON.array(purchases.map { $0.purchase.json(of: $0.buyer) }).pretty)
                }
                let names = try account.testnet()
                func name(_ address: Address) -> String {
                    names?.name(of: address) ?? address.checksummed
                }
                var table = Table(
                    ["BUYER", "ORDER", "TOKENS", "SELLER", "REFERENCE"], rightAligned: [1, 2])
                for (buyer, purchase) in purchases {
                    table.add([
                        name(buyer), "\(purchase.number)", purchase.amount.tokensText,
                        name(purchase.seller), "\(purchase.reference)",
                    ])
                }
                Terminal.say(table.text)
            }
        }
    }

    struct Sell: ParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Fill a household's open purchase, once it is paid for; the aggregator's.")

        @OptionGroup var account: AccountOptions

        @Argument(help: "The buyer: a node's name or an address.")
        var buyer: String

        @Flag(help: "Print JSON.")
        var json = false

        func run() throws {
            try reporting {
                let address = try account.account(buyer)
                let purchase = try ContractReader(client: account.client()).openPurchase(
                    of: address)
                try account.send(
                    TokenCall.sellTokens(to: address, purchase: purchase.number),
                    to: NativeContract.token,
                    saying: "sold \(purchase.amount.tokensText) tokens to \(buyer)", json: json)
            }
        }
    }

    struct Decline: ParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Decline a household's open purchase; the aggregator's.")

        @OptionGroup var account: AccountOptions

        @Argument(help: "The buyer: a node's name or an address.")
        var buyer: String

        @Option(help: "Why, for the household to read.")
        var reason: String

        @Flag(help: "Print JSON.")
        var json = false

        func run() throws {
            try reporting {
                let address = try account.account(buyer)
                let purchase = try ContractReader(client: account.client()).openPurchase(
                    of: address)
                try account.send(
                    TokenCall.declinePurchase(
                        of: address, purchase: purchase.number, reason: reason),
                    to: NativeContract.token,
                    saying: "declined purchase \(purchase.number) of \(buyer)", json: json)
            }
        }
    }
}
