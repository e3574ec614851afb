import Logging
import NIOPosix
import Protocol
import TestKit
import Testing
import Transport

@testable import Peering

/// Members, and those who were members, that mean harm.
@Suite(.serialized) struct HostilePeerTests {
    let community = Community()

    /// Runs a node, with a member that speaks for itself as the test likes.
    func attack(
        greetingTimeout: Duration = .seconds(10), frameTimeout: Duration = .seconds(10),
        scheme: any SignatureScheme = Secp256k1(),
        _ body: (TestNode, ClientConnection) async throws -> Void
    ) async throws {
        let node = try await TestNode.start(
            number: 1, in: community, greetingTimeout: greetingTimeout,
            frameTimeout: frameTimeout, scheme: scheme)
        let member = try await TestNode.start(number: 2, in: community, listens: false)
        community.add(node)
        community.add(member)
        try await running([node]) {
            let connection = try await connect(member, to: node)
            try await body(node, connection)
            connection.close()
            try await eventually("all are gone") { node.network.acceptedCount == 0 }
            try await expectService(node)
        }
    }

    func connect(
        _ member: TestNode, to node: TestNode
    ) async throws -> ClientConnection {
        try await ClientConnection.connect(
            host: "127.0.0.1", port: node.port,
            security: .mutual(try member.identity(), { _ in .accept }),
            eventLoopGroup: MultiThreadedEventLoopGroup.singleton,
            log: LimitedLog(Logger(label: "test")),
            limits: TransportLimits(), timeout: .seconds(5))
    }

    /// An honest node links with `node` all the same.
    private func expectService(_ node: TestNode) async throws {
        let honest = try await TestNode.start(
            number: 3, in: community, listens: false, seeds: [node.endpoint])
        community.add(honest)
        try await running([honest]) {
            #expect(await honest.recorder.wait { $0.linked.contains(node.account) })
        }
    }

    func open(
        _ priority: WireMessage.Priority, on connection: ClientConnection
    ) async throws -> ClientStream {
        try await connection.openStream(
            method: "POST", path: LinkRequestHandler.path(of: priority))
    }

    func greeting(chainID: UInt64 = TestNode.chainID) -> Bytes {
        let hello = Hello(chainID: chainID, genesisHash: .zero, endpoint: "", agent: "test")
        return FrameReader.frame(WireMessage.link(.hello(hello)).encoded)
    }

    @Test func `a suspended member gets no connection, and that is counted`() async throws {
        let node = try await TestNode.start(number: 1, in: community)
        let member = try await TestNode.start(
            number: 2, in: community, listens: false, seeds: [node.endpoint])
        community.add(node)
        community.add(member)
        try await running([node, member]) {
            #expect(await node.recorder.wait { $0.linked.contains(member.account) })
            community.suspend(member)
            await node.network.dropStrangers { $0 != member.account }
            #expect(await node.recorder.wait { $0.linked.isEmpty })
            // Once for the link, then each time that it tries again.
            try await eventually("the refusal is counted") {
                (node.network.figures.refusals[.suspended] ?? 0) >= 3
            }
            #expect(node.recorder.current.connections == 1)
            #expect(node.network.figures.refusals[.stranger] == nil)
        }
    }

    @Test(arguments: [true, false])
    func `a suspended member gets no connection, whoever dials`(_ dials: Bool) async throws {
        let member = try await TestNode.start(number: 2, in: community, listens: !dials)
        let node = try await TestNode.start(
            number: 1, in: community, listens: dials, seeds: dials ? [] : [member.endpoint])
        community.add(node)
        community.suspend(member)
        try await running([node]) {
            if dials {
                await #expect(throws: TransportError.self) { try await connect(member, to: node) }
            }
            try await eventually("the refusal is counted") {
                (node.network.figures.refusals[.suspended] ?? 0) >= 1
            }
            #expect(node.recorder.current.connections == 0)
            #expect(node.network.figures.refusals[.stranger] == nil)
        }
        await member.network.stop()
    }

    @Test func `who is suspended after the handshake gets no stream`() async throws {
        let node = try await TestNode.start(number: 1, in: community)
        let member = try await TestNode.start(number: 2, in: community, listens: false)
        community.add(node)
        community.add(member)
        try await running([node]) {
            let connection = try await connect(member, to: node)
            community.suspend(member)
            let stream = try await open(.consensus, on: connection)
            #expect(try await stream.response().status == 403)
            #expect(node.network.acceptedCount == 0)
            connection.close()
        }
    }

