import App
import Logging
import Market
import Peering
import Protocol

extension NodeConfiguration {
    /// Every setting of a node, in the order of its file.
    static var settings: [Setting<NodeConfiguration>] {
        generalSettings + faultSettings + tables + roleTables
    }

    private static var generalSettings: [Setting<NodeConfiguration>] {
        [
            .value("name", \.name, .text, isRequired: true),
            .check("name") { node in
                node.name.utf8.allSatisfy { $0 > 32 && $0 < 127 && $0 != UInt8(ascii: "/") }
                    ? nil : "may have no spaces, slashes or accents"
            },
            .value("role", \.role, .choice, isRequired: true),
            .file(
                "data", \.dataDirectory,
                "The ledger as this node has it; no other process may use the directory."),
            .file(
                "genesis", \.genesisFile,
                "What the chain began with: the same for every member."),
        ]
    }

    private static var tables: [Setting<NodeConfiguration>] {
        [
            .table(
                "account", \.account,
                "The key that signs this member's transactions: it owns its tokens.",
                blank: KeyFiles.none, KeyFiles.settings
            ) { node, isPresent in
                isPresent || node.role == .observer ? nil : node.role.needsTable
            },
            .table(
                "tls", \.tls, "By this certificate's SHA-256 the ledger knows the node.",
                CertificateFiles.settings),
            .table("p2p", \.p2p, "Other nodes.", PeerSettings.settings),
            .table(
                "api", \.api, "The API, for programs of this household (https).",
                blank: APISettings(
                    listen: Endpoint(host: "127.0.0.1", port: 8_443), tls: CertificateFiles.none),
                APISettings.settings),
            .table(
                "app", \.app,
                "The app, for the people of this household: http, on this machine alone.",
                blank: AppConfiguration(listen: Endpoint(host: "127.0.0.1", port: 8_480)),
                AppConfiguration.settings),
            .table(
                "rpc", \.rpc,
                "JSON-RPC, for Ethereum's clients and busbar's commands; on this machine alone.",
                blank: Endpoint(host: "127.0.0.1", port: 8_545), localSettings),
            .table(
                "metrics", \.metrics, "Metrics and health; on this machine alone.",
                blank: Endpoint(host: "127.0.0.1", port: 9_545), localSettings),
            .table("log", \.logLevel, "", Logger.Level.settings),
        ]
    }

    /// A plain http port, which never leaves the machine.
    private static var localSettings: [Setting<Endpoint>] {
        [.value("listen", \.self, .endpoint), .check("listen") { $0.isPlainAbroad }]
    }

    /// What is wrong with a node on purpose; a release build refuses it.
    private static var faultSettings: [Setting<NodeConfiguration>] {
        #if DEBUG
            let refusal: String? = nil
        #else
            let refusal: String? = "faults can be injected into debug builds only"
        #endif
        return [
            .value(
                "clock_offset_seconds", \.faults.clockOffsetSeconds,
                .number(in: -604_800...604_800).omitting(0)),
            .check("clock_offset_seconds") { $0.faults.clockOffsetSeconds == 0 ? nil : refusal },
            .value(
                "byzantine", \.faults.byzantine, .list(of: .text).omitting([])),
            .check("byzantine") { $0.faults.byzantine.isEmpty ? nil : refusal },
        ]
    }

    private static var roleTables: [Setting<NodeConfiguration>] {
        [
            roleTable(
                "meter", of: .household, \.meter,
                "The smart meter. Its own key signs the receipts of deliveries.",
                blank: MeterConfiguration(keys: KeyFiles.none, source: .manual),
                MeterConfiguration.settings),
            roleTable(
                "household", of: .household, \.household, "",
                blank: HouseholdSettings(), HouseholdSettings.settings),
            roleTable(
                "aggregator", of: .aggregator, \.aggregator, "",
                blank: AggregatorConfiguration(database: ""),
                [.file("database", \.database)] + AggregatorConfiguration.settings),
            roleTable(
                "exchange", of: .exchange, \.exchange, "", blank: Exchange.InitialMint(),
                [.value("aggregator", \.aggregator, .optional(.address))]
                    + Exchange.InitialMint.settings),
        ]
    }

    /// A table that nodes of one role have, and no others.
    private static func roleTable<Inner>(
        _ key: String, of role: NodeRole, _ path: WritableKeyPath<NodeConfiguration, Inner?>,
        _ comment: String, blank: Inner, _ settings: [Setting<Inner>]
    ) -> Setting<NodeConfiguration> {
        .table(key, path, comment, blank: blank, settings) { node, isPresent in
            guard isPresent != (node.role == role) else { return nil }
            return isPresent
                ? "belongs to a node of role \(role.rawValue), not \(node.role.rawValue)"
                : role.needsTable
        }
    }
}

extension NodeRole {
    fileprivate var needsTable: String { "is missing: a node of role \(rawValue) needs this table" }
}

extension KeyFiles {
    fileprivate static let none = KeyFiles(keystore: "", passwordFile: "")

