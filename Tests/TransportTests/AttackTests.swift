import Foundation
import NIOCore
import TestKit
import Testing

@testable import Transport

/// Clients that mean harm: whatever they do, an honest one is answered, and what they cost has
/// bounds.
@Suite(.serialized) struct AttackTests {
    private func connect(_ server: Server, _ neighbours: Neighbours) async throws -> RawClient {
        let tls = try TLSContext(client: try neighbours.client(), clock: systemWallClock)
        return try await RawClient.connect(server.boundPort, tls: tls)
    }

    @Test func `connections that say nothing keep out nobody`() async throws {
        let neighbours = try Neighbours()
        let before = ProcessFigures.now()
        try await withServer(try neighbours.server()) { server in
            var silent: [RawClient] = []
            for number in 0..<600 {
                silent.append(
                    try await RawClient.connect(
                        server.boundPort, from: "127.0.0.\(2 + number % 4)"))
            }
            try await neighbours.expectService(of: server)
            #expect(server.counters.open <= 101)
            // On a slow machine some had their time before they had to give way.
            try await eventually("the oldest gave way") {
                let counters = server.counters
                return counters.crowded[.unknown, default: 0]
                    + counters.handshakeFailures[.timeout, default: 0] >= 600 - 100
            }
            #expect(server.counters.crowded[.unknown, default: 0] > 0)
            // Each of these has one descriptor here; the server's own are few.
            let now = ProcessFigures.now()
            #expect(now.descriptors - before.descriptors < 600 + 100 + 200)
            #expect(now.residentBytes - before.residentBytes < 100 << 20)
            for client in silent { client.close() }
        }
    }

    @Test func `half a ClientHello is cut off in time and counted`() async throws {
        let neighbours = try Neighbours()
        var limits = TransportLimits()
        limits.handshakeTimeout = .milliseconds(200)
        let session = try TLSSession(
            TLSContext(client: try neighbours.client(), clock: systemWallClock),
            host: "127.0.0.1")
        _ = try session.handshake(TransportLimits())
        var hello = ByteBuffer()
        session.drain(into: &hello)
        let half = Array(hello.readableBytesView.prefix(hello.readableBytes / 2))
        try await withServer(try neighbours.server(), limits: limits) { server in
            var clients: [RawClient] = []
            for _ in 0..<20 {
                let client = try await RawClient.connect(server.boundPort)
                client.send(half)
                clients.append(client)
            }
            try await eventually("all cut off") { clients.allSatisfy(\.isClosed) }
            #expect(server.counters.handshakeFailures == [.timeout: 20])
        }
    }

    @Test func `garbage after the handshake ends the connection and is counted`() async throws {
        let neighbours = try Neighbours()
        try await withServer(try neighbours.server()) { server in
            let client = try await connect(server, neighbours)
            client.send(rawPreface + rawFrame(4, []))
            client.sendBelowTLS(bytes("this is no TLS record at all"))
            try await eventually("closed") { client.isClosed }
            #expect(server.counters.breaches == [.malformedTLS: 1])
            try await neighbours.expectService(of: server)
        }
    }

    @Test func `thousands of connections leave descriptors for others`() async throws {
        let before = ProcessFigures.now()
        var limits = TransportLimits()
        limits.headerTimeout = .seconds(60)
        try await withServer(.none, limits: limits) { server in
            var clients: [RawClient] = []
            for number in 0..<3_000 {
                clients.append(
                    try await RawClient.connect(
                        server.boundPort, from: "127.0.\(1 + number / 250).\(1 + number % 250)"))
            }
            try await eventually("counted") {
                server.counters.accepted == 3_000
            }
            #expect(server.counters.open == limits.unknownConnections)
            #expect(server.counters.crowded == [.unknown: 2_900])
            try await eventually("the others are closed") {
                clients.count(where: \.isClosed) == 2_900
            }
            let now = ProcessFigures.now()
            #expect(now.descriptors - before.descriptors < 2 * 100 + 200)
            let honest = try await RawClient.connect(server.boundPort)
            honest.send("GET / HTTP/1.1\r\nhost: x\r\n\r\n")
            try await eventually("served") { honest.received.hasPrefix("HTTP/1.1 200") }
            for client in clients + [honest] { client.close() }
        }
    }

