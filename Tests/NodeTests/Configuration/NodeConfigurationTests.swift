import Market
import Peering
import Protocol
import Testing

@testable import Node

@Suite struct NodeConfigurationTests {
    static let household = """
        name = "h01"
        role = "household"
        data = "data"
        genesis = "../genesis.json"
        [account]
        keystore = "keys/account.json"
        password_file = "keys/account.password"
        [tls]
        certificate = "tls/node.pem"
        key = "tls/node-key.pem"
        [p2p]
        peers = ["127.0.0.1:30303", "[::1]:30304"]
        [rpc]
        [meter]
        keystore = "keys/meter.json"
        password_file = "/run/secrets/meter"
        source = "profile"
        file = "../week.csv"
        household = "h01"
        [household]
        aggregator = "0x00000000000000000000000000000000000000aa"
        [household.trader]
        lowest_sale_price = "0.09"
        """

    private func read(
        _ text: String = household, flags: [String: String] = [:],
        environment: [String: String] = [:]
    ) throws -> NodeConfiguration {
        try NodeConfiguration(
            toml: text, file: "/community/h01/node.toml",
            overrides: SettingsOverrides(flags: flags, environment: environment))
    }

    @Test(arguments: ["[=]", "[", "[[", "[[=]]", "  [ ]", "[#tls]", "[.a]", "[[]]", "x = 1\r\n[ü]"])
    func `a table without a name is refused and ends nothing`(text: String) {
        #expect(throws: ConfigurationError.self) { try read(text) }
        #expect(throws: ConfigurationError.self) { try read(Self.household + text) }
    }

