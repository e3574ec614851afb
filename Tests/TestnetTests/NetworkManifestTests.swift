import Node
import Protocol
import Testing

@testable import Testnet

@Suite struct NetworkManifestTests {
    static let text = """
        name = "Short community"
        validators = 4
        households = ["h01", "h03"]
        data = "../data"
        begins = "2021-06-15T09:00:00Z"
        speed = 30
        [ledger]
        heartbeat_ms = 30000
        [trader]
        lot_wh = 100
        [aggregator]
        delivery_seconds = 120
        [[household]]
        name = "h03"
        enabled = false
        [[link]]
        to = "v2"
        delay_ms = 50
        loss = 0.01
        [[step]]
        after_seconds = 20
        action = "restart"
        nodes = ["v4"]
        [[step]]
        after_seconds = 5.5
        action = "kill"
        nodes = ["v4"]
        """

    @Test func `a manifest is read whole`() throws {
        let manifest = try NetworkManifest(toml: Self.text, file: "/m/short.toml")
        #expect(manifest.dataDirectory == "/m/../data")
        #expect(manifest.begins == MarketTime(seconds: 1_623_747_600))
        #expect(
            manifest.nodeNames == ["v1", "v2", "v3", "v4", "aggregator", "exchange", "h01", "h03"])
        #expect(manifest.ledger.heartbeat == 30_000)
        #expect(manifest.exceptions["h03"]?.isEnabled == false)
        #expect(manifest.exceptions["h03"]?.lot == WattHours(100))
        #expect(manifest.aggregator.settings.deliverySeconds == 120)
        #expect(
            manifest.links == [LinkFault(from: "*", to: "v2", delayMilliseconds: 50, loss: 0.01)])
        #expect(manifest.plan.map(\.action) == [.kill, .restart])
    }

    @Test(arguments: [
        ("\"v4\"", "\"v5\"", "step: there is no node \"v5\""),
        ("to = \"v2\"", "to = \"v9\"", "link: there is no node \"v9\""),
        ("name = \"h03\"", "name = \"h04\"", "household: \"h04\" is not among the households"),
        ("[\"h01\", \"h03\"]", "[\"h03\", \"h03\"]", "households: names one twice"),
        ("2021-06-15T09:00:00Z", "noon", "begins: \"noon\" is not a time as 2021-06-15T09:00:00Z"),
        ("delay_ms", "delay", "link[1].delay: unknown key"),
    ])
    func `a mistake is named`(_ part: String, _ other: String, _ message: String) throws {
        let text = Self.text.replacing(part, with: other)
        let error = #expect(throws: ConfigurationError.self) {
            try NetworkManifest(toml: text, file: "/m/short.toml")
        }
        #expect(error?.description == "/m/short.toml: " + message)
    }

    @Test(arguments: ["../secret", "/etc/passwd", "a/b", ".."])
    func `readings do not leave their directory`(name: String) {
        let text = "readings = \"\(name)\"\n" + Self.text
        let error = #expect(throws: ConfigurationError.self) {
            try NetworkManifest(toml: text, file: "/m/short.toml")
        }
        #expect(error?.key == "readings")
    }
}