    @Test func `connections beyond the limit leave descriptors for others`() async throws {
        var limits = TransportLimits()
        limits.connections = 50
        let before = ProcessFigures.now()
        try await withServer(.none, limits: limits) { server in
            var clients: [RawClient] = []
            for number in 0..<1_000 {
                let client = try await RawClient.connect(
                    server.boundPort, from: "127.0.\(1 + number / 250).\(1 + number % 250)")
                client.send("GET / HTTP/1.1\r\nhost: x\r\n\r\n")
                clients.append(client)
                if number < 50 {
                    try await eventually("served") { client.received.hasPrefix("HTTP/1.1 200") }
                }
            }
            try await eventually("counted") {
                server.counters.crowded == [.connections: 950]
            }
            #expect(server.counters.open == 50)
            try await eventually("the others are closed") {
                clients.count(where: \.isClosed) == 950
            }
            #expect(ProcessFigures.now().descriptors - before.descriptors < 2 * 50 + 200)
            for client in clients { client.close() }
            try await eventually("all gone") { server.counters.open == 0 }
        }
    }

    @Test func `headers that handlers keep are counted`() async throws {
        let neighbours = try Neighbours()
        let answer: Answer = { request, _ in
            _ = try await request.body.collect(upTo: 1, within: .seconds(60))
        }
        try await withServer(try neighbours.server(), answer: answer) { server in
            let client = try await dial(server.boundPort, try neighbours.client())
            var streams: [ClientStream] = []
            for _ in 0..<20 {
                streams.append(
                    try await client.openStream(
                        path: "/", headers: [.xSum: String(repeating: "x", count: 10_000)]))
            }
            try await eventually("counted") { server.counters.held > 200_000 }
            client.close()
            streams = []
            try await eventually("let go of") { server.counters.held == 0 }
        }
    }

    @Test func `what waits behind a request is counted`() async throws {
        let answer: Answer = { request, response in
            try await Task.sleep(for: .seconds(60))
        }
        try await withServer(.none, answer: answer) { server in
            let client = try await RawClient.connect(server.boundPort)
            let next = String(repeating: "GET", count: 9_000)
            client.send("GET / HTTP/1.1\r\nhost: x\r\n\r\n" + next)
            try await eventually("counted") { server.counters.held > 27_000 }
            client.close()
            try await eventually("let go of") { server.counters.held == 0 }
        }
    }

    @Test func `bodies that nobody ends do not fill the memory`() async throws {
        let neighbours = try Neighbours()
        var limits = TransportLimits()
        limits.heldBytes = 8 << 20
        limits.connectionsPerCertificate = 100
        limits.bodyTimeout = .seconds(60)
        let answer: Answer = { request, response in
            try await response.respond(status: 200, body: try await request.collectBody())
        }
        let before = ProcessFigures.now()
        try await withServer(try neighbours.server(), limits: limits, answer: answer) { server in
            var clients: [ClientConnection] = []
            var streams: [ClientStream] = []
            var most = 0
            for _ in 0..<10 {
                let client = try await dial(server.boundPort, try neighbours.client())
                clients.append(client)
                for _ in 0..<8 {
                    guard let stream = try? await client.openStream(method: "POST", path: "/"),
                        (try? await stream.write([UInt8](repeating: 1, count: 900_000))) != nil
                    else { continue }
                    streams.append(stream)
                    most = max(most, server.counters.held)
                }
            }
            try await eventually("hoarders are ended") {
                most = max(most, server.counters.held)
                return server.counters.breaches[.hoarding, default: 0] >= 5
            }
            // The limit, and what came in one read of each connection before the end.
            #expect(most < (8 + 3) << 20)
            let grown = ProcessFigures.now().residentBytes - before.residentBytes
            #expect(grown < 200 << 20)
            try await neighbours.expectService(of: server)
            for client in clients { client.close() }
            try await eventually("all is let go of") { server.counters.held == 0 }
        }
    }

