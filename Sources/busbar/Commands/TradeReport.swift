import Ledger
import Node
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
        }
        var table = TextTable(["  STEP", "BLOCK", "MARKET TIME", "LEDGER TIME"], rightAligned: [1])
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

    var json: JSONValue {
        guard case .object(var members) = trade.offer.json else { return .null }
        members["buyer"] = trade.buyer.map { .text($0.checksummed) } ?? .null
        members["aggregator"] = trade.aggregator.map { .text($0.checksummed) } ?? .null
        members["deliveredWh"] = .integer(Int64(trade.delivered.value))
        members["sellerAmount"] = .text(String(trade.sellerAmount.baseUnits))
        members["fee"] = .text(String(trade.fee.baseUnits))
        members["returned"] = .text(String(trade.returned.baseUnits))
        members["steps"] = .list(
            trade.steps.map { step in
                .object([
                    "name": .text(step.name), "block": .integer(Int64(step.block)),
                    "marketTime": .text(RFC3339.text(step.time)),
                    "ledgerTime": blockTimes[step.block].map { .text(RFC3339.text($0)) }
                        ?? .null,
                ])
            })
        return .object(members)
    }
}

extension OfferView {
    var json: JSONValue {
        [
            "id": .integer(Int64(id)), "state": .text(status.name),
            "seller": .text(seller.checksummed), "energyWh": .integer(Int64(energy.value)),
            "price": .text(String(price.baseUnits)),
            "timeOffered": .text(RFC3339.text(timeOffered)),
            "expires": expires.map { .text(RFC3339.text($0)) } ?? .null,
        ]
    }

    /// Tokens a kWh, rounded down to four decimals.
    var priceAKilowattHour: String {
        guard energy > .zero else { return "-" }
        // The price has 32 bits, so the product fits.
        let baseUnits = price.baseUnits * 1_000 / energy.value
        return TokenAmount(baseUnits - baseUnits % 100).tokensText
    }
}