    @Test func `who is suspended after the handshake is not linked by who dialled`() async throws {
        let member = try await TestNode.start(number: 2, in: community)
        let node = try await TestNode.start(
            number: 1, in: community, listens: false, seeds: [member.endpoint])
        community.add(node)
        community.add(member)
        community.suspendAfterNextLook(member)
        try await running([node, member]) {
            // The next time that it dials, the handshake fails.
            try await eventually("the refusal is counted") {
                (node.network.figures.refusals[.suspended] ?? 0) >= 1
            }
            #expect(node.recorder.current.connections == 0)
            #expect(member.recorder.current.connections == 0)
        }
    }

    /// Greetings that differ from this chain's in one thing.
    private static let foreign = [
        Hello(chainID: TestNode.chainID + 1, genesisHash: .zero, endpoint: "", agent: "test"),
        Hello(
            chainID: TestNode.chainID, genesisHash: Keccak256.hash([1]), endpoint: "",
            agent: "test"),
    ]

    @Test(arguments: foreign)
    func `an accepted link with another chain ends`(_ hello: Hello) async throws {
        try await attack { node, connection in
            let stream = try await open(.consensus, on: connection)
            try await stream.write(FrameReader.frame(WireMessage.link(.hello(hello)).encoded))
            try await eventually("the refusal is counted") {
                node.network.figures.refusals == [.otherChain: 1]
            }
            #expect(node.recorder.current.connections == 0)
            _ = await connection.closed()
        }
    }

    @Test(arguments: foreign)
    func `a dialled link with another chain ends`(_ hello: Hello) async throws {
        let member = try await TestNode.start(number: 2, in: community, listens: false)
        let server = try await Server.start(
            ServerConfiguration(
                host: "127.0.0.1", port: 0,
                security: .mutual(try member.identity(), { _ in .accept })),
            handler: Greeter(frame: FrameReader.frame(WireMessage.link(.hello(hello)).encoded)),
            eventLoopGroup: MultiThreadedEventLoopGroup.singleton,
            log: LimitedLog(Logger(label: "test")))
        let node = try await TestNode.start(
            number: 1, in: community, listens: false,
            seeds: [Endpoint(host: "127.0.0.1", port: server.boundPort)])
        community.add(member)
        try await running([node]) {
            try await eventually("the refusal is counted") {
                (node.network.figures.refusals[.otherChain] ?? 0) >= 1
            }
            #expect(node.recorder.current.connections == 0)
        }
        await server.shutdown(grace: .zero)
    }

    /// Greets whoever opens the stream for it, and listens.
    private struct Greeter: RequestHandler {
        let frame: Bytes

        func handle(_ request: Request, _ response: ResponseWriter) async throws {
            try await response.send(status: 200)
            if request.path.verbatim == LinkRequestHandler.path(of: .consensus) {
                try await response.write(frame)
            }
            for try await _ in request.body {}
        }
    }

    @Test func `texts in greetings and addresses bear every boundary`() async throws {
        let node = try await TestNode.start(number: 1, in: community)
        let member = try await TestNode.start(number: 2, in: community, listens: false)
        community.add(node)
        community.add(member)
        let texts = [
            "", ":", ":0", "a:", "a:65536", "a:-1", "[::]:1", "[[]]:1", "a:0.5", "\u{1b}[2J\n:1",
            String(repeating: "a", count: 256), "127.0.0.1:99999999999999999999",
        ]
        let usual = Hello(
            chainID: TestNode.chainID, genesisHash: .zero, endpoint: "", agent: "test")
        let changes: [(inout Hello) -> Void] =
            texts.flatMap { text -> [(inout Hello) -> Void] in
                [{ $0.endpoint = UntrustedText(text) }, { $0.agent = UntrustedText(text) }]
            }
        let addresses = LinkMessage.peers(
            texts.map { text in
                PeerEndpoint(certificateHash: member.certificate.fingerprint, endpoint: text)
            })
        try await running([node]) {
            for change in changes {
                var hello = usual
                change(&hello)
                let connection = try await connect(member, to: node)
                let stream = try await open(.consensus, on: connection)
                let frames = [LinkMessage.hello(hello), addresses]
                    .map { FrameReader.frame(WireMessage.link($0).encoded) }
                let other = try await open(.sync, on: connection)
                try? await stream.write(frames[0])
                try? await other.write(frames[1])
                #expect(await node.recorder.wait { $0.linked.contains(member.account) })
                connection.close()
                #expect(await node.recorder.wait { !$0.linked.contains(member.account) })
            }
            try await expectService(node)
        }
        var count = BoundaryCount()
        (count.parameters, count.values, count.tried) = (5, texts.count, changes.count)
        count.report("greetings and addresses of peers")
    }

    @Test func `a link without a hello is ended and forgotten`() async throws {
        try await attack(greetingTimeout: .milliseconds(200)) { node, connection in
            let streams = [
                try await open(.sync, on: connection),
                try await open(.transactions, on: connection),
            ]
            try await eventually("the refusal is counted") {
                node.network.figures.refusals[.noGreeting] == 1
            }
            _ = await connection.closed()
            withExtendedLifetime(streams) {}
        }
    }

