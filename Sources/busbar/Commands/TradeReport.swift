import Console
import Client
import API
import Protocol

/// A trade for people and for programs.
struct TradeReport {
    let trade: TradeView
    /// The nodes' names, where the accounts are a testnet's.
    let names: EndpointsFile?
    /// The ledger's time of each step's block.
    let blockTimes: [UInt64: Timestamp]

    var text: String {
        let offer = trade.offer
        var lines = [
            "trade \(offer.id): \(offer.status.name)",
            "  seller     \(name(offer.seller))",
        ]
        if let recipient = offer.recipient { lines.append("  for        \(name(recipient)) alone") }
        if let buyer = trade.buyer { lines.append("  buyer      \(name(buyer))") }
        lines.append(
            "  offered    \(offer.energy.value) Wh for \(offer.price.tokensText) tokens"
                + " (\(offer.priceAKilowattHour) a kWh)")
        if trade.delivered > .zero { lines.append("  delivered  \(trade.delivered.value) Wh") }
        if offer.status == .settled {
            lines.append(
                "  paid       \(trade.sellerAmount.tokensText) to the seller,"
                    + " \(trade.fee.tokensText) fee, \(trade.returned.tokensText) back to the buyer"
            )
            if trade.burned > .zero {
                lines.append(
                    "  burned     \(trade.burned.tokensText), as the buyer's receipt never came")
            }
        }
        var table = Table(["  STEP", "BLOCK", "MARKET TIME", "LEDGER TIME"], rightAligned: [1])
        for step in trade.steps {
            let time = blockTimes[step.block].map(RFC3339.text) ?? ""
            table.add(["  " + step.name, "\(step.block)", RFC3339.text(step.time), time])
        }
        return (lines + table.lines).joined(separator: "\n")
    }

    private func name(_ account: Address) -> String {
        guard let name = names?.name(of: account), name != account.checksummed else {
            return account.checksummed
        }
        return "\(name) (\(account.checksummed))"
    }

    var json: JSON {
        func address(_ address: Address?) -> JSON { .string(address?.checksummed) }
        return trade.offer.json.adding([
            "buyer": address(trade.buyer), "aggregator": address(trade.aggregator),
            "deliveredWh": .number(trade.delivered.value),
            "sellerAmount": .string(String(trade.sellerAmount.baseUnits)),
            "fee": .string(String(trade.fee.baseUnits)),
            "returned": .string(String(trade.returned.baseUnits)),
            "burned": .string(String(trade.burned.baseUnits)),
            "steps": .array(
                trade.steps.map { step in
                    [
                        "name": .string(step.name), "block": .number(step.block),
                        "marketTime": .string(RFC3339.text(step.time)),
                        "ledgerTime": .string(blockTimes[step.block].map(RFC3339.text)),
                    ]
                }),
        ])
    }
}

extension OfferView {
    var json: JSON {
        [
            "id": .number(id), "state": .string(status.name),
            "seller": .string(seller.checksummed), "recipient": .string(recipient?.checksummed),
            "energyWh": .number(energy.value),
            "price": .string(String(price.baseUnits)),
            "timeOffered": .string(RFC3339.text(timeOffered)),
            "expires": expires.map { .string(RFC3339.text($0)) } ?? .null,
        ]
    }

    /// Tokens a kWh, rounded down to four decimals.
    var priceAKilowattHour: String {
        guard energy > .zero else { return "-" }
        let baseUnits = price.baseUnits.multipliedSaturating(by: 1_000) / energy.value
        return TokenAmount(baseUnits - baseUnits % 100).tokensText
    }
}