    @Test func `an API has the names that it is called by, and none that is no name`() throws {
        let api = """

            [api]
            certificate = "tls/api.pem"
            key = "tls/api-key.pem"
            """
        #expect(try read(Self.household + api).api?.hosts == ["127.0.0.1"])
        let named = try read(Self.household + api + "\nnames = [\"busbar.local\", \"fd00::7\"]")
        #expect(named.api?.names == ["busbar.local", "fd00::7"])
        #expect(named.api?.hosts == ["busbar.local", "[fd00::7]", "127.0.0.1"])
        #expect(try read(named.toml).api?.names == named.api?.names)
        for wrong in ["", "a b", "https://x", "x/y", "käse.local", "a,b", "*"] {
            #expect(throws: ConfigurationError.self, "\(wrong)") {
                try read(Self.household + api + "\nnames = [\"\(wrong)\"]")
            }
        }
    }

    @Test(
        arguments: [
            ("127.0.0.1", ["busbar.local"], nil, "127.0.0.1", false),
            ("192.168.1.20", [], "192.168.1.20", "192.168.1.20", false),
            ("192.168.1.20", ["busbar.local"], "192.168.1.20", "192.168.1.20", false),
            ("0.0.0.0", ["busbar.local", "192.168.1.20"], "busbar.local", "127.0.0.1", false),
            ("0.0.0.0", ["localhost", "fd00::7"], "[fd00::7]", "127.0.0.1", false),
            ("0.0.0.0", ["127.0.0.1"], nil, "127.0.0.1", true),
            ("0.0.0.0", [], nil, "127.0.0.1", true),
            ("::", ["192.168.1.20"], "192.168.1.20", "[::1]", false),
            ("::", [], nil, "[::1]", true),
        ] as [(String, [String], String?, String, Bool)])
    func `an API that listens everywhere is found by its first name, or says what is lacking`(
        host: String, names: [String], others: String?, own: String, isLacking: Bool
    ) {
        let api = APISettings(
            listen: Endpoint(host: host, port: 8_443), tls: .none, names: names)
        #expect(api.addressForOthers == others.map { "https://\($0):8443" })
        #expect(api.ownAddress == "https://\(own):8443")
        #expect((api.lackingName != nil) == isLacking)
        #expect(api.lackingName?.contains("names") != false)
        #expect(!api.shownHosts.contains { $0 == "0.0.0.0" || $0 == "[::]" })
    }

    @Test func `a file gives a configuration with paths from its own directory`() throws {
        let node = try read()
        #expect(node.role == .household)
        #expect(node.genesisFile == "/community/h01/../genesis.json")
        #expect(node.account?.keystore == "/community/h01/keys/account.json")
        #expect(node.meter?.keys.passwordFile == "/run/secrets/meter")
        #expect(node.p2p.listen == nil)
        #expect(node.p2p.peers.last == Endpoint(host: "::1", port: 30_304))
        #expect(node.rpc == Endpoint(host: "127.0.0.1", port: 8_545))
        #expect(node.api == nil)
        #expect(node.household?.aggregator == Address(reserved: 0xaa))
        #expect(node.household?.limits.lowestSalePrice == TokenAmount(90_000))
        #expect(
            node.household?.limits.highestPurchasePrice
                == TraderLimits().highestPurchasePrice)
    }

    @Test func `what is written reads back the same`() throws {
        var node = try read()
        node.api = APISettings(
            listen: Endpoint(host: "127.0.0.1", port: 8_443),
            tls: CertificateFiles(certificate: "/x \"y\"\n", key: "/k\\"))
        let again = try NodeConfiguration(toml: node.toml, file: "/elsewhere/node.toml")
        #expect(again == node)
    }

    @Test func `the commented file says the same, and what each setting is for`() throws {
        let node = try read()
        let text = node.commentedTOML
        #expect(try NodeConfiguration(toml: text, file: "/elsewhere/node.toml") == node)
        #expect(text.hasPrefix("# One node. Paths are relative to this file."))
        #expect(text.contains("\n\n# Other nodes.\n[p2p]\n"))
        #expect(text.contains("\n# How many links it keeps at once.\nlinks = 4\n"))
        #expect(
            text.contains("\n# The most that it buys for.\nhighest_purchase_price = \"0.25\"\n"))
        #expect(!text.contains("byzantine"))
        let plain = text.split(separator: "\n").filter { !$0.hasPrefix("#") }
        #expect(plain == node.toml.split(separator: "\n"))
    }

    @Test func `every table of every role is written and read back the same`() throws {
        let account = try #require(try read().account)
        for role in NodeRole.allCases {
            var node = NodeConfiguration(
                name: "n", role: role, dataDirectory: "/d", genesisFile: "/g",
                account: role == .observer ? nil : account,
                tls: CertificateFiles(certificate: "/c", key: "/k"),
                p2p: PeerSettings(
                    listen: Endpoint(host: "::1", port: 1),
                    advertised: Endpoint(host: "a.example", port: 2), peers: [], links: 9))
            node.p2p.connections = role == .validator ? 500 : nil
            node.rpc = Endpoint(host: "127.0.0.2", port: 7)
            node.metrics = Endpoint(host: "localhost", port: 8)
            node.logLevel = .warning
            node.faults.clockOffsetSeconds = -5
            node.faults.byzantine = ["mute", "lie"]
            switch role {
            case .household:
                node.meter = MeterConfiguration(keys: account, source: .manual)
                node.household = HouseholdSettings(aggregator: Address(reserved: 0xaa))
                node.household?.limits.isEnabled = false
                node.household?.limits.lot = WattHours(7)
            case .aggregator:
                node.aggregator = AggregatorConfiguration(database: "/a.sqlite")
                node.aggregator?.settings.topUp.amount = TokenAmount(1)
            case .exchange:
                node.exchange = Exchange.InitialMint()
                node.exchange?.aggregator = Address(reserved: 0xab)
            case .validator, .observer: break
            }
            #expect(try NodeConfiguration(toml: node.toml, file: "/n/node.toml") == node)
            #expect(try NodeConfiguration(toml: node.commentedTOML, file: "/n/node.toml") == node)
        }
    }

    @Test(arguments: [
        ("BUSBAR_HOUSEHOLD_AGGREGATOR", "0xaa", "household.aggregator: \"0xaa\" is not an address"),
        ("BUSBAR_P2P_LISTEN", "here", "p2p.listen: \"here\" is not host:port"),
        ("BUSBAR_LOG_LEVEL", "loud", "log.level: is \"loud\", but must be one of trace"),
        ("BUSBAR_NAME", "", "name: is empty"),
    ])
    func `a wrong variable is named, whatever its kind`(
        _ variable: String, _ text: String, _ problem: String
    ) {
        let error = #expect(throws: ConfigurationError.self) {
            try read(environment: [variable: text])
        }
        #expect(error?.description.hasPrefix("\(variable): \(problem)") == true)
    }

    @Test func `variables stand above the file and flags above both`() throws {
        let environment = [
            "BUSBAR_NAME": "h99", "BUSBAR_P2P_LINKS": "7", "BUSBAR_P2P_PEERS": "a:1,b:2",
            "BUSBAR_HOUSEHOLD_TRADER_ENABLED": "false", "BUSBAR_API_CERTIFICATE": "c",
            "BUSBAR_API_KEY": "k",
        ]
        let node = try read(flags: ["name": "h77"], environment: environment)
        #expect(node.name == "h77")
        #expect(node.p2p.links == 7)
        #expect(node.p2p.peers.map(\.description) == ["a:1", "b:2"])
        #expect(node.household?.limits.isEnabled == false)
        #expect(node.api?.listen.port == 8_443)
    }

    @Test(arguments: [
        ("name = \"h01\"", "nmae = \"h01\"", "name: is missing"),
        (
            "[rpc]", "[rpc]\nlisten = \"0.0.0.0:8545\"",
            "rpc.listen: 0.0.0.0:8545 would send plain http over the network; use 127.0.0.1"
        ),
        ("[rpc]", "[rcp]", "rcp: unknown key"),
        (
            "[account]", "[acount]",
            "account: is missing: a node of role household needs this table"
        ),
        (
            "\"0.09\"", "\"0.3\"",
            "household.trader.lowest_sale_price: is more than highest_sale_price"
        ),
        ("name = \"h01\"", "name = \"h 01\"", "name: may have no spaces, slashes or accents"),
        (
            "peers = [\"127.0.0.1:30303\", \"[::1]:30304\"]", "peers = 3",
            "p2p.peers: expected a list, found a whole number"
        ),
        (
            "peers = [\"127.0.0.1:30303\", \"[::1]:30304\"]", "peers = []",
            "p2p.peers: is empty, and without p2p.listen nobody can dial in"
        ),
        ("source =", "colour = 1\nsource =", "meter.colour: unknown key"),
        ("\"profile\"", "\"solar\"", "meter.source: is \"solar\", but must be profile or manual"),
        (
            "\"household\"\n", "\"observer\"\n",
            "meter: belongs to a node of role household, not observer"
        ),
        (
            "\"household\"\n", "\"baker\"\n",
            "role: is \"baker\", but must be one of validator, aggregator, household, exchange, observer"
        ),
        (
            "[household]\n", "[household]\naggregator = 3\n[other]\n",
            "household.aggregator: expected a text, found a whole number"
        ),
        (
            "0x00000000000000000000000000000000000000aa", "0xaa",
            "household.aggregator: \"0xaa\" is not an address (0x and 40 hexadecimal digits)"
        ),
        (
            "\"0.09\"", "0.09",
            "household.trader.lowest_sale_price: expected an amount as a text, as in \"0.12\""
        ),
        (
            "\"0.09\"", "\"0.0900001\"",
            "household.trader.lowest_sale_price: \"0.0900001\" is not an amount of tokens (\"0.12\", at most 6 decimals)"
        ),
        ("[p2p]", "[p2p]\nlinks = 0", "p2p.links: is 0, but must be from 1 to 64"),
        ("127.0.0.1:30303", "127.0.0.1", "p2p.peers: \"127.0.0.1\" is not host:port"),
    ])
    func `each mistake is one line that names the key`(
        _ part: String, _ other: String, _ message: String
    ) throws {
        let text = Self.household.replacing(part, with: other)
        #expect(text != Self.household)
        let error = #expect(throws: ConfigurationError.self) { try read(text) }
        #expect(error?.description == "/community/h01/node.toml: " + message)
    }

    @Test func `a mistake in a variable or a flag names it`() throws {
        let variable = #expect(throws: ConfigurationError.self) {
            try read(environment: ["BUSBAR_P2P_LINKS": "many"])
        }
        #expect(variable?.description == "BUSBAR_P2P_LINKS: p2p.links: \"many\" cannot be read")
        let flag = #expect(throws: ConfigurationError.self) { try read(flags: ["p2p.lnks": "3"]) }
        #expect(flag?.description == "--set: p2p.lnks: unknown key")
    }

    @Test func `a text that is not TOML is refused with its place`() throws {
        let error = #expect(throws: ConfigurationError.self) { try read("name = \"h01\"\nrole =") }
        #expect(error?.description.hasPrefix("/community/h01/node.toml:2:") == true)
    }

    @Test func `a missing file is named`() {
        let error = #expect(throws: ConfigurationError.self) {
            try NodeConfiguration(file: "/nowhere/node.toml")
        }
        #expect(error?.description == "/nowhere/node.toml: there is no such file")
    }
}
