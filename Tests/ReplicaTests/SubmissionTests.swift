import Ledger
import Protocol
import Testing

@testable import Replica

/// What a user is told of a transaction, and what comes of it.
@Suite struct `A submission` {
    private let community: TestCommunity
    private var node: TestedReplica

    init() throws {
        community = try TestCommunity()
        node = TestedReplica(community)
    }

    private mutating func submit(_ nonce: UInt64, as request: UInt64) throws -> [Effect] {
        node.handle(.submitted(try TestCommunity.transaction(nonce: nonce), RequestID(request)))
    }

    @Test mutating func `is kept before it is acknowledged`() throws {
        let effects = try submit(0, as: 1)
        let keep = effects.firstIndex { if case .keep = $0 { true } else { false } }
        let answer = effects.firstIndex { if case .answer = $0 { true } else { false } }
        #expect(try #require(keep) < (try #require(answer)))
    }

    @Test mutating func `that comes early waits for its predecessors, and is answered then`() throws
    {
        let early = try submit(2, as: 2)
        #expect(early.answers.isEmpty && node.replica.pool.count == 0)
        #expect(early.timers.contains { $0.timer == .earlySubmission })
        #expect(try submit(1, as: 1).answers.isEmpty)
        let answers = try submit(0, as: 7).answers
        #expect(answers.keys.sorted() == [1, 2, 7])
        #expect(answers.values.allSatisfy { (try? $0.get()) != nil })
        #expect(node.replica.pool.nextNonce(of: TestCommunity.households[0]) == 3)
    }

    @Test mutating func `that comes early is taken once a block has its predecessor`() throws {
        var community = community
        node.connect([TestCommunity.validators[0]], at: community.announcement(0))
        #expect(try submit(1, as: 1).answers.isEmpty)
        let final = try community.grow([try TestCommunity.transaction(nonce: 0)])
        let answers = node.receive(.finalBlock(final), from: TestCommunity.validators[0]).answers
        #expect(answers.keys.sorted() == [1])
        #expect(node.replica.pool.hasReady)
    }

    @Test mutating func `whose predecessors do not come is refused after half a second`() throws {
        let early = try submit(5, as: 1)
        let timer = try #require(early.timers.first { $0.timer == .earlySubmission })
        #expect(timer.at == node.now.advanced(byMilliseconds: 500))
        node.now = timer.at
        let answers = node.handle(.timer(.earlySubmission)).answers
        #expect(answers == [1: .failure(.nonceTooHigh(stated: 5, next: 0))])
        #expect(node.replica.pool.count == 0 && node.replica.early.isEmpty)
    }

    @Test mutating func `too far ahead, or one of too many, is refused at once`() throws {
        #expect(
            try submit(33, as: 1).answers == [1: .failure(.nonceTooHigh(stated: 33, next: 0))])
        for nonce in 1...16 as ClosedRange<UInt64> {
            #expect(try submit(nonce, as: nonce).answers.isEmpty)
        }
        #expect(try submit(17, as: 17).answers.count == 1)
    }

    @Test mutating func `of the node's own role is answered at once`() throws {
        let transaction = try TestCommunity.transaction(nonce: 1)
        let answers = node.handle(.submitted(transaction, .ofRole)).answers
        #expect(answers == [0: .failure(.nonceTooHigh(stated: 1, next: 0))])
    }

    @Test mutating func `M47: that was acknowledged is there after the process has ended`() throws {
        let senders = TestCommunity.households
        for sender in senders {
            for nonce in 0..<3 as Range<UInt64> {
                let transaction = try TestCommunity.transaction(of: sender, nonce: nonce)
                #expect(node.submit(transaction) == nil)
            }
        }
        _ = node.restart()
        #expect(node.replica.pool.count == 3 * senders.count)
        let greeting = node.handle(.connected(TestCommunity.validators[0])).transactionsSent
        #expect(greeting.flatMap(\.hashes).count == 3 * senders.count)
        #expect(node.replica.ownSubmissions.count == 3 * senders.count)
    }

    @Test mutating func `that others had passed on before is kept, too`() throws {
        let transaction = try TestCommunity.transaction(nonce: 0)
        let peer = TestCommunity.validators[0]
        node.connect([peer], at: community.announcement(0))
        node.receive(.transactions([transaction]), from: peer)
        #expect(node.replica.ownSubmissions.isEmpty)
        #expect(node.submit(transaction) == .known)
        #expect(node.stored.submissions.map(\.transaction) == [transaction])
        #expect(node.submit(transaction) == .known)
        #expect(node.stored.submissions.count == 1)
    }

    @Test mutating func `is kept after a restart though the one before it came by another node`()
        throws
    {
        let peer = TestCommunity.validators[0]
        let all = try (0..<2 as Range<UInt64>).map { try TestCommunity.transaction(nonce: $0) }
        node.connect([peer], at: community.announcement(0))
        node.receive(.transactions([all[0]]), from: peer)
        #expect(node.submit(all[1]) == nil)
        _ = node.restart()
        #expect(node.replica.pool.contains(all[1].hash) && !node.replica.pool.hasReady)
        node.wait(60_000)
        node.handle(.timer(.sweep))
        #expect(node.replica.pool.contains(all[1].hash), "acknowledged is acknowledged")
        node.connect([peer], at: community.announcement(0))
        let effects = node.receive(.transactions([all[0]]), from: peer)
        #expect(effects.sent(to: peer).contains(.transactions([all[1]])))
    }

    @Test mutating func `that lost its nonce while the node was down is told so`() throws {
        var community = community
        let transaction = try TestCommunity.transaction(nonce: 0)
        #expect(node.submit(transaction) == nil)
        let rival = try TestCommunity.transaction(nonce: 0, price: 12)
        node.connect([TestCommunity.validators[0]], at: community.announcement(0))
        let final = try community.grow([rival])
        let effects = node.receive(.finalBlock(final), from: TestCommunity.validators[0])
        #expect(effects.observations.contains(.transactionsDropped(1, reason: "replaced")))
        _ = node.restart()
        #expect(node.replica.pool.count == 0)
        #expect(node.replica.pool.droppedTransaction(transaction.hash)?.reason == .replaced)
    }
}
