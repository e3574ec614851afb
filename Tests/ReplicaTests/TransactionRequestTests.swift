import Protocol
import Testing

@testable import Replica

/// How a node gets transactions that others announce, whoever lies about them.
@Suite struct `Transactions that are announced` {
    private let community: TestCommunity
    private var node: TestedReplica
    private let peers = Array(TestCommunity.households[0..<3])

    init() throws {
        community = try TestCommunity()
        node = TestedReplica(community)
        node.connect(peers, at: community.announcement(0))
    }

    private func invented(_ count: Int, from first: Int = 0) -> [Hash32] {
        (first..<(first + count)).map { SHA256.hash(UInt64($0).bigEndianBytes) }
    }

    @Test mutating func `are asked for once, and taken`() throws {
        let transaction = try TestCommunity.transaction(nonce: 0)
        let announcement = ReplicaMessage.transactionsAnnounced([transaction.hash])
        let request = try #require(
            node.receive(announcement, from: peers[0]).transactionRequests.first)
        #expect(request.to == peers[0] && request.hashes == [transaction.hash])
        #expect(node.receive(announcement, from: peers[1]).transactionRequests.isEmpty)
        let effects = node.receive(
            .transactionsAnswer(number: request.number, transactions: [transaction]),
            from: peers[0])
        #expect(node.replica.pool.contains(transaction.hash))
        #expect(effects.announced.map(\.to) == [peers[2]], "the first two have shown it")
        #expect(node.receive(announcement, from: peers[2]).sent.isEmpty)
        #expect(node.replica.requests.count == 0)
    }

    @Test mutating func `M44: are asked of another where the first does not answer`() throws {
        let transaction = try TestCommunity.transaction(nonce: 0)
        let announcement = ReplicaMessage.transactionsAnnounced([transaction.hash])
        let first = node.receive(announcement, from: peers[0])
        node.receive(announcement, from: peers[1])
        let timeout = try #require(first.timers.first { $0.timer == .transactionsTimeout })
        #expect(timeout.at == node.now.advanced(byMilliseconds: 1_000))
        node.now = timeout.at
        let second = node.handle(.timer(.transactionsTimeout))
        #expect(second.transactionRequests.map(\.to) == [peers[1]])
        #expect(second.observations.contains(.transactionsWithheld(peers[0])))
        // The first is not asked for a while.
        #expect(node.receive(announcement, from: peers[0]).transactionRequests.isEmpty)
        node.wait(1_000)
        #expect(node.handle(.timer(.transactionsTimeout)).transactionRequests.isEmpty)
        #expect(node.replica.requests.count == 0, "nobody is left to ask")
        node.wait(60_000)
        #expect(node.receive(announcement, from: peers[0]).transactionRequests.count == 1)
    }

    @Test mutating func `are asked of another at once where the first has none, or has gone`()
        throws
    {
        let hashes = invented(2)
        for peer in peers {
            node.receive(.transactionsAnnounced(hashes), from: peer)
        }
        let empty = node.receive(.transactionsAnswer(number: 1, transactions: []), from: peers[0])
        #expect(empty.transactionRequests.map(\.to) == [peers[1]])
        #expect(empty.blamed.isEmpty)
        let gone = node.handle(.disconnected(peers[1]))
        #expect(gone.transactionRequests.map(\.to) == [peers[2]])
        #expect(gone.transactionRequests.map(\.hashes) == [hashes])
    }

    @Test mutating func `that never come cost bounded memory, and soon none`() throws {
        for peer in peers {
            for part in 0..<4 {
                let lies = invented(1_024, from: part * 1_024 + (peer == peers[0] ? 0 : 1 << 20))
                node.receive(.transactionsAnnounced(lies), from: peer)
            }
        }
        #expect(node.replica.requests.count <= TransactionRequests.capacity)
        #expect(node.replica.requests.count <= 3 * TransactionRequests.perPeer)
        for _ in 0..<20 {
            node.wait(1_000)
            let asked = node.handle(.timer(.transactionsTimeout)).transactionRequests
            #expect(asked.allSatisfy { $0.hashes.count <= Limits.requestedTransactions })
        }
        #expect(node.replica.requests.count == 0)
    }

    @Test mutating func `beyond what was asked are not taken, and whoever sends them is blamed`()
        throws
    {
        let asked = try TestCommunity.transaction(nonce: 0)
        let other = try TestCommunity.transaction(of: peers[1], nonce: 0)
        let request = try #require(
            node.receive(.transactionsAnnounced([asked.hash]), from: peers[0])
                .transactionRequests.first)
        for answer in [[asked, other], [other], [asked, asked]] {
            var node = node
            let effects = node.receive(
                .transactionsAnswer(number: request.number, transactions: answer), from: peers[0])
            #expect(effects.blamed == [peers[0]])
            #expect(node.replica.pool.count == 0)
        }
    }

    @Test mutating func `come in parts where there are many bytes`() throws {
        let many = try (0..<20 as Range<UInt64>).map {
            try TestCommunity.transaction(nonce: $0, padding: 31_000)
        }
        var request = try #require(
            node.receive(.transactionsAnnounced(many.map(\.hash)), from: peers[0])
                .transactionRequests.first)
        var giver = TestedReplica(try TestCommunity())
        giver.connect([peers[2]], at: community.announcement(0))
        for transaction in many { #expect(giver.submit(transaction) == nil) }
        for _ in 0..<9 where node.replica.pool.count < many.count {
            let answer = giver.receive(
                .transactionsRequest(number: request.number, hashes: request.hashes),
                from: peers[2]
            ).sent(to: peers[2])
            let effects = node.receive(try #require(answer.first), from: peers[0])
            request = effects.transactionRequests.first ?? request
        }
        #expect(node.replica.pool.count == many.count)
    }

    @Test mutating func `and final, refused or here are not asked for`() throws {
        var community = community
        let final = try TestCommunity.transaction(nonce: 0)
        let rival = try TestCommunity.transaction(nonce: 1, price: 12)
        let here = try TestCommunity.transaction(nonce: 1)
        node.receive(.finalBlock(try community.grow([final])), from: peers[0])
        node.receive(.transactions([here, rival]), from: peers[0])
        let hashes = [final, rival, here].map(\.hash)
        #expect(
            node.receive(.transactionsAnnounced(hashes), from: peers[1]).transactionRequests
                .isEmpty)
    }

    @Test mutating func `faster than a peer may are not looked at`() throws {
        for part in 0..<16 {
            node.receive(
                .transactionsAnnounced(invented(1_024, from: part * 1_024)), from: peers[0])
        }
        node.wait(900)
        node.handle(.timer(.transactionsTimeout))
        let transaction = try TestCommunity.transaction(nonce: 0)
        let hashes = [transaction.hash] + invented(1_023, from: 1 << 20)
        var flooding = node
        for part in 0..<8 {
            flooding.receive(
                .transactionsAnnounced(invented(1_024, from: 1 << 21 + part)), from: peers[0])
        }
        #expect(
            flooding.receive(.transactionsAnnounced(hashes), from: peers[0]).transactionRequests
                .isEmpty)
    }
}

