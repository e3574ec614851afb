import Foundation
import TestKit
import Testing

@testable import Transport

private func find(_ program: String) -> String? {
    ["/usr/bin/", "/usr/local/bin/", "/bin/"].map { $0 + program }
        .first { FileManager.default.isExecutableFile(atPath: $0) }
}

/// What other programs see.
@Suite struct CurlTests {
    /// Runs a program to its end and returns what it wrote, and its exit code.
    private func run(_ path: String, _ arguments: [String]) async throws -> (String, Int32) {
        let process = Process()
        process.executableURL = URL(fileURLWithPath: path)
        process.arguments = arguments
        let output = Pipe()
        process.standardOutput = output
        process.standardError = FileHandle.nullDevice
        process.standardInput = FileHandle.nullDevice
        let handle = output.fileHandleForReading
        return try await withCheckedThrowingContinuation { continuation in
            process.terminationHandler = { process in
                let data = handle.readDataToEndOfFile()
                continuation.resume(
                    returning: (String(decoding: data, as: UTF8.self), process.terminationStatus))
            }
            do {
                try process.run()
            } catch {
                continuation.resume(throwing: error)
            }
        }
    }

    private func withFile(
        _ content: [UInt8], _ body: (String) async throws -> Void
    ) async throws {
        try await withTemporaryDirectory { directory in
            let path = directory + "/file.pem"
            try Data(content).write(to: URL(fileURLWithPath: path))
            try await body(path)
        }
    }

    @Test(
        .enabled(if: find("curl") != nil),
        arguments: [("--http2", "2"), ("--http1.1", "1.1")])
    func `curl speaks either protocol over TLS`(option: String, version: String) async throws {
        let curl = try #require(find("curl"))
        let there = try CertificateMint.make("there", kind: .p256)
        try await withServer(.server(try there.identity())) { server in
            try await withFile(there.certificate) { ca in
                let (answer, code) = try await run(
                    curl,
                    [
                        "-s", option, "--cacert", ca, "--data-binary", "some words",
                        "-w", " %{http_version} %{http_code}",
                        "https://127.0.0.1:\(server.boundPort)/a",
                    ])
                #expect(code == 0)
                #expect(answer == "some words \(version) 200")
            }
        }
    }

    @Test(.enabled(if: find("curl") != nil))
    func `curl posts a large file to a plain server`() async throws {
        let curl = try #require(find("curl"))
        let content = [UInt8](repeating: UInt8(ascii: "z"), count: 2_000_000)
        let count: Answer = { request, response in
            let body = try await request.collectBody(upTo: 3_000_000)
            try await response.respond(status: 200, body: bytes("\(body.count)"))
        }
        try await withServer(.none, answer: count) { server in
            try await withFile(content) { file in
                let (answer, code) = try await run(
                    curl,
                    ["-s", "--data-binary", "@\(file)", "http://127.0.0.1:\(server.boundPort)/"])
                #expect(code == 0)
                #expect(answer == "2000000")
            }
        }
    }

    @Test(.enabled(if: find("curl") != nil))
    func `curl without a certificate gets nothing from a node`() async throws {
        let curl = try #require(find("curl"))
        let neighbours = try Neighbours()
        try await withServer(try neighbours.server()) { server in
            let (answer, code) = try await run(
                curl, ["-sk", "--http2", "https://127.0.0.1:\(server.boundPort)/"])
            #expect(code != 0)
            #expect(answer.isEmpty)
            #expect(server.counters.requests == 0)
            #expect(server.counters.handshakeFailures == [.noCertificate: 1])
        }
    }

    @Test(.enabled(if: find("openssl") != nil))
    func `older TLS gets nothing from a node`() async throws {
        let openssl = try #require(find("openssl"))
        let neighbours = try Neighbours()
        try await withServer(try neighbours.server()) { server in
            let (_, code) = try await run(
                openssl, ["s_client", "-tls1_2", "-connect", "127.0.0.1:\(server.boundPort)"])
            #expect(code != 0)
            #expect(server.counters.handshakeFailures == [.incompatible: 1])
        }
    }
}
