import NIOCore
import TestKit
import Testing

@testable import Transport

/// Clients that take all places: who gives way, and who does not.
@Suite(.serialized) struct CrowdingTests {
    @Test func `connections that come too fast are turned away before they cost anything`()
        async throws
    {
        let neighbours = try Neighbours()
        var limits = TransportLimits()
        limits.acceptsPerSecond = 10
        try await withServer(try neighbours.server(), limits: limits) { server in
            var clients: [RawClient] = []
            for _ in 0..<500 {
                clients.append(try await RawClient.connect(server.boundPort, from: "127.0.0.2"))
            }
            try await eventually("turned away") {
                server.counters.crowded[.rate, default: 0] >= 300
            }
            try await eventually("closed") { clients.count(where: \.isClosed) >= 300 }
            #expect(server.counters.accepted < 200)
            try await neighbours.expectService(of: server)
            for client in clients { client.close() }
        }
    }

    @Test func `room is made from the address that holds most`() async throws {
        var limits = TransportLimits()
        limits.headerTimeout = .seconds(60)
        limits.unknownConnections = 20
        try await withServer(.none, limits: limits) { server in
            // The honest one is the oldest of all.
            let honest = try await RawClient.connect(server.boundPort, from: "127.0.0.9")
            honest.send("GET / HTTP/1.1\r\n")
            var clients: [RawClient] = []
            for number in 0..<100 {
                clients.append(
                    try await RawClient.connect(
                        server.boundPort, from: "127.0.0.\(2 + number % 5)"))
            }
            try await eventually("others gave way") {
                server.counters.crowded == [.unknown: 81]
            }
            honest.send("host: x\r\n\r\n")
            try await eventually("served") { honest.received.hasPrefix("HTTP/1.1 200") }
            for client in clients + [honest] { client.close() }
        }
    }

    @Test func `whoever has sent a ClientHello outlives the silent`() async throws {
        let neighbours = try Neighbours()
        var limits = TransportLimits()
        limits.handshakeTimeout = .seconds(60)
        limits.unknownConnections = 10
        let session = try TLSSession(
            TLSContext(client: try neighbours.client(), clock: systemWallClock),
            host: "127.0.0.1")
        _ = try session.handshake(limits)
        var hello = ByteBuffer()
        session.drain(into: &hello)
        try await withServer(try neighbours.server(), limits: limits) { server in
            let greeter = try await RawClient.connect(server.boundPort)
            greeter.send(Array(hello.readableBytesView))
            try await eventually("answered") { greeter.receivedCount > 0 }
            var silent: [RawClient] = []
            for _ in 0..<50 { silent.append(try await RawClient.connect(server.boundPort)) }
            try await eventually("the silent gave way") {
                silent.count(where: \.isClosed) == 41
            }
            #expect(!greeter.isClosed)
            for client in silent + [greeter] { client.close() }
        }
    }

    @Test func `slow headers keep out nobody, not even from their own address`() async throws {
        var limits = TransportLimits()
        limits.headerTimeout = .seconds(60)
        try await withServer(.none, limits: limits) { server in
            var clients: [RawClient] = []
            for number in 0..<40 {
                let client = try await RawClient.connect(server.boundPort, from: "127.0.0.2")
                client.send("GET / HTTP/1.1\r\nx-\(number): ")
                clients.append(client)
            }
            try await eventually("the oldest gave way") {
                server.counters.crowded == [.unknown: 20]
            }
            let honest = try await RawClient.connect(server.boundPort, from: "127.0.0.2")
            honest.send("GET / HTTP/1.1\r\nhost: x\r\n\r\n")
            try await eventually("served") { honest.received.hasPrefix("HTTP/1.1 200") }
            for client in clients + [honest] { client.close() }
        }
    }

    @Test func `one certificate does not take all places`() async throws {
        let neighbours = try Neighbours()
        try await withServer(try neighbours.server()) { server in
            var clients: [ClientConnection] = []
            for _ in 0..<30 {
                clients.append(try await dial(server.boundPort, try neighbours.client()))
            }
            try await eventually("the oldest gave way") {
                server.counters.crowded[.certificate] == 22 && server.counters.open == 8
            }
            try await neighbours.expectService(of: server)
            for client in clients { client.close() }
        }
    }
}
