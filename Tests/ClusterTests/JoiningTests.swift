import API
import Client
import Keys
import Protocol
import Foundation
import TestKit
import Testing

/// A household that runs its own node by hand and joins a network that runs.
@Suite(.serialized) struct JoiningTests {
    @Test func `a household made by hand is let in once registered, catches up and sells`()
        async throws
    {
        try await RunningTestnet.with([], manifest: RunningTestnet.quietManifest) { testnet in
            let peer = try testnet.node("aggregator").p2p
            let genesis = testnet.directory + "/genesis.json"
            try await LoneNode.with(genesis: genesis, peer: peer) { node in
                try await node.whileRunning { _ in
                    try await isRefused(node, by: testnet)
                    try await isLetIn(node, by: testnet)
                    try await buysTokens(node, in: testnet)
                    try await sells(node, in: testnet)
                }
            }
        }
    }

    private func isRefused(_ node: LoneNode, by testnet: RunningTestnet) async throws {
        let log = try testnet.node("aggregator").log
        let isRefused = try await eventually(within: .seconds(30)) {
            try String(contentsOfFile: log, encoding: .utf8).split(separator: "\n").contains {
                $0.contains("no member of this community has this certificate")
                    && $0.contains("h99")
            }
        }
        #expect(isRefused)
        #expect(try await height(of: node) == 0)
    }

    private func isLetIn(_ node: LoneNode, by testnet: RunningTestnet) async throws {
        let registered = try await testnet.busbar(node.registration)
        try #require(registered.exitCode == 0, "\(registered.text)")
        let again = try await testnet.busbar(node.registration)
        #expect(again.exitCode == 2)
        #expect(again.errors.contains("already a member"), "\(again.errors)")
        let target = try await testnet.height("aggregator")
        let catchesUp = try await eventually(within: .seconds(60)) {
            try await height(of: node) >= target
        }
        #expect(catchesUp)
    }

    private func buysTokens(_ node: LoneNode, in testnet: RunningTestnet) async throws {
        func token(_ arguments: [String]) async throws -> Command {
            try await testnet.busbar(["token"] + arguments + signed(by: node))
        }
        let bought = try await token(["buy", "5", "--reference", "bank 17"])
        #expect(bought.exitCode == 0, "\(bought.text)")
        #expect(bought.output.contains("purchase 1: bought 5.00 tokens"), "\(bought.text)")
        let waiting = try await token(["buy", "1000", "--wait", "1"])
        #expect(waiting.exitCode == 4, "\(waiting.text)")
        let listed = try await testnet.busbar(["token", "purchases", "--json"])
        #expect(listed.output.contains("\"1000000000\""), "\(listed.text)")
        let flag = try #require(node.registration.firstIndex(of: "--account"))
        let account = node.registration[flag + 1]
        let declined = try await testnet.busbar([
            "token", "decline", "--as", "aggregator", account, "--reason", "not paid",
        ])
        #expect(declined.exitCode == 0, "\(declined.text)")
        let sold = try await testnet.busbar(["token", "sell", "--as", "aggregator", account])
        #expect(sold.exitCode == 2, "\(sold.text)")
        #expect(sold.errors.contains("has no open purchase"), "\(sold.text)")
    }

    private func sells(_ node: LoneNode, in testnet: RunningTestnet) async throws {
        let power: JSON = ["powerWatts": -9_000]
        let token = try AppToken.read(in: node.directory + "/data")
        let set = try await BlockingCall.run { [http = try node.http()] in
            #expect(try http.post("/api/v1/meter", json: power.encoded).status == 401)
            return try http.send(
                "POST", "/api/v1/meter",
                headers: [
                    "content-type": "application/json",
                    "authorization": "Bearer \(Hexadecimal.encode(token))",
                ], body: power.encoded)
        }
        try #require(set.status == 204, "\(set.text)")
        let offer = try await trade(
            ["offer", "--energy", "5", "--price", "0.001", "--json"] + signed(by: node))
        let id = try #require(offer["id"]?.integer)
        let picked = try await testnet.busbar(["trade", "pick", "--as", "h05", "\(id)"])
        try #require(picked.exitCode == 0, "\(picked.text)")
        let isSettled = try await eventually(within: .seconds(60)) {
            let shown = try await trade(["show", "\(id)", "--json"] + asked(node))
            return shown["state"]?.verbatim == "settled"
        }
        #expect(isSettled)
        let shown = try await trade(["show", "\(id)", "--json"] + asked(node))
        let steps = try #require(shown["steps"]?.elements)
        #expect(
            steps.compactMap { $0["name"]?.verbatim }
                == ["offered", "picked", "paid", "delivered", "settled"])
    }

    private func asked(_ node: LoneNode) -> [String] {
        ["--api", node.api, "--api-certificate", node.path("tls/api.pem")]
    }

    private func signed(by node: LoneNode) -> [String] {
        [
            "--api", node.api, "--keystore", node.path("keys/account.json"),
            "--password-file", node.path("keys/account.password"),
        ]
    }

    private func trade(_ arguments: [String]) async throws -> JSON {
        let command = try await RunningTestnet.busbar(["trade"] + arguments)
        try #require(command.exitCode == 0, "\(command.text)")
        return try JSON(decoding: Array(command.output.utf8))
    }

    private func height(of node: LoneNode) async throws -> UInt64 {
        let client = NodeClient(try node.http(), name: "h99")
        return try await BlockingCall.run { try client.height() }
    }
}
