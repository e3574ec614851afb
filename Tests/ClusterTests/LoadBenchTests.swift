import API
import Foundation
import TestKit
import Testing

/// Loads on a small testnet: each kind and each pace, and that all of it becomes final.
@Suite(
    .serialized,
    SharedTestnet(manifest: RunningTestnet.checkout + "/cluster/manifests/bench-load.toml"))
struct LoadBenchTests {
    private func bench(_ arguments: [String]) async throws -> JSON {
        let testnet = try SharedTestnet.testnet
        let bench = try await Command.run(
            RunningTestnet.testnetProgram,
            ["bench"] + arguments + ["--json", "--dir", testnet.directory])
        try #require(bench.exitCode == 0, "\(bench.errors)")
        return try JSON(decoding: Array(bench.output.utf8))
    }

    private func values(_ name: String, _ report: JSON) throws -> [Double] {
        let figures = try #require(report["figures"]?.elements)
        let found = try #require(figures.first { $0["name"]?.text?.verbatim == name }, "\(name)")
        return try #require(found["values"]?.elements).compactMap { value in
            if case .number(let text) = value { Double(text) } else { nil }
        }
    }

    @Test func `a closed loop of transfers is measured as often as it is wanted`() async throws {
        let report = try await bench([
            "load", "--count", "120", "--in-flight", "30", "--members", "3", "--batch", "5",
            "--warm", "20", "--repeat", "2", "--commit", "abc",
        ])
        #expect(report["commit"] == "abc" && report["repetitions"] == 2)
        #expect(report["nodes"]?["household"] == 1)
        let rates = try values("final transactions", report)
        #expect(rates.count == 2 && rates.allSatisfy { $0 > 0 })
        #expect(
            try values("processor a transaction, 4 validators together", report).allSatisfy {
                $0 > 0
            })
        for unit in ["transaction", "block"] {
            let messages = try values("on all links a \(unit), messages", report)
            let links = try values("on all links a \(unit), with TLS and HTTP/2", report)
            #expect(messages.count == 2 && zip(messages, links).allSatisfy { 100 < $0 && $0 < $1 })
        }
        #expect(try values("limit: decoded and recovered by a core", report).allSatisfy { $0 > 0 })
        let counts = try #require(report["histogram"]?.elements).compactMap {
            $0["count"]?.natural
        }
        #expect(counts.reduce(0, +) == 240)
    }

    @Test func `offers arrive at planned times, with the validators alone`() async throws {
        let report = try await bench([
            "load", "--kind", "offer", "--rate", "20", "--seconds", "3", "--members", "2",
            "--alone",
        ])
        #expect(report["nodes"] == ["validator": 4])
        #expect(try values("due until final, p50", report).allSatisfy { $0 > 0 })
        #expect(try values("refused and handed in again", report) == [0])
        // Whoever was stopped runs again.
        let status = try await SharedTestnet.testnet.status()
        let runs = try await eventually(within: .seconds(30)) {
            try await SharedTestnet.testnet.status().nodes.allSatisfy(\.alive)
        }
        #expect(runs && status.nodes.count == 7)
    }

    @Test func `a household takes the chain over from nothing, and has its files again`()
        async throws
    {
        let report = try await bench(["catch-up", "--repeat", "2"])
        #expect(report["node"] == "h01" && report["repetitions"] == 2)
        #expect(try #require(report["transactions"]?.natural) > 0)
        #expect(try values("taken over", report).count == 2)
        let processor = try values("processor a transaction, the start with it", report)
        #expect(processor.count == 2 && processor.allSatisfy { $0 > 0 })
        let runs = try await eventually(within: .seconds(30)) {
            try await SharedTestnet.testnet.status().nodes.allSatisfy(\.alive)
        }
        #expect(runs)
        let testnet = try SharedTestnet.testnet
        #expect(!FileManager.default.fileExists(atPath: testnet.directory + "/h01/data.aside"))
    }

    @Test func `whole trades are measured step by step`() async throws {
        let report = try await bench([
            "load", "--kind", "trade", "--count", "12", "--members", "6", "--alone",
        ])
        #expect(report["kind"] == "trade" && report["members"] == 6)
        #expect(try values("settled trades", report).allSatisfy { $0 > 0 })
        for step in ["addOffer", "pickOffer", "confirmP2L_Tx", "PoD", "confirmL2P_Tx", "all five"] {
            #expect(try values("\(step) until final, p95", report).allSatisfy { $0 > 0 }, "\(step)")
        }
        let counts = try #require(report["histogram"]?.elements).compactMap {
            $0["count"]?.natural
        }
        #expect(counts.reduce(0, +) == 60)
    }

    @Test func `idle nodes are looked at without a question`() async throws {
        let report = try await bench(["idle", "--seconds", "2"])
        let names = try #require(report["nodes"]?.elements).compactMap {
            $0["name"]?.text?.verbatim
        }
        for node in try #require(report["nodes"]?.elements) {
            for name in ["percentOfCore", "voluntarySwitches"] {
                guard case .number(let text) = node[name] else {
                    Issue.record("no \(name) in \(node)")
                    continue
                }
                #expect(try #require(Double(text)) > 0, "\(name) in \(node)")
            }
        }
        #expect(names == ["v1", "v2", "v3", "v4", "aggregator", "exchange", "h01", "4 validators"])
    }

    @Test func `parts are measured alone`() async throws {
        let place = try TemporaryDirectory()
        let bench = try await Command.run(
            RunningTestnet.testnetProgram,
            ["bench", "parts", "--json", "--repeat", "1", "--keys", "1000", "--dir", place.path])
        try #require(bench.exitCode == 0, "\(bench.errors)")
        let report = try JSON(decoding: Array(bench.output.utf8))
        for name in [
            "recover who signed", "decode a transfer (RLP)", "Keccak-256 of 200 bytes",
            "execute a call of addOffer, a block of 100",
            "state root of 10 changes among 1000 keys",
            "store a block of 100 transfers, the disk's syncs with it",
        ] {
            #expect(try values(name, report).allSatisfy { $0 > 0 }, "\(name)")
        }
    }
}
