import API
import Client
import Ledger
import Protocol
import TestKit
import Testing

/// `busbar chain trace` on the nodes of a testnet.
@Suite(.serialized, SharedTestnet(manifest: RunningTestnet.quietManifest))
struct TraceTests {
    private let testnet: RunningTestnet

    init() throws {
        testnet = try SharedTestnet.testnet
    }

    /// The hash of a transaction that h01 handed in at its own node, once that has it in a block.
    private func offer() async throws -> String {
        let final = try await testnet.submit(
            MarketCall.addOffer(energy: 10, price: 1_000), to: NativeContract.market,
            by: testnet.key(of: "h01"), at: "h01")
        return final.hash.description
    }

    private func stages(of node: JSON?) -> [String] {
        (node?["stages"]?.elements ?? []).compactMap { $0["stage"]?.text?.verbatim }
    }

    @Test func `shows a transaction's way over all nodes`() async throws {
        let hash = try await offer()
        var told: JSON = .null
        try await eventually("every node has told of it") {
            let command = try await testnet.busbar(["chain", "trace", hash, "--json"])
            guard command.exitCode == 0 else { return false }
            told = try JSON(decoding: Array(command.output.utf8))
            let nodes = told["nodes"]?.elements ?? []
            return nodes.count == testnet.names.count
                && nodes.allSatisfy { stages(of: $0).last == "told" }
        }
        #expect(told["silent"]?.elements == [])
        let nodes = told["nodes"]?.elements ?? []
        #expect(nodes.compactMap { $0["node"]?.text?.verbatim } == testnet.names)
        #expect(nodes.count { $0["source"] == "client" } == 1)
        let validators = nodes.filter { $0["node"]?.text?.verbatim.hasPrefix("v") == true }
        #expect(validators.count == 4)
        // A quorum votes; the fourth may be given the block before it has.
        #expect(validators.count { stages(of: $0).contains("prepared") } >= 3)
        #expect(Set(nodes.compactMap { $0["block"]?.natural }).count == 1)
        let text = try await testnet.busbar(["chain", "trace", hash])
        #expect(text.exitCode == 0, "\(text.text)")
        let lines = text.output.split(separator: "\n")
        #expect(lines.first?.hasPrefix("transaction \(hash): block ") == true)
        #expect(lines.contains { $0.hasPrefix("STAGE") && $0.contains("h01") })
        for stage in TransactionTrace.Stage.allCases {
            #expect(lines.contains { $0.hasPrefix(stage.rawValue) }, "\(stage)")
        }
    }

    @Test func `asks the nodes that are named, and those whose API is`() async throws {
        let hash = try await offer()
        let h02 = try testnet.node("h02")
        let both = try await testnet.busbar([
            "chain", "trace", hash, "--json", "--node", "h01", "--api", h02.api,
            "--api-certificate", h02.apiCertificate,
        ])
        #expect(both.exitCode == 0, "\(both.text)")
        let nodes = try JSON(decoding: Array(both.output.utf8))["nodes"]?.elements ?? []
        #expect(nodes.first?["node"] == "h01")
        // The other one may not have heard of it yet; then it says so.
        #expect(nodes.count == 2 || both.output.contains("does not remember"))
        let alone = try await RunningTestnet.busbar([
            "chain", "trace", hash, "--json", "--dir", "/nonexistent", "--api",
            try testnet.node("h01").api, "--api-certificate",
            try testnet.node("h01").apiCertificate,
        ])
        #expect(alone.exitCode == 0, "\(alone.text)")
    }

    @Test func `says why there is nothing to show`() async throws {
        let unknown = try await testnet.busbar(["chain", "trace", "\(SHA256.hash([9]))"])
        #expect(unknown.exitCode == 2, "\(unknown.text)")
        let first = try #require(testnet.names.first)
        #expect(unknown.errors.contains("\(first): this node does not remember the way of"))
        #expect(unknown.errors.contains("\(testnet.names.count - 1) more told nothing either"))
        let nobody = try await testnet.busbar([
            "chain", "trace", "\(SHA256.hash([9]))", "--node", "h99",
        ])
        #expect(nobody.exitCode == 1)
        #expect(nobody.errors.contains("there is no node \"h99\""))
        #expect(
            try await testnet.busbar(["chain", "trace", "0x12"]).exitCode == 64)
    }
}
