import NIOCore
import TestKit
import Testing

@testable import Transport

@Suite struct FloodTests {
    private static let preface = rawPreface

    private static func frame(_ type: UInt8, _ payload: [UInt8], stream: UInt8 = 0) -> [UInt8] {
        rawFrame(type, payload, stream: UInt32(stream))
    }

    /// Speaks raw HTTP/2 to a server and expects it to end the connection as a violation.
    private func expectEnd(
        of frames: [UInt8], as breach: Breach = .malformedHTTP2,
        limits: TransportLimits = TransportLimits()
    ) async throws {
        let neighbours = try Neighbours()
        let log = LogLines()
        try await withServer(try neighbours.server(), limits: limits, logger: log.logger) {
            server in
            let tls = try TLSContext(client: try neighbours.client(), clock: systemWallClock)
            let client = try await RawClient.connect(server.boundPort, tls: tls)
            client.send(frames)
            try await eventually("the connection ends") { client.isClosed }
            try await eventually("counted") { server.counters.violations == 1 }
            #expect(server.counters.breaches == [breach: 1])
            #expect(log.all.count { $0.hasPrefix("warning connection ended") } == 1)
        }
    }

    @Test func `bytes that are no HTTP2 end the connection`() async throws {
        try await expectEnd(of: bytes("GET / HTTP/1.1\r\nhost: a\r\n\r\n"))
    }

    @Test func `a flood of SETTINGS ends the connection`() async throws {
        let settings = [[UInt8]](repeating: Self.frame(4, []), count: 50).flatMap { $0 }
        try await expectEnd(of: Self.preface + settings, as: .settingsFlood)
    }

    @Test func `a flood of PING ends the connection`() async throws {
        let ping = Self.frame(6, [UInt8](repeating: 0, count: 8))
        try await expectEnd(
            of: Self.preface + Self.frame(4, [])
                + [[UInt8]](repeating: ping, count: 100).flatMap { $0 }, as: .pingFlood)
    }

    @Test func `a frame on a stream that cannot be ends the connection`() async throws {
        // DATA on an idle stream.
        try await expectEnd(
            of: Self.preface + Self.frame(4, []) + Self.frame(0, [1, 2, 3], stream: 7))
    }

    @Test func `CONTINUATION without end ends the connection`() async throws {
        let begin = rawFrame(1, [0x82], flags: 0, stream: 1)
        let more = [[UInt8]](repeating: rawFrame(9, [], flags: 0, stream: 1), count: 200)
        var limits = TransportLimits()
        limits.continuationsPerSecond = 5
        try await expectEnd(
            of: Self.preface + Self.frame(4, []) + begin + more.flatMap { $0 },
            as: .continuationFlood, limits: limits)
    }

    @Test func `a header list without end ends the connection`() async throws {
        // A field of 4,000 bytes goes into the table and is then named by one byte each.
        let value = [UInt8](repeating: UInt8(ascii: "a"), count: 4_000)
        let field: [UInt8] = [0x40, 1, UInt8(ascii: "x"), 0x7f, 0xa1, 0x1e] + value
        let names = [UInt8](repeating: 0xbe, count: 1_000)
        try await expectEnd(
            of: Self.preface + Self.frame(4, [])
                + rawFrame(1, [0x82, 0x84, 0x86] + field + names, flags: 4, stream: 1),
            as: .headerFlood)
    }

    @Test func `windows that open by one byte at a time end the connection`() async throws {
        let updates = [[UInt8]](repeating: Self.frame(8, [0, 0, 0, 1]), count: 600)
        try await expectEnd(
            of: Self.preface + Self.frame(4, []) + updates.flatMap { $0 },
            as: .windowUpdateFlood)
    }

    @Test func `frames that carry nothing end the connection`() async throws {
        let priority = Self.frame(2, [0, 0, 0, 0, 1], stream: 3)
        let frames = [[UInt8]](repeating: priority, count: 600)
        try await expectEnd(
            of: Self.preface + Self.frame(4, []) + frames.flatMap { $0 }, as: .emptyFrameFlood)
    }

    @Test func `frames of unknown types end the connection`() async throws {
        let unknown = [[UInt8]](repeating: Self.frame(0x7f, []), count: 600)
        try await expectEnd(
            of: Self.preface + Self.frame(4, []) + unknown.flatMap { $0 }, as: .emptyFrameFlood)
    }

    @Test func `frames for a stream that has ended end the connection`() async throws {
        // nghttp2 passes over them.
        let frames = (0..<600).flatMap { _ in rawFrame(0, [], stream: 1) }
        try await expectEnd(
            of: Self.preface + Self.frame(4, []) + rawGet(stream: 1)
                + rawFrame(3, [0, 0, 0, 8], stream: 1) + frames, as: .emptyFrameFlood)
    }

