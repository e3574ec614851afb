import Console
import Client
import API
import ArgumentParser
import Ledger
import Protocol

// The aggregator's side of a purchase.
extension TokenCommand {
    struct Purchases: ParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "List the members' open purchases of tokens.")

        @OptionGroup var account: AccountOptions

        func run() throws {
            let purchases = try ContractReader(client: account.client()).openPurchases()
            guard !account.printsJSON else {
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

    struct Sell: ParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Fill a household's open purchase, once it is paid for; the aggregator's.")

        @OptionGroup var open: PurchaseOptions

        func run() throws {
            let (buyer, purchase) = try open.purchase()
            try open.account.send(
                TokenCall.sellTokens(to: buyer, purchase: purchase.number),
                to: NativeContract.token,
                saying: "sold \(purchase.amount.tokensText) tokens to \(open.buyer)")
        }
    }

    struct Decline: ParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Decline a household's open purchase; the aggregator's.")

        @OptionGroup var open: PurchaseOptions

        @Option(help: "Why, for the household to read.")
        var reason: String

        func run() throws {
            let (buyer, purchase) = try open.purchase()
            try open.account.send(
                TokenCall.declinePurchase(of: buyer, purchase: purchase.number, reason: reason),
                to: NativeContract.token,
                saying: "declined purchase \(purchase.number) of \(open.buyer)")
        }
    }
}

/// A member's open purchase, and who acts on it.
struct PurchaseOptions: ParsableArguments {
    @OptionGroup var account: AccountOptions

    @Argument(help: "The buyer: a node's name or an address.")
    var buyer: String

    /// The buyer's account and its open purchase; throws where there is none.
    func purchase() throws -> (buyer: Address, purchase: TokenPurchaseView) {
        let address = try account.account(buyer)
        let reader = ContractReader(client: try account.client())
        return (address, try reader.openPurchase(of: address))
    }
}
