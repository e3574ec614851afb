import Console
import Client
import API
import ArgumentParser
import Ledger
import Protocol

struct TradeCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "trade", abstract: "Offer energy, pick offers, and follow trades.",
        subcommands: [Offer.self, Pick.self, Cancel.self, List.self, Show.self])
}

/// An offer that was made, and who acts on it.
struct OfferOptions: ParsableArguments {
    @OptionGroup var account: AccountOptions

    @Argument(help: "The offer's number.")
    var id: UInt32

    /// Sends the call that `makeCall` makes of the number, and says that it was `done`.
    func send(_ done: String, _ makeCall: (OfferID) -> Bytes) throws {
        try account.send(
            makeCall(OfferID(id)), to: NativeContract.market, saying: "\(done) offer \(id)", id: id)
    }
}

extension TradeCommand {
    struct Offer: ParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Offer energy for a price.")

        @OptionGroup var account: AccountOptions

        @Option(help: "How much, in Wh.")
        var energy: UInt32

        @Option(help: "What all of it costs, in tokens: 0.12; with --to it may be 0, for a gift.")
        var price: String

        @Option(help: "The only one who may pick it: a node's name or an address; else anyone.")
        var to: String?

        @Option(help: "For how long the offer stands, in seconds of the market; else a day.")
        var seconds: UInt32?

        func run() throws {
            guard let tokens = TokenAmount(tokens: price),
                let baseUnits = UInt32(exactly: tokens.baseUnits)
            else {
                throw CommandFailure(.failed, "--price \(price): is no price up to 4294 tokens")
            }
            let node = try account.client()
            let expires = try seconds.map { seconds in
                let now = try node.marketTime()
                return now.advanced(bySeconds: UInt64(seconds)).seconds
            }
            let recipient = try to.map { try account.account($0) }
            let call =
                recipient.map {
                    MarketCall.addOffer(energy: energy, price: baseUnits, to: $0, expires: expires)
                } ?? MarketCall.addOffer(energy: energy, price: baseUnits, expires: expires)
            let outcome = try account.send(call, to: NativeContract.market, at: node)
            let id = try node.offerID(madeBy: outcome.hash)
            account.report(
                "offer \(id.value): \(energy) Wh for \(tokens.tokensText) tokens"
                    + (to.map { ", to \($0) alone" } ?? ""), id: id.value, outcome)
        }
    }

    struct Pick: ParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Pick an offer; its price goes into escrow.")

        @OptionGroup var offer: OfferOptions

        func run() throws { try offer.send("picked", MarketCall.pickOffer) }
    }

    struct Cancel: ParsableCommand {
        static let configuration = CommandConfiguration(abstract: "Take an open offer back.")

        @OptionGroup var offer: OfferOptions

        func run() throws { try offer.send("cancelled", MarketCall.cancelOffer) }
    }

    struct List: ParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "List the open offers, or with --mine an account's offers and trades.")

        @OptionGroup var account: AccountOptions

        @Flag(help: "The trades of the account that acts.")
        var mine = false

        func run() throws {
            let reader = ContractReader(client: try account.client())
            let names = try account.testnet()
            let offers =
                try mine
                ? reader.trades(of: account.account(nil)).compactMap {
                    try reader.trade($0)?.offer
                }
                : reader.openOffers()
            guard !account.printsJSON else {
                return Terminal.say(JSON.array(offers.map(\.json)).pretty)
            }
            var table = Table(
                ["ID", "STATE", "SELLER", "WH", "TOKENS", "TOKENS/KWH", "OFFERED", "FOR"],
                rightAligned: [0, 3, 4, 5])
            func name(_ account: Address) -> String {
                names?.name(of: account) ?? account.checksummed
            }
            for offer in offers {
                table.add([
                    "\(offer.id)", offer.status.name,
                    name(offer.seller),
                    "\(offer.energy.value)", offer.price.tokensText, offer.priceAKilowattHour,
                    RFC3339.text(offer.timeOffered), offer.recipient.map(name) ?? "anyone",
                ])
            }
            Terminal.say(table.text)
        }
    }

    struct Show: ParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Show a trade with each step, its block and its time.")

        @OptionGroup var offer: OfferOptions

        func run() throws {
            let client = try offer.account.client()
            guard let trade = try ContractReader(client: client).trade(offer.id) else {
                throw CommandFailure(.refused, "there is no trade \(offer.id)")
            }
            let report = TradeReport(
                trade: trade, names: try offer.account.testnet(),
                blockTimes: try client.blockTimes(trade.steps.map(\.block)))
            Terminal.say(offer.account.printsJSON ? report.json.pretty : report.text)
        }
    }
}
