import API
import Client
import Ledger
import Protocol

/// The market in figures, as one node tells of them.
struct MarketFigures {
    /// The node's answer.
    private(set) var json: JSON

    init(json: JSON) { self.json = json }

    /// What `node` of `testnet` tells; nil where it does not. A block may come between a node's two
    /// looks at its ledger, so tokens that do not add up are looked at again.
    init?(_ testnet: Testnet, _ node: EndpointsFile.Node, timeoutSeconds: Int = 1) {
        json = .null
        for _ in 0..<5 {
            let told = testnet.json("/api/v1/market", at: node, timeoutSeconds: timeoutSeconds)
            guard let told else { return nil }
            json = told
            if isConserved { return }
        }
    }

    /// Whether the sum of all balances and what is in escrow is what was minted less what was
    /// burned.
    var isConserved: Bool {
        let held = tokens("balances").baseUnits &+ tokens("escrow").baseUnits
        return held &+ tokens("burned").baseUnits == tokens("minted").baseUnits
    }

    /// Whether `events`, all that the token has had up to `height`, add up to what was minted and
    /// burned.
    func agree(with events: [TokenEvent]) -> Bool {
        var (minted, burned) = (UInt64(0), UInt64(0))
        for event in events {
            if case .minted(_, let amount, _) = event { minted &+= amount.baseUnits }
            if case .burned(_, let amount, _) = event { burned &+= amount.baseUnits }
        }
        return TokenAmount(minted) == tokens("minted") && TokenAmount(burned) == tokens("burned")
    }

    /// Up to which block they tell.
    var height: UInt64 { json["height"]?.natural ?? 0 }

    private func tokens(_ name: String) -> TokenAmount {
        TokenAmount(json["tokens"]?[name]?.text.flatMap { UInt64($0) } ?? 0)
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
