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
            try await LoneNode.with(genesis: genesis, peer: peer) { node in
                try await joins(node, testnet)
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

    /// Another one is registered by a code, with no line copied by hand.
    private func joins(_ node: LoneNode, _ testnet: RunningTestnet) async throws {
        let office = try testnet.node("aggregator")
        let token = try AppToken.read(in: office.data)
        let made = try await BlockingCall.run { [http = try office.http()] in
            try http.send(
                "POST", "/api/v1/aggregator/invitations",
                headers: [
                    "content-type": "application/json",
                    "authorization": "Bearer \(Hexadecimal.encode(token))",
                ],
                body: JSON.object([
                    .init("name", "No. 98"), .init("role", "consumer"),
                    .init("ratedPowerWatts", 11_000),
                ]).encoded
            ).json
        }
        let (code, at) = (made["code"]?.verbatim ?? "", made["at"]?.verbatim ?? "")
        #expect(at == office.api)
        func join(_ code: String, _ fingerprint: String?) async throws -> Command {
            try await RunningTestnet.busbar([
                "member", "join", "--config", node.path("node.toml"), "--code", code, "--at", at,
                "--fingerprint", fingerprint ?? "",
            ])
        }
        let fingerprint = made["fingerprint"]?.verbatim
        let wrong = try await join("ABCD-EFGH-JKMN", fingerprint)
        #expect(wrong.exitCode == 2 && wrong.errors.contains("no invitation has this code"))
        let other = try await join(code, "0x" + String(repeating: "5c", count: 32))
        #expect(other.exitCode == 3 && other.errors.contains("nothing was sent"), "\(other.text)")
        let joined = try await join(code.lowercased(), fingerprint)
        #expect(joined.exitCode == 0, "\(joined.text)")
        #expect(joined.output.contains("as consumer, 11000 W"), "\(joined.text)")
        let again = try await join(code, fingerprint)
        #expect(again.exitCode == 0, "\(again.text)")
        let flag = try #require(node.registration.firstIndex(of: "--account"))
        let shown = try await testnet.busbar(
            ["member", "show", "--as", "aggregator", node.registration[flag + 1]])
        #expect(shown.output.contains("rated power  11000 W"), "\(shown.text)")
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