@Suite struct `Whoever asks for transactions` {
    private let community: TestCommunity
    private var node: TestedReplica
    private let peer = TestCommunity.households[1]

    init() throws {
        community = try TestCommunity()
        node = TestedReplica(community)
        node.connect([peer], at: community.announcement(0))
    }

    @Test mutating func `gets those that are here, and nothing else`() throws {
        let here = try (0..<3 as Range<UInt64>).map { try TestCommunity.transaction(nonce: $0) }
        for transaction in here { #expect(node.submit(transaction) == nil) }
        let request = ReplicaMessage.transactionsRequest(
            number: 9, hashes: [here[2].hash, .zero, here[0].hash])
        let answer = try #require(node.receive(request, from: peer).transactionAnswers.first)
        #expect(answer.number == 9 && answer.hashes == [here[2].hash, here[0].hash])
        let twice = ReplicaMessage.transactionsRequest(
            number: 10, hashes: [here[0].hash, here[0].hash])
        #expect(node.receive(twice, from: peer).transactionAnswers.map(\.hashes) == [[]])
    }

    @Test mutating func `gets so many bytes a second, and so many answers`() throws {
        var here: [Hash32] = []
        for nonce in 0..<100 as Range<UInt64> {
            let transaction = try TestCommunity.transaction(nonce: nonce, padding: 31_000)
            #expect(node.submit(transaction) == nil)
            here.append(transaction.hash)
        }
        let peer = peer
        func bytes(_ node: inout TestedReplica) -> Int {
            (0..<300).reduce(0) { sum, number in
                let request = ReplicaMessage.transactionsRequest(
                    number: UInt64(number), hashes: here)
                return sum + 31_000
                    * node.receive(request, from: peer).transactionAnswers.flatMap(\.hashes).count
            }
        }
        let first = bytes(&node)
        #expect(first > 1 << 20 && first <= 8 << 20)
        #expect(bytes(&node) == 0)
        node.handle(.disconnected(peer))
        node.connect([peer], at: community.announcement(0))
        #expect(bytes(&node) == 0, "a new link buys nothing")
        node.wait(1_000)
        let second = bytes(&node)
        #expect(second > 1 << 20 && second <= 2 << 20)
    }

    @Test mutating func `may send so much unasked`() throws {
        let sender = TestCommunity.households[0]
        let many = try (0..<40 as Range<UInt64>).map {
            try TestCommunity.transaction(of: sender, nonce: $0, padding: 31_000)
        }
        node.receive(.transactions(many), from: peer)
        #expect(node.replica.pool.bytes <= 512 << 10)
        #expect(node.replica.pool.count >= 15)
    }
}
