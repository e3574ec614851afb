import ArgumentParser
import Ledger
import Node
import Protocol

// The aggregator's side of an order.
extension TokenCommand {
    struct Orders: ParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "List the members' open orders of tokens.")

        @OptionGroup var account: AccountOptions

        @Flag(help: "Print JSON.")
        var json = false

        func run() throws {
            try reporting {
                let orders = try ContractReader(client: account.client()).openOrders()
                guard !json else {
                    return Terminal.say(
                        JSONValue.list(orders.map { $0.order.json(of: $0.buyer) }).pretty)
                }
                let names = try account.neighbourhood()
                func name(_ address: Address) -> String {
                    names?.name(of: address) ?? address.checksummed
                }
                var table = TextTable(
                    ["BUYER", "ORDER", "TOKENS", "SELLER", "REFERENCE"], rightAligned: [1, 2])
                for (buyer, order) in orders {
                    table.add([
                        name(buyer), "\(order.number)", order.amount.tokensText,
                        name(order.seller), order.reference,
                    ])
                }
                Terminal.say(table.text)
            }
        }
    }

    struct Sell: ParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Fill a household's open order, once it is paid for; the aggregator's.")

        @OptionGroup var account: AccountOptions

        @Argument(help: "The buyer: a node's name or an address.")
        var buyer: String

        @Flag(help: "Print JSON.")
        var json = false

        func run() throws {
            try reporting {
                let address = try account.account(buyer)
                let order = try ContractReader(client: account.client()).openOrder(of: address)
                try account.send(
                    TokenCall.sellTokens(to: address, order: order.number),
                    to: NativeContract.token,
                    saying: "sold \(order.amount.tokensText) tokens to \(buyer)", json: json)
            }
        }
    }

    struct Decline: ParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Decline a household's open order; the aggregator's.")

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
                let order = try ContractReader(client: account.client()).openOrder(of: address)
                try account.send(
                    TokenCall.declineOrder(of: address, order: order.number, reason: reason),
                    to: NativeContract.token,
                    saying: "declined order \(order.number) of \(buyer)", json: json)
            }
        }
    }
}
