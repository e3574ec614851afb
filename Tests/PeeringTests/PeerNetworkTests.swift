import Peering
import Protocol
import TestKit
import Testing
import Keys

@Suite(.serialized) struct PeerNetworkTests {
    @Test func `two nodes link and hear each other in order`() async throws {
        let community = Community()
        let first = try await TestNode.start(number: 1, in: community)
        let second = try await TestNode.start(number: 2, in: community, seeds: [first.endpoint])
        community.add(first)
        community.add(second)
        try await running([first, second]) {
            #expect(await first.recorder.wait { $0.linked.contains(second.account) })
            #expect(await second.recorder.wait { $0.linked.contains(first.account) })
            let certificate = Certificate(round: 0, seals: [])
            let heads = (1...200).map {
                WireMessage.replica(
                    .head(
                        CertifiedHead(
                            head: ChainHead(height: $0, hash: .zero), certificate: certificate)))
            }
            for head in heads {
                #expect(await first.network.send(head, to: [second.account]) == 1)
                #expect(await second.network.send(head, to: [first.account]) == 1)
            }
            #expect(await first.recorder.wait { $0.messages.count == 200 })
            #expect(await second.recorder.wait { $0.messages.count == 200 })
            #expect(first.recorder.current.messages == heads)
            #expect(second.recorder.current.messages == heads)
        }
    }

    @Test func `nodes that dial each other keep one link`() async throws {
        let community = Community()
        let first = try await TestNode.start(number: 1, in: community)
        let second = try await TestNode.start(number: 2, in: community, seeds: [first.endpoint])
        // A third, which both dial and which dials nobody, shows that dialling has gone on.
        let third = try await TestNode.start(
            number: 3, in: community, seeds: [first.endpoint, second.endpoint])
        for node in [first, second, third] { community.add(node) }
        try await running([first, second, third]) {
            #expect(await third.recorder.wait { $0.linked.count == 2 })
            #expect(await first.recorder.wait { $0.linked.count == 2 })
            #expect(await first.network.peers == [second.account, third.account])
        }
    }

    @Test func `a stranger gets no link, and a member does once it is registered`() async throws {
        let community = Community()
        let first = try await TestNode.start(number: 1, in: community)
        community.add(first)
        let stranger = try await TestNode.start(
            number: 2, in: community, listens: false, seeds: [first.endpoint])
        try await running([first, stranger]) {
            // Each side refuses the other or is refused, again and again.
            try await eventually("the refusal is counted") {
                (first.network.figures.refusals[.stranger] ?? 0) >= 2
                    && (first.network.portFigures?.handshakeFailures[.refused] ?? 0) >= 2
            }
            #expect(first.recorder.current.connections == 0)
            #expect(stranger.recorder.current.linked.isEmpty)
            community.add(stranger)
            #expect(await first.recorder.wait { $0.linked.contains(stranger.account) })
        }
    }

    /// Each differs from the node's own chain in one of the two alone.
    @Test(arguments: [(5, .zero), (TestNode.chainID, SHA256.hash([1]))] as [(UInt64, Hash32)])
    func `a node of another chain gets no link`(chainID: UInt64, genesisHash: Hash32) async throws {
        let community = Community()
        let first = try await TestNode.start(number: 1, in: community)
        let foreign = try await TestNode.start(
            number: 2, in: community, chainID: chainID, genesisHash: genesisHash,
            seeds: [first.endpoint])
        community.add(first)
        community.add(foreign)
        try await running([first, foreign]) {
            try await eventually("the refusal is counted") {
                first.network.figures.refusals[.otherChain] != nil
            }
            #expect(first.recorder.current.connections == 0)
        }
    }

    @Test func `a link comes back after the other node has gone and returned`() async throws {
        let community = Community()
        let first = try await TestNode.start(number: 1, in: community)
        community.add(first)
        let dialler = try await TestNode.start(
            number: 2, in: community, listens: false, seeds: [first.endpoint])
        community.add(dialler)
        try await running([first, dialler]) {
            #expect(await dialler.recorder.wait { $0.linked.contains(first.account) })
            await first.network.disconnect(dialler.account, reason: "test")
            #expect(await dialler.recorder.wait { $0.connections == 2 && $0.linked.count == 1 })
            #expect(await first.recorder.wait { $0.connections == 2 && $0.linked.count == 1 })
        }
    }

    @Test func `a message of a quarter of a megabyte arrives whole`() async throws {
        let community = Community()
        let first = try await TestNode.start(number: 1, in: community)
        let second = try await TestNode.start(number: 2, in: community, seeds: [first.endpoint])
        community.add(first)
        community.add(second)
        let key = try #require(PrivateKey(secret: Bytes(repeating: 9, count: 32)))
        let transactions = try (0..<8).map { nonce in
            let transaction = Transaction(
                chainID: 7, nonce: UInt64(nonce), to: NativeContract.market,
                data: Bytes(repeating: 1, count: 30_000))
            return try VerifiedTransaction(transaction.signed(by: key))
        }
        try await running([first, second]) {
            #expect(await first.recorder.wait { $0.linked.contains(second.account) })
            await first.network.send(.replica(.transactions(transactions)), to: [second.account])
            #expect(await second.recorder.wait { $0.messages.count == 1 })
            #expect(second.recorder.current.messages == [.replica(.transactions(transactions))])
        }
    }
}

/// Runs the nodes while `body` does, and stops them.
func running(_ nodes: [TestNode], _ body: () async throws -> Void) async throws {
    let tasks = nodes.map { node in Task { await node.network.run() } }
    do {
        try await body()
    } catch {
        for task in tasks { task.cancel() }
        throw error
    }
    for node in nodes { await node.network.stop() }
    for task in tasks {
        task.cancel()
        await task.value
    }
}