    @Test func `answers that nobody reads do not fill the memory`() async throws {
        let neighbours = try Neighbours()
        var limits = TransportLimits()
        limits.heldBytes = 8 << 20
        limits.connectionsPerCertificate = 100
        let answer: Answer = { request, response in
            guard request.path == "/" else {
                return try await response.respond(
                    status: 200, body: try await request.collectBody())
            }
            try await response.respond(status: 200, body: [UInt8](repeating: 1, count: 1 << 20))
        }
        try await withServer(try neighbours.server(), limits: limits, answer: answer) { server in
            var clients: [RawClient] = []
            // SETTINGS_INITIAL_WINDOW_SIZE 0: nothing may be sent.
            let settings = rawFrame(4, [0, 4, 0, 0, 0, 0])
            for _ in 0..<6 {
                let client = try await connect(server, neighbours)
                let requests = (0..<5).flatMap { rawGet(stream: 2 * $0 + 1) }
                client.send(rawPreface + settings + requests)
                clients.append(client)
            }
            try await eventually("hoarders are ended") {
                server.counters.breaches[.hoarding, default: 0] >= 3
            }
            #expect(server.counters.held <= 8 << 20)
            try await neighbours.expectService(of: server)
            for client in clients { client.close() }
            try await eventually("all is let go of") { server.counters.held == 0 }
        }
    }

    @Test func `a client that takes a byte now and then loses its stream`() async throws {
        let neighbours = try Neighbours()
        var limits = TransportLimits()
        limits.stallTimeout = .milliseconds(400)
        let answer: Answer = { _, response in
            try await response.respond(status: 200, body: [UInt8](repeating: 1, count: 100_000))
        }
        try await withServer(try neighbours.server(), limits: limits, answer: answer) { server in
            let client = try await connect(server, neighbours)
            client.send(rawPreface + rawFrame(4, [0, 4, 0, 0, 0, 0]) + rawGet(stream: 1))
            try await eventually("the server gives up") {
                client.send(rawFrame(8, [0, 0, 0, 1], stream: 1))
                return server.counters.timeouts[.stall] == 1
            }
            client.close()
        }
    }

    @Test func `a slow reader still gets the end of a long answer`() async throws {
        let size = 24 << 20
        let answer: Answer = { _, response in
            try await response.respond(status: 200, body: [UInt8](repeating: 1, count: size))
        }
        try await withServer(.none, answer: answer) { server in
            let client = try await RawClient.connect(server.boundPort)
            try await client.setReading(false)
            client.send("GET / HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n")
            // It reads in steps, each of which is longer than a closing connection is waited for.
            for _ in 0..<4 {
                try await Task.sleep(for: .milliseconds(1_200))
                let seen = client.receivedCount
                try await client.setReading(true)
                try await eventually("some") { client.receivedCount > seen || client.isClosed }
                try await client.setReading(false)
            }
            try await client.setReading(true)
            try await eventually("the end") { client.isClosed }
            #expect(client.receivedCount > size)
        }
    }

    @Test func `attackers do not fill the log`() async throws {
        let neighbours = try Neighbours()
        let log = LogLines()
        try await withServer(try neighbours.server(), logger: log.logger) { server in
            for _ in 0..<300 {
                let client = try await RawClient.connect(server.boundPort)
                client.send("GET / HTTP/1.1\r\n\r\n")
                client.close()
            }
            try await eventually("all counted") {
                server.counters.handshakeFailures.values.reduce(0, +)
                    + server.counters.crowded.values.reduce(0, +) >= 300
            }
            #expect(log.all.count <= 30)
            #expect(log.all.count >= 10)
        }
    }

    @Test func `every reason to refuse has a name of its own`() {
        let reasons = ServerCounters().refusals.map(\.reason)
        #expect(Set(reasons).count == reasons.count)
        #expect(reasons.allSatisfy { $0.allSatisfy { $0 == "_" || $0.isLetter || $0.isNumber } })
    }
}

/// What this process has of the machine.
struct ProcessFigures {
    var descriptors: Int
    var residentBytes: Int

    static func now() -> ProcessFigures {
        let descriptors = try? FileManager.default.contentsOfDirectory(atPath: "/proc/self/fd")
        let pages = (try? String(contentsOfFile: "/proc/self/statm", encoding: .utf8))?
            .split(separator: " ").dropFirst().first.flatMap { Int($0) }
        return ProcessFigures(
            descriptors: descriptors?.count ?? 0, residentBytes: (pages ?? 0) * 4_096)
    }
}
