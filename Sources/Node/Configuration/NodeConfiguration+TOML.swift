import Peering
import Protocol

extension NodeConfiguration {
    /// The configuration as a file has it. It names the files of secrets, and holds none.
    package var toml: String {
        var text = SettingsText()
        text.set("name", name)
        text.set("role", role.rawValue)
        text.set("data", dataDirectory)
        text.set("genesis", genesisFile)
        if faults.clockOffsetSeconds != 0 {
            text.set("clock_offset_seconds", faults.clockOffsetSeconds)
        }
        if !faults.byzantine.isEmpty { text.set("byzantine", faults.byzantine) }
        if let account {
            text.begin("account")
            text.set(account)
        }
        text.begin("tls")
        text.set(tls)
        writeEndpoints(to: &text)
        text.begin("log")
        text.set("level", logLevel.rawValue)
        writeRole(to: &text)
        return text.content
    }

    private func writeEndpoints(to text: inout SettingsText) {
        text.begin("p2p")
        if let listen = p2p.listen { text.set("listen", listen.description) }
        if let advertised = p2p.advertised { text.set("advertised", advertised.description) }
        text.set("peers", p2p.peers.map(\.description))
        text.set("links", p2p.links)
        if let api {
            text.begin("api")
            text.set("listen", api.listen.description)
            text.set(api.tls)
        }
        if let rpc {
            text.begin("rpc")
            text.set("listen", rpc.description)
        }
        if let metrics {
            text.begin("metrics")
            text.set("listen", metrics.description)
        }
    }

    private func writeRole(to text: inout SettingsText) {
        if let meter { text.write(meter) }
        if let household {
            text.begin("household")
            text.set("aggregator", household.aggregator.checksummed)
            text.write(household.trader)
        }
        if let aggregator {
            text.begin("aggregator")
            text.set("database", aggregator.database)
            text.set("delivery_seconds", aggregator.deliverySeconds)
            text.set("readings_kept_hours", aggregator.readingsKeptHours)
            text.set("top_up_tokens", aggregator.topUpTokens.tokensText)
            text.set("top_up_below", aggregator.topUpBelow.tokensText)
            text.set("purchase_limit_tokens", aggregator.purchaseLimit.tokensText)
        }
        if let exchange {
            text.begin("exchange")
            if let aggregator = exchange.aggregator {
                text.set("aggregator", aggregator.checksummed)
            }
            text.set("initial_tokens", exchange.initialTokens.tokensText)
            text.set("payment_reference", exchange.paymentReference)
        }
    }
}

/// A TOML text while it is written.
struct SettingsText {
    private(set) var content = ""

    mutating func begin(_ table: String) { content += "\n[\(table)]\n" }

    mutating func set(_ key: String, _ text: String) { content += "\(key) = \(quoted(text))\n" }

    mutating func set(_ key: String, _ texts: [String]) {
        content += "\(key) = [\(texts.map(quoted).joined(separator: ", "))]\n"
    }

    mutating func set(_ key: String, _ number: some BinaryInteger) {
        content += "\(key) = \(number)\n"
    }

    mutating func set(_ key: String, _ flag: Bool) { content += "\(key) = \(flag)\n" }

    mutating func set(_ keys: KeyFiles) {
        set("keystore", keys.keystore)
        set("password_file", keys.passwordFile)
    }

    mutating func set(_ files: CertificateFiles) {
        set("certificate", files.certificate)
        set("key", files.key)
    }

    mutating func write(_ meter: MeterConfiguration) {
        begin("meter")
        set(meter.keys)
        switch meter.source {
        case .manual:
            set("source", "manual")
        case .profile(let file, let household):
            set("source", "profile")
            set("file", file)
            set("household", household)
        }
    }

    mutating func write(_ trader: TraderConfiguration) {
        begin("household.trader")
        set("enabled", trader.isEnabled)
        set("lowest_sale_price", trader.lowestSalePrice.tokensText)
        set("highest_sale_price", trader.highestSalePrice.tokensText)
        set("highest_purchase_price", trader.highestPurchasePrice.tokensText)
        set("lot_wh", trader.lot.value)
        set("most_open_offers", trader.mostOpenOffers)
        set("most_open_sales", trader.mostOpenSales)
        set("most_tokens_per_day", trader.mostTokensPerDay.tokensText)
        set("offer_seconds", trader.offerSeconds)
    }

    /// A basic string of TOML: control characters, quotes and backslashes are escaped.
    private func quoted(_ text: String) -> String {
        var result = "\""
        for scalar in text.unicodeScalars {
            switch scalar {
            case "\"", "\\": result += "\\\(scalar)"
            case _ where scalar.value < 32 || scalar.value == 127:
                let digits = String(scalar.value, radix: 16)
                result += "\\u" + String(repeating: "0", count: 4 - digits.count) + digits
            default: result.unicodeScalars.append(scalar)
            }
        }
        return result + "\""
    }
}
