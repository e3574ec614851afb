import API
import Node

/// A node's file as a person wants to find it: each setting below what it is for.
struct CommentedSettings {
    /// The file's text.
    let text: String

    /// Writes `configuration` with its comments.
    init(_ configuration: NodeConfiguration) {
        var lines = [Self.head]
        var table = ""
        for line in configuration.toml.split(separator: "\n", omittingEmptySubsequences: false) {
            if line.hasPrefix("[") {
                table = line.filter { $0 != "[" && $0 != "]" } + "."
                lines += Self.comment(of: String(table.dropLast()))
            } else if let end = line.firstRange(of: " = ")?.lowerBound {
                lines += Self.comment(of: table + line[..<end])
            }
            lines.append(String(line))
        }
        text = lines.joined(separator: "\n")
    }

    private static func comment(of key: String) -> [String] {
        comments[key].map { $0.split(separator: "\n").map { "# " + $0 } } ?? []
    }

    private static let head = """
        # One node. Paths are relative to this file. `busbar node --check --config FILE` reads this
        # and prints what takes effect; a key that does not exist is an error.

        """

    private static let comments = [
        "data": "The ledger as this node has it; no other process may use the directory.",
        "genesis": "What the chain began with: the same for every member.",
        "account": "The key that signs this member's transactions: it owns its tokens.",
        "tls": "By this certificate's SHA-256 the ledger knows the node.",
        "p2p": "Other nodes.",
        "p2p.listen": "Where others may dial it; the firewall must let them in.",
        "p2p.advertised": "Under this address others dial it; every peer is told.",
        "p2p.peers": """
        Nodes to dial, the most wanted first: the aggregator's. So that others can dial this one:
        listen = "0.0.0.0:30303"
        advertised = "my-house.example:30303"
        """,
        "p2p.links": "How many links it keeps at once.",
        "api": "The API, for programs of this household (https).",
        "rpc": "JSON-RPC, for Ethereum's clients and busbar's commands; on this machine alone.",
        "metrics": "Metrics and health; on this machine alone.",
        "log.level": "trace, debug, info, notice, warning or error.",
        "meter": "The smart meter. Its own key signs the receipts of deliveries.",
        "meter.source": """
        "manual": set through the API. "profile": follows a file of readings, named by
        file = "readings.csv" and the columns there by household = "h01".
        """,
        "household.aggregator": "The aggregator's account: it gets the readings, once a second.",
        "household.trader": """
        What the automatic trader may do. Prices are tokens a kWh. enabled = false leaves
        trading to `busbar trade`.
        """,
        "household.trader.lowest_sale_price": "The least that it sells for.",
        "household.trader.highest_sale_price": "What it asks for when there is little to sell.",
        "household.trader.highest_purchase_price": "The most that it buys for.",
        "household.trader.lot_wh": "The energy of one offer.",
        "household.trader.most_open_offers": "How many offers may stand open at once.",
        "household.trader.most_open_sales": "How many sales may be under way at once.",
        "household.trader.most_tokens_per_day": "The most that it spends in a day of the market.",
        "household.trader.offer_seconds": "How long its offers stand, in seconds of the market.",
    ]
}
