import API
import Keys
import Node
import Protocol

extension NetworkManifest {
    /// Reads a manifest; paths in it are relative to its own directory.
    init(file path: String) throws(ConfigurationError) {
        let bytes: Bytes
        do throws(FileError) {
            bytes = try DurableFile.read(at: path)
        } catch {
            throw ConfigurationError(source: path, problem: error.withoutPath)
        }
        try self.init(toml: String(decoding: bytes, as: UTF8.self), file: path)
    }

    /// Reads a manifest's text, which came from `file`.
    init(toml text: String, file: String) throws(ConfigurationError) {
        let settings = try SettingsTable(toml: text, file: file, overrides: SettingsOverrides())
        self.init(
            dataDirectory: RelativePaths(toFile: file).resolve(
                try settings.requiredText("data")),
            begins: try Self.time(settings, "begins"))
        name = try settings.text("name") ?? name
        validators = try settings.number("validators", in: 1...64, default: validators)
        households = try settings.texts("households")
        readings = try settings.text("readings") ?? readings
        speed = try settings.number("speed", in: 1...3_600, default: speed)
        connectionPower = Watts(
            try settings.number(
                "connection_power_w", in: 1...1_000_000, default: connectionPower.value))
        try readSections(settings)
        try settings.end()
        try checkNames(settings)
    }

    private mutating func readSections(_ settings: SettingsTable) throws(ConfigurationError) {
        let ledgerTable = try settings.table("ledger")
        ledger = try LedgerParameters(ledgerTable)
        try ledgerTable.end()
        let traderTable = try settings.table("trader")
        trader = try TraderConfiguration(traderTable, over: trader)
        try traderTable.end()
        let aggregatorTable = try settings.table("aggregator")
        aggregator = try aggregator.reading(aggregatorTable)
        try aggregatorTable.end()
        let exchangeTable = try settings.table("exchange")
        exchange = try exchange.reading(exchangeTable)
        try exchangeTable.end()
        for table in try settings.tables("household") {
            exceptions[try table.requiredText("name")] = try TraderConfiguration(
                table, over: trader)
            try table.end()
        }
        let byzantineTable = try settings.table("byzantine")
        for name in nodeNames.prefix(validators) {
            let misbehaviours = try byzantineTable.texts(name)
            if !misbehaviours.isEmpty { byzantine[name] = misbehaviours }
        }
        try byzantineTable.end()
        for table in try settings.tables("link") { links.append(try LinkFault(table)) }
        for table in try settings.tables("step") { plan.append(try PlannedStep(table)) }
        plan.sort { $0.afterSeconds < $1.afterSeconds }
    }

    private func checkNames(_ settings: SettingsTable) throws(ConfigurationError) {
        guard Set(households).count == households.count else {
            throw settings.error("households", "names one twice")
        }
        for name in exceptions.keys.sorted() where !households.contains(name) {
            throw settings.error("household", "\"\(name)\" is not among the households")
        }
        let known = Set(nodeNames + ["*"])
        for name in links.flatMap({ [$0.from, $0.to] }) where !known.contains(name) {
            throw settings.error("link", "there is no node \"\(name)\"")
        }
        let steps = plan.flatMap(\.nodes).flatMap { $0.split(separator: ",").map(String.init) }
        for name in steps where !known.contains(name) && name != PlannedStep.proposer {
            throw settings.error("step", "there is no node \"\(name)\"")
        }
    }

    /// The names of the nodes, in the order of tables: validators, aggregator, exchange,
    /// households.
    var nodeNames: [String] {
        (1...max(validators, 1)).map { "v\($0)" } + ["aggregator", "exchange"] + households
    }

    private static func time(
        _ settings: SettingsTable, _ key: String
    ) throws(ConfigurationError) -> MarketTime {
        let text = try settings.requiredText(key)
        guard let time = RFC3339.time(text) else {
            throw settings.error(key, "\"\(text)\" is not a time as 2021-06-15T09:00:00Z")
        }
        return time
    }
}

extension NetworkManifest.LedgerParameters {
    init(_ settings: SettingsTable) throws(ConfigurationError) {
        self.init()
        minimumBlockInterval = try settings.number(
            "minimum_block_interval_ms", in: 1...60_000, default: minimumBlockInterval)
        heartbeat = try settings.number("heartbeat_ms", in: 1_000...86_400_000, default: heartbeat)
        roundTimeout = try settings.number(
            "round_timeout_ms", in: 50...60_000, default: roundTimeout)
        aggregatorFee = try settings.number(
            "aggregator_fee_millionths", in: 0...1_000_000, default: aggregatorFee)
        deliveryWindow = try settings.number(
            "delivery_window_seconds", in: 1...604_800, default: deliveryWindow)
    }
}
