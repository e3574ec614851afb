import Console
import Client
import API
import ArgumentParser
import Ledger
import Node
import Protocol

/// `busbar trade`
struct TradeCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "trade", abstract: "Offer energy, pick offers, and follow trades.",
        subcommands: [Offer.self, Pick.self, Cancel.self, List.self, Show.self])
}

extension TradeCommand {
    struct Offer: ParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Offer energy for a price.")

        @OptionGroup var account: AccountOptions

        @Option(help: "How much, in Wh.")
        var energy: UInt32

        @Option(help: "What all of it costs, in tokens: 0.12")
        var price: String

        @Option(help: "For how long the offer stands, in seconds of the market; else until picked.")
        var seconds: UInt32?

        @Flag(help: "Print JSON.")
        var json = false

        func run() throws {
            try reporting {
                guard let tokens = TokenAmount(tokens: price),
                    let baseUnits = UInt32(exactly: tokens.baseUnits)
                else {
                    throw CommandFailure(.failed, "--price \(price): is no price up to 4294 tokens")
                }
                let node = try account.client()
                let expires = try seconds.map { seconds in
                    let now = try node.marketTime()
                    return UInt32(clamping: now.advanced(bySeconds: UInt64(seconds)).seconds)
                }
                let outcome = try account.send(
                    MarketCall.addOffer(energy: energy, price: baseUnits, expires: expires),
                    to: NativeContract.market, at: node)
                let id = try node.offerID(madeBy: outcome.hash)
                Report.print(
                    "offer \(id.value): \(energy) Wh for \(tokens.tokensText) tokens", id: id.value,
                    outcome: outcome, json: json)
            }
        }
    }

    struct Pick: ParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Pick an offer; its price goes into escrow.")

        @OptionGroup var account: AccountOptions

        @Argument(help: "The offer's number.")
        var id: UInt32

        @Flag(help: "Print JSON.")
        var json = false

        func run() throws {
            try reporting {
                try account.send(
                    MarketCall.pickOffer(OfferID(id)), to: NativeContract.market,
                    saying: "picked offer \(id)", id: id, json: json)
            }
        }
    }

    struct Cancel: ParsableCommand {
        static let configuration = CommandConfiguration(abstract: "Take an open offer back.")

        @OptionGroup var account: AccountOptions

        @Argument(help: "The offer's number.")
        var id: UInt32

        @Flag(help: "Print JSON.")
        var json = false

        func run() throws {
            try reporting {
                try account.send(
                    MarketCall.cancelOffer(OfferID(id)), to: NativeContract.market,
                    saying: "cancelled offer \(id)", id: id, json: json)
            }
        }
    }

    struct List: ParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "List the open offers, or with --mine an account's offers and trades.")

        @OptionGroup var account: AccountOptions

        @Flag(help: "The trades of the account that acts.")
        var mine = false

        @Flag(help: "Print JSON.")
        var json = false

        func run() throws {
            try reporting {
                let reader = ContractReader(client: try account.client())
                let names = try account.testnet()
                let offers =
                    try mine
                    ? reader.trades(of: account.account(nil)).compactMap {
                        try reader.trade($0)?.offer
                    }
                    : reader.openOffers()
                guard !json else {
                    return Terminal.say(JSON.array(offers.map(\.json)).pretty)
                }
                var table = Table(
                    ["ID", "STATE", "SELLER", "WH", "TOKENS", "TOKENS/KWH", "OFFERED"],
                    rightAligned: [0, 3, 4, 5])
                for offer in offers {
                    table.add([
                        "\(offer.id)", offer.status.name,
                        names?.name(of: offer.seller) ?? offer.seller.checksummed,
                        "\(offer.energy.value)", offer.price.tokensText, offer.priceAKilowattHour,
                        RFC3339.text(offer.timeOffered),
                    ])
                }
                Terminal.say(table.text)
            }
        }
    }

    struct Show: ParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Show a trade with each step, its block and its time.")

        @OptionGroup var account: AccountOptions

        @Argument(help: "The offer's number.")
        var id: UInt32

        @Flag(help: "Print JSON.")
        var json = false

        func run() throws {
            try reporting {
                let client = try account.client()
                guard let trade = try ContractReader(client: client).trade(id) else {
                    throw CommandFailure(.refused, "there is no trade \(id)")
                }
                let report = TradeReport(
                    trade: trade, names: try account.testnet(),
                    blockTimes: try client.blockTimes(trade.steps.map(\.block)))
                Terminal.say(json ? report.json.pretty : report.text)
            }
        }
    }
}