    @Test func `who leaves without a hello leaves nothing behind`() async throws {
        try await attack(greetingTimeout: .milliseconds(500)) { node, connection in
            let stream = try await open(.sync, on: connection)
            #expect(try await stream.response().status == 200)
            #expect(node.network.acceptedCount == 1)
        }
    }

    @Test func `a stream that is open already is not opened again`() async throws {
        try await attack(greetingTimeout: .seconds(120)) { node, connection in
            let first = try await open(.consensus, on: connection)
            #expect(try await first.response().status == 200)
            for _ in 0..<20 {
                let again = try await open(.consensus, on: connection)
                #expect(try await again.response().status == 409)
            }
            #expect(node.network.figures.refusals[.misplaced] == 20)
            try await first.write(greeting())
            #expect(await node.recorder.wait { $0.linked.count == 1 })
        }
    }

    @Test func `who broke the protocol waits before it is linked with again`() async throws {
        let node = try await TestNode.start(number: 1, in: community)
        let member = try await TestNode.start(number: 2, in: community, listens: false)
        community.add(node)
        community.add(member)
        try await running([node]) {
            let connection = try await connect(member, to: node)
            let stream = try await open(.consensus, on: connection)
            try await stream.write(greeting() + greeting())
            try await eventually("the fault is counted") {
                node.network.figures.refusals[.misplaced] == 1
            }
            _ = await connection.closed()
            await #expect(throws: TransportError.self) { try await connect(member, to: node) }
            #expect((node.network.figures.refusals[.barred] ?? 0) >= 1)
            try await eventually("it may come back") {
                guard let again = try? await connect(member, to: node) else { return false }
                again.close()
                return true
            }
        }
    }

    @Test(arguments: [
        ([0, 0, 0, 3, 1, 2, 3], PeerRefusal.malformed),
        ([0, 0, 0, 0], .malformed),
        (
            FrameReader.frame(WireMessage.replica(.blocksRequest(from: 1, count: 1)).encoded),
            .misplaced
        ),
    ])
    func `what is no message or out of place ends the link`(
        bytes: Bytes, refusal: PeerRefusal
    ) async throws {
        try await attack { node, connection in
            let stream = try await open(.consensus, on: connection)
            try await stream.write(greeting() + bytes)
            try await eventually("the refusal is counted") {
                node.network.figures.refusals == [refusal: 1]
            }
            _ = await connection.closed()
        }
    }

    /// A message that is on its stream, and another protocol's greeting.
    private static let early: [WireMessage] = [
        .replica(.consensusStatus(ConsensusStatus(height: 1, round: 0, hasProposal: false))),
        .link(
            .hello(
                Hello(
                    version: 3, chainID: TestNode.chainID, genesisHash: .zero, endpoint: "",
                    agent: "test"))),
    ]

    @Test(arguments: early)
    func `who does not greet first, or in another version, gets no link`(
        _ message: WireMessage
    ) async throws {
        try await attack { node, connection in
            let stream = try await open(.consensus, on: connection)
            try await stream.write(FrameReader.frame(message.encoded))
            try await eventually("the refusal is counted") {
                node.network.figures.refusals == [.misplaced: 1]
            }
            #expect(node.recorder.current.connections == 0)
            #expect(node.recorder.current.messages.isEmpty)
            _ = await connection.closed()
        }
    }

    @Test func `who greets twice loses its link`() async throws {
        try await attack { node, connection in
            let stream = try await open(.consensus, on: connection)
            try await stream.write(greeting() + greeting())
            try await eventually("the refusal is counted") {
                node.network.figures.refusals == [.misplaced: 1]
            }
            _ = await connection.closed()
        }
    }

    @Test func `a peer that reads nothing holds up nobody`() async throws {
        let key = try #require(PrivateKey(secret: Bytes(repeating: 9, count: 32)))
        let transactions = try (0..<100).map { nonce in
            let transaction = Transaction(
                chainID: 7, nonce: UInt64(nonce), to: NativeContract.market,
                data: Bytes(repeating: 1, count: 30_000))
            return try VerifiedTransaction(transaction.signed(by: key))
        }
        try await attack { node, connection in
            let stream = try await open(.consensus, on: connection)
            let others = [
                try await open(.sync, on: connection),
                try await open(.transactions, on: connection),
            ]
            try await stream.write(greeting())
            #expect(await node.recorder.wait { $0.linked.count == 1 })
            let peer = try #require(node.recorder.current.linked.first)
            for _ in 0..<40 {
                await node.network.send(.replica(.transactions(transactions)), to: [peer])
            }
            #expect(node.network.figures.messagesDropped > 0)
            #expect((node.network.portFigures?.held ?? 0) < 64 << 20)
            withExtendedLifetime(others) {}
        }
    }
}
