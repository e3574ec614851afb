import NIOCore
import TestKit
import Testing

@testable import Transport

@Suite struct LifecycleTests {
    @Test func `a shutdown tells the clients and lets open streams end`() async throws {
        let neighbours = try Neighbours()
        let server = try await Server.start(
            ServerConfiguration(security: try neighbours.server()),
            handler: ClosureHandler(body: echo), eventLoopGroup: group, log: .none)
        let client = try await dial(server.boundPort, try neighbours.client())
        let stream = try await client.openStream(path: "/")
        _ = try await stream.response()
        let down = Task { await server.shutdown(grace: .seconds(20)) }
        try await eventually("the client has been told") { !client.isUsable }
        await #expect(throws: TransportError.goingAway) { try await client.openStream(path: "/") }
        try await stream.write(bytes("last words"))
        try await stream.finish()
        let rest = try await stream.body.collect(upTo: 100, within: nil)
        #expect(text(rest) == "last words")
        await down.value
        _ = await client.closed()
        #expect(server.counters.open == 0)
    }

    @Test func `a shutdown ends streams that outlast its grace`() async throws {
        let neighbours = try Neighbours()
        let server = try await Server.start(
            ServerConfiguration(security: try neighbours.server()),
            handler: ClosureHandler(body: echo), eventLoopGroup: group, log: .none)
        let client = try await dial(server.boundPort, try neighbours.client())
        let stream = try await client.openStream(path: "/")
        _ = try await stream.response()
        await server.shutdown(grace: .milliseconds(50))
        await #expect(throws: TransportError.self) {
            try await stream.body.collect(upTo: 100, within: nil)
        }
        _ = await client.closed()
    }

    @Test func `a peer that falls silent is noticed on both sides`() async throws {
        let neighbours = try Neighbours()
        var limits = TransportLimits()
        limits.pingInterval = .milliseconds(200)
        limits.deadAfter = .seconds(1)
        try await withServer(try neighbours.server(), limits: limits) { server in
            let relay = try await Relay.start(to: server.boundPort)
            defer { relay.stop() }
            let client = try await dial(relay.port, try neighbours.client(), limits: limits)
            let stream = try await client.openStream(path: "/")
            _ = try await stream.response()
            // Longer than a dead link is kept, but with a living peer.
            try await Task.sleep(for: .milliseconds(2500))
            #expect(client.isUsable)
            relay.isSilent.store(true, ordering: .releasing)
            #expect(await client.closed() == .timeout("no sign of life"))
            await #expect(throws: TransportError.timeout("no sign of life")) {
                try await stream.body.collect(upTo: 1, within: nil)
            }
            try await eventually("the server notices") { server.counters.timeouts[.dead] == 1 }
        }
    }

    @Test func `a client's close ends its streams on the server`() async throws {
        let (errors, continuation) = AsyncStream.makeStream(of: (any Error).self)
        let answer: Answer = { request, response in
            try await response.send(status: 200)
            do {
                for try await _ in request.body {}
            } catch {
                continuation.yield(error)
            }
        }
        try await withLink(answer: answer) { client, server in
            let stream = try await client.openStream(path: "/")
            _ = try await stream.response()
            client.close()
            var iterator = errors.makeAsyncIterator()
            #expect(await iterator.next() != nil)
            try await eventually("closed") { server.counters.open == 0 }
            #expect(server.counters.violations == 0)
            await #expect(throws: TransportError.connectionClosed("by this side")) {
                try await stream.body.collect(upTo: 1, within: nil)
            }
        }
    }

    @Test func `an accepting side can end a connection`() async throws {
        let answer: Answer = { request, response in
            try await response.send(status: 200)
            response.closeConnection(reason: "a duplicate")
        }
        try await withLink(answer: answer) { client, server in
            let stream = try await client.openStream(path: "/")
            _ = try? await stream.response()
            _ = await client.closed()
            try await eventually("closed") { server.counters.open == 0 }
        }
    }

    @Test func `an idle connection to a server is closed`() async throws {
        let neighbours = try Neighbours()
        var limits = TransportLimits()
        limits.idleTimeout = .milliseconds(100)
        try await withServer(try neighbours.server(), limits: limits) { server in
            let client = try await dial(server.boundPort, try neighbours.client())
            _ = await client.closed()
            #expect(server.counters.timeouts[.idle] == 1)
        }
    }

    @Test func `a request that never ends buys its connection no time`() async throws {
        let neighbours = try Neighbours()
        var limits = TransportLimits()
        limits.idleTimeout = .milliseconds(1_500)
        limits.bodyTimeout = .milliseconds(1_500)
        let collect: Answer = { request, _ in _ = try await request.collectBody() }
        try await withServer(try neighbours.server(), limits: limits, answer: collect) { server in
            let client = try await dial(server.boundPort, try neighbours.client())
            let start = ContinuousClock.now
            _ = try await client.openStream(path: "/")
            _ = await client.closed()
            #expect(start.duration(to: .now) < .milliseconds(2_700))
            #expect(server.counters.timeouts[.idle] == 1)
        }
    }

    @Test func `a long-lived stream is not idle`() async throws {
        let neighbours = try Neighbours()
        var limits = TransportLimits()
        limits.idleTimeout = .milliseconds(500)
        try await withServer(try neighbours.server(), limits: limits) { server in
            let stream = try await openInTime(server, try neighbours.client())
            try await Task.sleep(for: .milliseconds(1500))
            try await stream.write([1])
            try await stream.finish()
            #expect(try await stream.body.collect(upTo: 1, within: nil) == [1])
        }
    }

    /// Opens a stream before its connection counts as idle, however busy the machine is.
    private func openInTime(
        _ server: Server, _ security: ClientSecurity
    ) async throws -> ClientStream {
        while true {
            do {
                let client = try await dial(server.boundPort, security)
                let stream = try await client.openStream(path: "/")
                _ = try await stream.response()
                return stream
            } catch TransportError.goingAway, TransportError.connectionClosed {
                continue
            }
        }
    }

    @Test func `connections beyond the limits are turned away`() async throws {
        var limits = TransportLimits()
        limits.connectionsPerAddress = 2
        try await withServer(.none, limits: limits) { server in
            let one = try await RawClient.connect(server.boundPort)
            let two = try await RawClient.connect(server.boundPort)
            for client in [one, two] {
                client.send("GET / HTTP/1.1\r\nhost: x\r\n\r\n")
                try await eventually("served") { client.received.hasPrefix("HTTP/1.1 200") }
            }
            let three = try await RawClient.connect(server.boundPort)
            try await eventually("the third is closed") { three.isClosed }
            #expect(server.counters.turnedAway == 1)
            one.close()
            try await eventually("room again") { server.counters.open == 1 }
            let four = try await RawClient.connect(server.boundPort)
            four.send("GET / HTTP/1.1\r\nhost: x\r\n\r\n")
            try await eventually("served") { four.received.hasPrefix("HTTP/1.1 200") }
            two.close()
            four.close()
        }
    }

    @Test func `a port in use is named in the system's words alone`() async throws {
        try await withServer(.none) { server in
            await #expect(throws: TransportError.cannotListen("Address already in use")) {
                _ = try await Server.start(
                    ServerConfiguration(port: server.boundPort, security: .none),
                    handler: ClosureHandler(body: echo), eventLoopGroup: group, log: .none)
            }
        }
        #expect("\(TransportError.cannotListen("Address in use"))" == "Address in use")
    }

    @Test func `connecting gives up in time`() async throws {
        let neighbours = try Neighbours()
        // It accepts, and never speaks TLS.
        try await withServer(.none) { server in
            let relay = try await Relay.start(to: server.boundPort)
            defer { relay.stop() }
            relay.isSilent.store(true, ordering: .releasing)
            await #expect {
                _ = try await dial(
                    relay.port, try neighbours.client(), timeout: .milliseconds(200))
            } throws: {
                guard case TransportError.timeout = $0 else { return false }
                return true
            }
        }
    }

    @Test func `a stream opened while the connection closes fails and does not hang`()
        async throws
    {
        for _ in 0..<20 {
            try await withLink { client, _ in
                await withTaskGroup(of: Void.self) { tasks in
                    for number in 0..<20 {
                        tasks.addTask {
                            if number == 10 { client.close() }
                            // Either outcome is right; to wait for ever is not.
                            _ = try? await client.request(method: "GET", path: "/")
                        }
                    }
                }
            }
        }
    }
}
