import CoreMetrics
import Foundation
import Protocol
import Synchronization
import TestKit
import Testing

@testable import API

struct HTTPEdgeTests {
    @Test func `only hosts of this node are answered`() async throws {
        try await APIServer.run { server async throws in
            func status(_ host: String) async throws -> Int {
                try await server.client.get("/api/v1/status", headers: ["host": host]).status
            }
            #expect(try await status("localhost:\(server.client.port)") == 200)
            #expect(try await status("node.example") == 200)
            #expect(try await status("NODE.example:1") == 200)
            #expect(try await status("[::1]:8545") == 200)
            #expect(try await status("evil.example") == 403)
            #expect(try await status("localhost.evil.example") == 403)
            for host in [
                "127.0.0.1:x@evil.example", "127.0.0.1:80@evil.example", "localhost:80:80",
                "localhost:", "localhost:+80", "localhost:65536", "[::1]x", "[::1]:80/", "[::1",
                "localhost.", "@localhost",
            ] {
                #expect(try await status(host) == 403, "\(host)")
            }
        }
    }

    @Test func `pages of other sites may not call`() async throws {
        try await APIServer.run { server async throws in
            func answer(_ origin: String) async throws -> Answer {
                try await server.client.get("/api/v1/status", headers: ["origin": origin])
            }
            #expect(try await answer("https://evil.example").status == 403)
            #expect(try await answer("null").status == 403)
            let own = "http://127.0.0.1:\(server.client.port)"
            #expect(try await answer(own).status == 200)
            let both = try await server.client.exchange(
                "GET /api/v1/status HTTP/1.1\r\nhost: 127.0.0.1:\(server.client.port)\r\n"
                    + "origin: \(own)\r\norigin: https://evil.example\r\n"
                    + "connection: close\r\n\r\n")
            #expect(both.hasPrefix("HTTP/1.1 403 "))
        }
    }

    @Test func `what is refused to another site's page costs the owner nothing`() async throws {
        let start = ContinuousClock.now
        try await APIServer.run(requestsPerSecond: 2, clock: { start }) { server async throws in
            for _ in 0..<20 {
                let refused = try await server.client.get(
                    "/api/v1/status", headers: ["origin": "https://evil.example"])
                #expect(refused.status == 403)
            }
            #expect(try await server.client.get("/api/v1/status").status == 200)
        }
    }

    @Test func `nothing may be framed, guessed at or kept`() async throws {
        try await APIServer.run { server async throws in
            let headers = try await server.client.get("/api/v1/status").headers
            #expect(headers["content-security-policy"]?.contains("default-src 'none'") == true)
            #expect(headers["x-content-type-options"] == "nosniff")
            #expect(headers["cache-control"] == "no-store")
            #expect(headers["access-control-allow-origin"] == nil)
        }
    }

    @Test func `who asks too much waits`() async throws {
        let start = ContinuousClock.now
        let seconds = Mutex(0)
        let clock = { @Sendable in start + .seconds(seconds.withLock { $0 }) }
        try await APIServer.run(requestsPerSecond: 2, clock: clock) { server async throws in
            func statuses(of count: Int) async throws -> [Int] {
                var statuses: [Int] = []
                for _ in 0..<count {
                    let answer = try await server.client.get("/livez")
                    #expect(answer.headers["retry-after"] == (answer.status == 429 ? "1" : nil))
                    statuses.append(answer.status)
                }
                return statuses
            }
            #expect(try await statuses(of: 7) == [200, 200, 200, 200, 429, 429, 429])
            seconds.withLock { $0 = 1 }
            #expect(try await statuses(of: 3) == [200, 200, 429])
        }
    }

    @Test func `a body that is too large or too deep is refused`() async throws {
        try await APIServer.run { server async throws in
            let large = String(repeating: " ", count: 1024 * 1024 + 1)
            #expect(try await server.client.post("/", large).status == 413)
            let deep = String(repeating: "[", count: 50) + String(repeating: "]", count: 50)
            #expect(try await server.client.post("/", deep).json["error"]?["code"] == -32_700)
        }
    }

    @Test func `metrics are what Prometheus reads`() async throws {
        try await APIServer.run { server async throws in
            for _ in 0..<2 { _ = try await server.rpc("nothing") }
            Counter(label: "undescribed", factory: server.metrics).increment()
            let answer = try await server.client.get("/metrics")
            #expect(answer.headers["content-type"]?.hasPrefix("text/plain") == true)
            let expected = """
                # HELP busbar_market_trades Offers and trades by state.
                # TYPE busbar_market_trades gauge
                busbar_market_trades{state="a"} 1
                busbar_market_trades{state="a\\"b"} 2.5
                # HELP busbar_p2p_peers Linked nodes.
                # TYPE busbar_p2p_peers gauge
                busbar_p2p_peers 3
                # HELP busbar_rpc_errors_total JSON-RPC calls answered with an error.
                # TYPE busbar_rpc_errors_total counter
                busbar_rpc_errors_total{code="-32601"} 2

                """
            #expect(answer.body.hasSuffix(expected))
            let count = "busbar_http_request_duration_seconds_count{listener=\"test\"} 2\n"
            #expect(answer.body.contains(count))
            #expect(!answer.body.contains("undescribed"))
        }
    }

    @Test func `health says what is wrong`() async throws {
        try await APIServer.run { server async throws in
            #expect(try await server.client.get("/readyz").status == 200)
            func faults() async throws -> [JSON] {
                let answer = try await server.client.get("/readyz")
                let checks = try answer.json["checks"]?.elements ?? []
                let faults = checks.filter { $0["ok"] == false }
                #expect(answer.status == (faults.isEmpty ? 200 : 503))
                return faults.compactMap { $0["detail"] }
            }
            server.node.latest.update { $0.highestKnownHeight = 5 }
            #expect(try await faults() == [])
            server.node.latest.update { $0.highestKnownHeight = 6 }
            #expect(try await faults() == ["at block 0, 6 behind"])
            server.node.latest.update { $0.peers = [] }
            #expect(try await faults() == ["0 linked", "at block 0, 6 behind"])
            #expect(try await server.client.get("/livez").status == 200)
            server.node.latest.update { $0.isHalted = true }
            #expect(try await server.client.get("/livez").status == 503)
        }
    }

    @Test(.enabled(if: FileManager.default.isExecutableFile(atPath: "/usr/bin/curl")))
    func `curl speaks with it`() async throws {
        try await APIServer.run { server async throws in
            let base = "http://localhost:\(server.client.port)"
            let call = #"{"jsonrpc":"2.0","id":1,"method":"eth_chainId"}"#
            let answer = try await curl([
                "-s", "-H", "content-type: application/json", "-d", call, base + "/",
            ])
            #expect(answer == #"{"jsonrpc":"2.0","id":1,"result":"0x1267"}"#)
            let status = try await curl(["-s", base + "/api/v1/status"])
            #expect(status.contains(#""height":0"#))
        }
    }

    private func curl(_ arguments: [String]) async throws -> String {
        let process = Process()
        process.executableURL = URL(fileURLWithPath: "/usr/bin/curl")
        process.arguments = arguments
        let output = Pipe()
        process.standardOutput = output
        let handle = output.fileHandleForReading
        return try await withCheckedThrowingContinuation { continuation in
            process.terminationHandler = { _ in
                let data = handle.readDataToEndOfFile()
                continuation.resume(returning: String(decoding: data, as: UTF8.self))
            }
            do {
                try process.run()
            } catch {
                continuation.resume(throwing: error)
            }
        }
    }
}
