import NIOCore
import Testing

@testable import Transport

@Suite struct FloodTests {
    private static let preface = bytes("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n")

    private static func frame(_ type: UInt8, _ payload: [UInt8], stream: UInt8 = 0) -> [UInt8] {
        [0, 0, UInt8(payload.count), type, 0, 0, 0, 0, stream] + payload
    }

    /// Speaks raw HTTP/2 to a server and expects it to end the connection as a violation.
    private func expectEnd(
        of frames: [UInt8], limits: Limits = Limits(), violations: UInt64 = 1
    ) async throws {
        let neighbours = try Neighbours()
        let log = LogLines()
        try await withServer(try neighbours.server(), limits: limits, logger: log.logger) {
            server in
            let tls = try TLSContext(client: try neighbours.client(), clock: systemWallClock)
            let client = try await RawClient.connect(server.boundPort, tls: tls)
            client.send(frames)
            try await eventually("the connection ends") { client.isClosed }
            try await eventually("counted") { server.counters.violations == violations }
            #expect(log.all.count { $0.hasPrefix("warning connection ended") } == violations)
        }
    }

    @Test func `bytes that are no HTTP2 end the connection`() async throws {
        try await expectEnd(of: bytes("GET / HTTP/1.1\r\nhost: a\r\n\r\n"))
    }

    @Test func `a flood of SETTINGS ends the connection`() async throws {
        let settings = [[UInt8]](repeating: Self.frame(4, []), count: 50).flatMap { $0 }
        try await expectEnd(of: Self.preface + settings)
    }

    @Test func `a flood of PING ends the connection`() async throws {
        let ping = Self.frame(6, [UInt8](repeating: 0, count: 8))
        try await expectEnd(
            of: Self.preface + Self.frame(4, [])
                + [[UInt8]](repeating: ping, count: 100).flatMap { $0 })
    }

    @Test func `a frame on a stream that cannot be ends the connection`() async throws {
        // DATA on an idle stream.
        try await expectEnd(
            of: Self.preface + Self.frame(4, []) + Self.frame(0, [1, 2, 3], stream: 7))
    }

    @Test func `a client that never sends its SETTINGS is cut off`() async throws {
        let neighbours = try Neighbours()
        var limits = Limits()
        limits.headerTimeout = .milliseconds(100)
        try await withServer(try neighbours.server(), limits: limits) { server in
            let tls = try TLSContext(client: try neighbours.client(), clock: systemWallClock)
            let client = try await RawClient.connect(server.boundPort, tls: tls)
            client.send(Array(Self.preface.prefix(10)))
            try await eventually("the connection ends") { client.isClosed }
            #expect(server.counters.timeouts[.header] == 1)
        }
    }

    @Test func `rapid resets end the connection`() async throws {
        let answer: Answer = { _, response in
            try await response.send(status: 200)
            try await Task.sleep(for: .seconds(3600))
        }
        try await withLink(answer: answer) { client, server in
            let resetting = Task {
                while !Task.isCancelled {
                    let stream = try await client.openStream(path: "/")
                    _ = try await stream.response()
                    stream.reset()
                }
            }
            _ = await client.closed()
            resetting.cancel()
            await #expect(throws: (any Error).self) { try await resetting.value }
            #expect(server.counters.violations == 1)
            #expect(server.counters.requests < 1000)
        }
    }

    @Test func `a client that takes no bytes loses its stream`() async throws {
        var limits = Limits()
        limits.stallTimeout = .milliseconds(200)
        let answer: Answer = { _, response in
            try await response.send(status: 200)
            while true { try await response.write([UInt8](repeating: 0, count: 10_000)) }
        }
        try await withLink(limits: limits, answer: answer) { client, server in
            let stream = try await client.openStream(path: "/")
            _ = try await stream.response()
            try await eventually("the server gives up") {
                server.counters.timeouts[.stall] == 1
            }
            await #expect(throws: TransportError.streamReset(HTTP2ErrorCode.cancel)) {
                try await stream.body.collect(upTo: .max, within: nil)
            }
        }
    }
}
