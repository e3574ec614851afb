import Peering
import Protocol

extension NodeConfiguration {
    /// The configuration as a file has it. It names the files of secrets, and holds none.
    public var toml: String {
        var text = SettingsText()
        text.set("name", name)
        text.set("role", role.rawValue)
        text.set("data", dataDirectory)
        text.set("genesis", genesisFile)
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
            text.set("exchange", aggregator.exchange.checksummed)
            text.set("token_price", aggregator.tokenPrice.tokensText)
            text.set("starting_tokens", aggregator.startingTokens.tokensText)
            text.set("delivery_seconds", aggregator.deliverySeconds)
        }
        if let exchange {
            text.begin("exchange")
            text.set("aggregators", exchange.aggregators.map(\.checksummed))
            text.set("order_tokens", exchange.orderTokens.tokensText)
            text.set("order_below", exchange.orderBelow.tokensText)
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

    mutating func write(_ meter: MeterSettings) {
        begin("meter")
        set(meter.keys)
        switch meter.source {
        case .manual:
            set("source", "manual")
        case .profile(let file, let consumed, let generated):
            set("source", "profile")
            set("file", file)
            set("consumed", consumed)
            if let generated { set("generated", generated) }
        }
    }

    mutating func write(_ trader: TraderSettings) {
        begin("household.trader")
        set("enabled", trader.isEnabled)
        set("minimum_price", trader.minimumPrice.tokensText)
        set("maximum_price", trader.maximumPrice.tokensText)
        set("smallest_lot_wh", trader.smallestLot.value)
        set("largest_lot_wh", trader.largestLot.value)
        set("offer_seconds", trader.offerSeconds)
        set("open_trades", trader.openTrades)
        set("keep_tokens", trader.keepTokens.tokensText)
        set("buy_tokens", trader.buyTokens.tokensText)
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
