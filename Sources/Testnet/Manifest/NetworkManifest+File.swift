import API
import Market
import Node
import Protocol

extension NetworkManifest {
    /// Reads a manifest; paths in it are relative to its own directory.
    init(file path: String) throws(ConfigurationError) {
        let bytes = try ConfigurationError.read(path)
        try self.init(toml: String(decoding: bytes, as: UTF8.self), file: path)
    }

    init(toml text: String, file: String) throws(ConfigurationError) {
        let settings = try SettingsTable(toml: text, file: file, overrides: SettingsOverrides())
        self.init(
            dataDirectory: try settings.required("data", .file),
            begins: try Self.time(settings, "begins"))
        name = try settings.value("name", .text) ?? name
        validators = try settings.value("validators", .number(in: 1...64)) ?? validators
        households = try settings.value("households", .list(of: .text)) ?? []
        readings = try settings.value("readings", .text) ?? readings
        guard !readings.contains("/"), readings != ".." else {
            throw settings.error("readings", "is the name of a file in data, without a directory")
        }
        speed = try settings.value("speed", .number(in: 1...3_600)) ?? speed
        connectionPower = Watts(
            try settings.value("connection_power_w", .number(in: 1...1_000_000))
                ?? connectionPower.value)
        try readSections(settings)
        try settings.end()
        try checkNames(settings)
    }

    private mutating func readSections(_ settings: SettingsTable) throws(ConfigurationError) {
        ledger = try settings.table("ledger").reading(LedgerParameters.settings, over: ledger)
        trader = try settings.table("trader").reading(TraderLimits.settings, over: trader)
        aggregator = try settings.table("aggregator").reading(
            AggregatorConfiguration.settings, over: aggregator)
        exchange = try settings.table("exchange").reading(
            Exchange.InitialMint.settings, over: exchange)
        for table in try settings.tables("household") {
            exceptions[try table.required("name", .text)] = try table.reading(
                TraderLimits.settings, over: trader)
        }
        let byzantineTable = try settings.table("byzantine")
        for name in nodeNames.prefix(validators) {
            let misbehaviours = try byzantineTable.value(name, .list(of: .text)) ?? []
            if !misbehaviours.isEmpty { byzantine[name] = misbehaviours }
        }
        try byzantineTable.end()
        for table in try settings.tables("link") {
            links.append(try table.reading(LinkFault.settings, over: LinkFault()))
        }
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
        let text = try settings.required(key, .text)
        guard let time = RFC3339.time(text) else {
            throw settings.error(key, "\"\(text)\" is not a time as 2021-06-15T09:00:00Z")
        }
        return time
    }
}

extension NetworkManifest.LedgerParameters {
    static var settings: [Setting<Self>] {
        [
            .value(
                "minimum_block_interval_ms", \.minimumBlockInterval, .number(in: 1...60_000)),
            .value("heartbeat_ms", \.heartbeat, .number(in: 1_000...86_400_000)),
            .value("round_timeout_ms", \.roundTimeout, .number(in: 50...60_000)),
            .value("aggregator_fee_millionths", \.aggregatorFee, .number(in: 0...1_000_000)),
            .value("delivery_window_seconds", \.deliveryWindow, .number(in: 1...604_800)),
            .value("seller_share_per_mille", \.sellerShare, .number(in: 0...1_000)),
        ]
    }
}
