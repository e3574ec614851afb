import Console
import Client
import API
import ArgumentParser
import Ledger
import Protocol

// The buyer's side of a purchase.
extension TokenCommand {
    struct Buy: ParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Order tokens of the aggregator, and wait until it has sold them.",
            discussion: """
                The purchase stands on the ledger, where the aggregator fills it once. How it is paid \
                for is agreed with the aggregator; --reference is what it recognises the payment \
                by. A purchase beyond what the aggregator sells without asking waits for its \
                operator: then this ends with exit code 4, and the purchase stays open.
                """)

        @OptionGroup var account: AccountOptions

        @Argument(help: "How many tokens: 10")
        var amount: String

        @Option(help: "Of whom: a node's name or an address; else the first aggregator.")
        var from: String?

        @Option(help: "By what the aggregator recognises the payment, up to 256 bytes.")
        var reference = ""

        @Option(help: "For how long to wait for the sale, in seconds.")
        var wait: UInt32 = 30

        func run() throws {
            let tokens = try TokenAmount(argument: amount)
            let node = try account.client()
            let reader = ContractReader(client: node)
            let seller = try seller(reader)
            let buyer = try account.key().address
            let outcome = try account.send(
                TokenCall.purchaseTokens(of: seller, amount: tokens, reference: reference),
                to: NativeContract.token, at: node)
            let purchase = try sold(to: buyer, reader, openedIn: outcome.block)
            guard !account.printsJSON else { return Terminal.say(purchase.json(of: buyer).pretty) }
            let balance = try reader.balance(of: buyer)
            Terminal.say(
                "purchase \(purchase.number): bought \(tokens.tokensText) tokens, balance "
                    + balance.tokensText)
        }

        private func seller(_ reader: ContractReader) throws -> Address {
            if let from { return try account.account(from) }
            let aggregators = try reader.accounts(of: .aggregator) { !$0.isEmpty }
            guard let aggregator = aggregators.first else {
                throw CommandFailure(.failed, "the community has no aggregator")
            }
            return aggregator
        }

        /// The purchase once it is sold; throws if it is declined, taken back or still open.
        private func sold(
            to buyer: Address, _ reader: ContractReader, openedIn block: UInt64
        ) throws -> TokenPurchaseView {
            let deadline = ContinuousClock.now.advanced(by: .seconds(wait))
            while true {
                guard let purchase = try reader.tokenPurchases(of: [buyer]).first.flatMap(\.self)
                else {
                    throw CommandFailure(.failed, "the node knows nothing of the purchase")
                }
                switch purchase.status {
                case .sold: return purchase
                case .declined:
                    let reason = try reader.declineReason(
                        of: buyer, purchase: purchase.number, since: block)
                    throw CommandFailure(
                        .refused,
                        "the aggregator declined purchase \(purchase.number): \(reason ?? "no reason")"
                    )
                case .cancelled:
                    throw CommandFailure(.refused, "purchase \(purchase.number) was taken back")
                case .open: break
                }
                guard ContinuousClock.now < deadline else {
                    throw CommandFailure(
                        .late,
                        "purchase \(purchase.number) waits for the aggregator (busbar token purchases); "
                            + "busbar token cancel takes it back")
                }
                Terminal.pause(milliseconds: 100)
            }
        }
    }

    struct Cancel: ParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Take the open purchase of tokens back.")

        @OptionGroup var account: AccountOptions

        func run() throws {
            try account.send(
                TokenCall.cancelPurchase(), to: NativeContract.token,
                saying: "took the purchase back")
        }
    }
}
