import API
import Client
import Ledger
import Protocol

/// The market in figures, as one node tells of them.
struct MarketFigures {
    /// The node's answer.
    private(set) var json: JSON

    init(json: JSON) { self.json = json }

    /// What `node` of `testnet` tells, all of one block; nil where it does not.
    init?(_ testnet: Testnet, _ node: EndpointsFile.Node, timeoutSeconds: Int = 1) {
        guard
            let told = testnet.json("/api/v1/market", at: node, timeoutSeconds: timeoutSeconds)
        else { return nil }
        json = told
    }

    /// Whether the sum of all balances and what is in escrow is what was minted less what was
    /// burned.
    var isConserved: Bool {
        let held = tokens("balances").baseUnits &+ tokens("escrow").baseUnits
        return held &+ tokens("burned").baseUnits == tokens("minted").baseUnits
    }

    /// Up to which block they tell.
    var height: UInt64 { json["height"]?.natural ?? 0 }

    private func tokens(_ name: String) -> TokenAmount {
        TokenAmount(json["tokens"]?[name]?.text.flatMap { UInt64($0.verbatim) } ?? 0)
    }

    var text: String {
        func counts(_ group: String, _ states: [TradeStatus]) -> String {
            states.map { "\(json[group]?[$0.name]?.natural ?? 0) \($0.name)" }
                .joined(separator: ", ")
        }
        let sum = isConserved ? "adds up" : "DOES NOT ADD UP"
        return """
            offers  \(counts("offers", [.open, .expired, .cancelled]))
            trades  \(counts("trades", [.picked, .paid, .delivered, .settled, .refunded]))
            energy  \(json["settledWh"]?.natural ?? 0) Wh settled
            tokens  \(tokens("minted").tokensText) minted, \(tokens("burned").tokensText) burned, \
            \(tokens("balances").tokensText) held, \(tokens("escrow").tokensText) in escrow: \(sum)
            """
    }
}