    fileprivate static var settings: [Setting<KeyFiles>] {
        [.file("keystore", \.keystore), .file("password_file", \.passwordFile)]
    }
}

extension CertificateFiles {
    static let none = CertificateFiles(certificate: "", key: "")

    fileprivate static var settings: [Setting<CertificateFiles>] {
        [.file("certificate", \.certificate), .file("key", \.key)]
    }
}

extension APISettings {
    fileprivate static var settings: [Setting<APISettings>] {
        [
            .value("listen", \.listen, .endpoint),
            .value(
                "names", \.names, .list(of: .text).omitting([]),
                """
                Names and addresses by which the household's devices call it, besides localhost; they have
                to stand in the certificate: busbar certificate renew.
                names = ["busbar.local", "192.168.1.20"]
                """),
            .check("names") { $0.names.lazy.compactMap(Self.problem).first },
            .file(
                "certificate", \.tls.certificate,
                "Its own, or another with its chain; new files are shown within a minute."),
            .file("key", \.tls.key),
        ]
    }
}

extension APISettings {
    private static let nameCharacters = Set(
        "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789.-:".utf8)

    /// What is wrong with a name; nil if it is one.
    private static func problem(_ name: String) -> String? {
        let isName = name.utf8.count <= 253 && name.utf8.allSatisfy(nameCharacters.contains)
        return isName
            ? nil : "\"\(name)\" is no name nor address, such as busbar.local or 192.168.1.20"
    }
}

extension Endpoint {
    /// Whether no other machine gets there.
    var isLoopback: Bool { host == "localhost" || host == "::1" || host.hasPrefix("127.") }

    /// What is wrong with plain http there; nil if it does not leave the machine.
    fileprivate var isPlainAbroad: String? {
        isLoopback
            ? nil : "\(self) would send plain http over the network; use 127.0.0.1"
    }
}

extension AppConfiguration {
    fileprivate static var settings: [Setting<AppConfiguration>] {
        [
            .value("listen", \.listen, .endpoint), .check("listen") { $0.listen.isPlainAbroad },
            .value(
                "time_zone", \.timeZone, .text, "Where the household's days begin: Europe/Berlin."),
            .check("time_zone") { app in
                AppSettings.isZone(app.timeZone)
                    ? nil : "\"\(app.timeZone)\" is no time zone; Europe/Berlin is one"
            },
            .value(
                "feed_in_tariff", \.feedInTariff, .optional(.tokens),
                """
                What the supplier pays and asks for a kilowatt-hour, in tokens, so that the app can say
                what trading saved:
                feed_in_tariff = "0.08"
                retail_tariff = "0.30"
                """),
            .value("retail_tariff", \.retailTariff, .optional(.tokens)),
        ]
    }
}

extension PeerSettings {
    fileprivate static var settings: [Setting<PeerSettings>] {
        [
            .value(
                "listen", \.listen, .optional(.endpoint),
                "Where others may dial it; the firewall must let them in."),
            .value(
                "advertised", \.advertised, .optional(.endpoint),
                "Under this address others dial it; every peer is told."),
            .value(
                "peers", \.peers, .list(of: .endpoint),
                """
                Nodes to dial, the most wanted first: the aggregator's. So that others can dial this one:
                listen = "0.0.0.0:30303"
                advertised = "my-house.example:30303"
                """),
            .check("peers") { peers in
                peers.listen == nil && peers.peers.isEmpty
                    ? "is empty, and without p2p.listen nobody can dial in" : nil
            },
            .value(
                "links", \.links, .number(in: 1...64), "How many links it keeps at once."),
            .value(
                "connections", \.connections,
                .optional(.number(in: ConnectionPlaces.configurable)),
                """
                How many connections its port takes. Unless it is set, all members find a place, also
                those that the ledger has yet to register:
                connections = 500
                """),
        ]
    }
}

extension Logger.Level {
    fileprivate static var settings: [Setting<Logger.Level>] {
        [
            .value(
                "level", \.self, .choice, "trace, debug, info, notice, warning, error or critical.")
        ]
    }
}

extension MeterConfiguration {
    fileprivate static var settings: [Setting<MeterConfiguration>] {
        [
            .file("keystore", \.keys.keystore), .file("password_file", \.keys.passwordFile),
            Setting(
                read: { table, meter throws(ConfigurationError) in
                    switch try table.required("source", .text) {
                    case "manual": meter.source = .manual
                    case "profile":
                        meter.source = .profile(
                            file: try table.required("file", .file),
                            household: try table.required("household", .text))
                    case let other:
                        throw table.error(
                            "source", "is \"\(other)\", but must be profile or manual")
                    }
                },
                write: { meter, text in
                    let comment = """
                        "manual": set through the API. "profile": follows a file of readings, named by
                        file = "readings.csv" and the columns there by household = "h01".
                        """
                    guard case .profile(let file, let household) = meter.source else {
                        return text.set("source", "\"manual\"", comment)
                    }
                    text.set("source", "\"profile\"", comment)
                    text.set("file", SettingsText.quoted(file), "")
                    text.set("household", SettingsText.quoted(household), "")
                }),
        ]
    }
}
