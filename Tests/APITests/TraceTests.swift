import Ledger
import Protocol
import TestKit
import Testing

@testable import API

struct TraceTests {
    @Test func `a transaction's way is told, while it is remembered`() async throws {
        try await APIServer.run { server async throws in
            let offer = server.node.call(
                server.node.seller, NativeContract.market,
                MarketCall.addOffer(energy: 500, price: 120_000))
            let pending = try await server.node.submit(offer.encoded)
            let path = "/api/v1/transactions/\(pending)/trace"
            let waiting = try await server.client.get(path).json
            #expect(waiting["node"] == "h01")
            #expect(waiting["account"] == .string(server.node.seller.address.description))
            #expect(waiting["source"] == "client")
            #expect(waiting["block"] == nil && waiting["round"] == nil)
            #expect(waiting["stages"]?.elements?.count == 3)
            try await server.node.seal()
            let final = try await server.client.get(path).json
            #expect(final["source"] == nil)
            #expect(final["block"] == 4 && final["round"] == 2)
            #expect(final["stages"]?[7]?["stage"] == "told")
            #expect(final["stages"]?[7]?["microseconds"] == 1_750)
            #expect(final["stages"]?[7]?["time"] == "2026-05-28T20:26:40.002650Z")
            let unknown = try await server.client.get("/api/v1/transactions/\(Hash32.zero)/trace")
            #expect(unknown.status == 404)
            #expect(unknown.headers["content-type"] == "application/problem+json")
            #expect(try unknown.json["detail"]?.verbatim?.contains("last 8192 trans") == true)
            #expect(try await server.client.get("/api/v1/transactions/x/trace").status == 400)
        }
    }

    @Test func `a time to the microsecond is read as it is written`() {
        for time in [0, 1, 1_780_000_000_999_999, 1_780_000_001_000_000] as [UInt64] {
            #expect(RFC3339.microseconds(RFC3339.text(microseconds: time)) == time)
        }
        #expect(RFC3339.text(microseconds: 1_780_000_000_000_042) == "2026-05-28T20:26:40.000042Z")
        for text in [
            "2026-05-28T20:26:40Z", "2026-05-28T20:26:40.000Z", "2026-05-28T20:26:40.0000001Z",
            "2026-05-28T20:26:40.000042", "2026-05-28T20:26:40.-00042Z", ".000042Z", "",
            "2026-05-28T20:26:40.000042+", "x.000042Z",
        ] {
            #expect(RFC3339.microseconds(text) == nil, "\(text)")
        }
    }
}
