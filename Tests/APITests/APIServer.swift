import NIOPosix
import Protocol
import TestKit
import Transport

@testable import API

/// The API over a fake node, on a port of loopback.
struct APIServer {
    let node: FakeNode
    let client: PlainClient
    let metrics: PrometheusFactory

    /// Runs `body` against a server with every surface.
    static func run(
        requestsPerSecond: Int = 10_000,
        clock: @escaping @Sendable () -> ContinuousClock.Instant = { .now },
        _ body: (APIServer) async throws -> Void
    ) async throws {
        let node = try FakeNode()
        let metrics = PrometheusFactory()
        let parts = APIParts(
            identity: node.identity, store: node.store, latest: node.latest, submission: node,
            feed: node.feed, metrics: metrics,
            figures: {
                [
                    Sample(.peers, 3), Sample(.trades, 2.5, ["state": "a\"b"]),
                    Sample(.trades, 1, ["state": "a"]),
                ]
            }, meter: node, trace: { node.trace(of: $0) },
            now: { node.contents.withLock { $0.now } })
        let handler = APIHandler(
            APIConfiguration(
                listener: "test", surfaces: [.rest, .rpc, .metrics], hosts: ["node.example"],
                requestsPerSecond: requestsPerSecond), parts, log: .none, clock: clock)
        // The client of these tests opens a connection a request.
        var limits = TransportLimits()
        limits.acceptsPerSecond = 100_000
        let server = try await Server.start(
            ServerConfiguration(security: .none, limits: limits), handler: handler,
            eventLoopGroup: MultiThreadedEventLoopGroup.singleton, log: .none)
        let running = APIServer(
            node: node, client: PlainClient(port: server.boundPort), metrics: metrics)
        do {
            try await body(running)
        } catch {
            await server.shutdown(grace: .zero)
            throw error
        }
        await server.shutdown(grace: .zero)
        try node.store.close()
    }

    /// The result of a JSON-RPC call, or its error.
    func rpc(_ method: String, _ parameters: JSON...) async throws -> JSON {
        let request: JSON = [
            "jsonrpc": "2.0", "id": 1, "method": .string(method), "params": .array(parameters),
        ]
        let text = String(decoding: request.encoded, as: UTF8.self)
        let answer = try await client.post("/", text).json
        if let error = answer["error"] { return error }
        guard case .object(let members) = answer,
            let result = members.first(where: { $0.name == "result" })
        else { throw BadFixture() }
        return result.value
    }

    /// The text of a transaction's bytes.
    func raw(_ transaction: SignedTransaction) -> JSON {
        .string("0x" + Hexadecimal.encode(transaction.encoded))
    }
}