    @Test func `many frames that carry little end the connection`() async throws {
        let begin = rawFrame(1, [0x83, 0x84, 0x87, 0x01, 1, 0x78], flags: 4, stream: 1)
        let small = (0..<1_200).flatMap { _ in rawFrame(0, [1], stream: 1) }
        var limits = TransportLimits()
        limits.piecesPerSecond = 1_000
        try await expectEnd(
            of: Self.preface + Self.frame(4, []) + begin + small, as: .frameFlood, limits: limits)
    }

    @Test func `large frames are as many as come`() async throws {
        var limits = TransportLimits()
        limits.piecesPerSecond = 20
        try await withLink(limits: limits) { client, server in
            let body = [UInt8](repeating: 7, count: 8 << 20)
            let answer = try await client.request(method: "POST", path: "/", body: body)
            #expect(answer.body == body)
            #expect(server.counters.violations == 0)
        }
    }

    @Test(arguments: [true, false])
    func `a flood of TLS key updates ends the connection`(hasHTTP2: Bool) async throws {
        let neighbours = try Neighbours()
        try await withServer(try neighbours.server()) { server in
            let tls = try TLSContext(client: try neighbours.client(), clock: systemWallClock)
            let client = try await RawClient.connect(server.boundPort, tls: tls)
            if hasHTTP2 { client.send(Self.preface + Self.frame(4, [])) }
            client.updateKeys(times: 10)
            try await eventually("ten are taken") { client.receivedCount > 0 }
            #expect(!client.isClosed)
            client.updateKeys(times: 5_000)
            try await eventually("the connection ends") { client.isClosed }
            try await eventually("counted") { server.counters.violations == 1 }
            #expect(server.counters.breaches == [.recordFlood: 1])
        }
    }

    @Test func `many small TLS records end the connection`() async throws {
        let neighbours = try Neighbours()
        var limits = TransportLimits()
        limits.piecesPerSecond = 200
        try await withServer(try neighbours.server(), limits: limits) { server in
            let tls = try TLSContext(client: try neighbours.client(), clock: systemWallClock)
            let client = try await RawClient.connect(server.boundPort, tls: tls)
            client.send(Self.preface + Self.frame(4, []))
            // The pieces of one long frame, each in a record of its own.
            client.send(Array(Self.frame(0x7f, [UInt8](repeating: 0, count: 500)).prefix(9)))
            for _ in 0..<500 { client.send([0]) }
            try await eventually("the connection ends") { client.isClosed }
            #expect(server.counters.breaches == [.recordFlood: 1])
        }
    }

    @Test func `answers that nobody takes do not pile up`() async throws {
        // Requests with an upper-case name, each of which calls for a reset.
        let malformed = (0..<100).flatMap { number in
            rawFrame(
                1, [0x82, 0x84, 0x86, 0x40, 1, UInt8(ascii: "X"), 0], flags: 5,
                stream: UInt32(2 * number + 1))
        }
        var limits = TransportLimits()
        limits.waitingFrames = 50
        try await expectEnd(
            of: Self.preface + Self.frame(4, []) + malformed, as: .unreadReplies, limits: limits)
    }

    @Test func `requests that call for resets count as resets`() async throws {
        let malformed = (0..<300).flatMap { number in
            rawFrame(
                1, [0x82, 0x84, 0x86, 0x40, 1, UInt8(ascii: "X"), 0], flags: 5,
                stream: UInt32(2 * number + 1))
        }
        try await expectEnd(
            of: Self.preface + Self.frame(4, []) + malformed, as: .resetFlood)
    }

    @Test func `a frame larger than allowed ends the connection`() async throws {
        let giant = rawFrame(0, [UInt8](repeating: 0, count: 20_000), stream: 1)
        try await expectEnd(of: Self.preface + Self.frame(4, []) + giant)
    }

    @Test func `a client that never sends its SETTINGS is cut off`() async throws {
        let neighbours = try Neighbours()
        var limits = TransportLimits()
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
        var limits = TransportLimits()
        limits.resetsPerSecond = 20
        try await withLink(limits: limits, answer: answer) { client, server in
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
            try await eventually("counted") { server.counters.violations == 1 }
            #expect(server.counters.breaches == [.resetFlood: 1])
            #expect(server.counters.requests < 2_000)
        }
    }

    @Test func `a client that takes no bytes loses its stream`() async throws {
        var limits = TransportLimits()
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
