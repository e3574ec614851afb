import Foundation
import TestKit
import Testing

/// A small testnet whose ports are attacked all at once, in every way at a time, and that
/// goes on trading.
@Suite(.serialized) struct AttackTests {
    private static let manifest = """
        name = "Attacked testnet"
        validators = 4
        households = ["h01", "h05"]
        data = "\(RunningTestnet.checkout)/cluster/data"
        begins = "2021-06-15T09:00:00Z"
        speed = 60

        [aggregator]
        top_up_tokens = "20"
        top_up_below = "2"

        [exchange]
        initial_tokens = "100000"
        """

    @Test func `a testnet under attack on all its ports goes on`() async throws {
        try await RunningTestnet.with(text: Self.manifest) { testnet in
            #expect(try await testnet.settles(1, moreThan: 0, within: .seconds(120)))
            let victims = ["v1", "v2", "aggregator", "h01"]
            let before = try victims.map { try Resources(of: $0, in: testnet) }
            let attack = try PortAttack(on: victims.map { try testnet.node($0) })
            attack.begin()
            defer { attack.end() }
            try await expectsProgress(testnet)
            try await expectsCounts(testnet)
            for (victim, earlier) in zip(victims, before) {
                let now = try Resources(of: victim, in: testnet)
                #expect(now.descriptors < 700, "\(victim)")
                #expect(now.residentBytes - earlier.residentBytes < 150 << 20, "\(victim)")
            }
            #expect(attack.connections > 1_000)
            attack.end()
            // What the attackers held is let go of again.
            let isFree = try await eventually(within: .seconds(60), every: .seconds(1)) {
                try zip(victims, before).allSatisfy { victim, earlier in
                    try Resources(of: victim, in: testnet).descriptors <= earlier.descriptors + 20
                }
            }
            #expect(isFree)
            try await testnet.expectAgreement(of: testnet.names.count)
        }
    }

    /// Blocks become final everywhere, trades are settled, and honest clients are answered.
    private func expectsProgress(_ testnet: RunningTestnet) async throws {
        let settled = try await testnet.settledTrades()
        let heights = try await testnet.heights()
        let grows = try await eventually(within: .seconds(60), every: .seconds(1)) {
            try await testnet.heights().allSatisfy { name, height in
                height >= (heights[name] ?? .max) + 10
            }
        }
        #expect(grows)
        #expect(try await testnet.settles(2, moreThan: settled, within: .seconds(90)))
    }

    /// Each way of attacking stands in the metrics.
    private func expectsCounts(_ testnet: RunningTestnet) async throws {
        let expected = [
            ("p2p", "handshake_no_certificate"), ("p2p", "handshake_incompatible"),
            ("p2p", "handshake_refused"), ("rpc", "malformed_http1"), ("rpc", "header_flood"),
            ("api", "handshake_incompatible"),
        ]
        for (listener, reason) in expected {
            let name = "busbar_transport_refused_total"
            let labels = "{listener=\"\(listener)\",reason=\"\(reason)\"}"
            let isCounted = try await eventually(within: .seconds(30), every: .seconds(1)) {
                try await (testnet.metrics("v1")[name + labels] ?? 0) > 0
            }
            #expect(isCounted, "\(labels)")
        }
        let figures = try await testnet.metrics("v1")
        #expect(figures["busbar_http_answers_total{listener=\"rpc\",code=\"413\"}"] ?? 0 > 0)
        #expect(figures["busbar_rpc_errors_total{code=\"-32700\"}"] ?? 0 > 0)
        #expect(figures["busbar_rpc_errors_total{code=\"-32600\"}"] ?? 0 > 0)
        #expect(figures["busbar_p2p_refused_total{reason=\"stranger\"}"] ?? 0 > 0)
        #expect(figures["process_open_fds"] ?? 0 > 0)
    }
}

/// What a node's process has of the machine.
private struct Resources {
    let descriptors: Int
    let residentBytes: Int

    init(of name: String, in testnet: RunningTestnet) throws {
        let pid = try testnet.pid(name)
        descriptors = try FileManager.default.contentsOfDirectory(atPath: "/proc/\(pid)/fd").count
        let pages = try String(contentsOfFile: "/proc/\(pid)/statm", encoding: .utf8)
            .split(separator: " ").dropFirst().first.flatMap { Int($0) }
        residentBytes = try #require(pages) * 4_096
    }
}

extension RunningTestnet {
    /// Each live node's height.
    func heights() async throws -> [String: UInt64] {
        let nodes = try await status().nodes
        return Dictionary(uniqueKeysWithValues: nodes.map { ($0.name, $0.height ?? 0) })
    }
}
