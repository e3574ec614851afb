import Protocol
import Testing

@testable import Replica

/// How transactions get about between nodes.
@Suite struct `Transactions among nodes` {
    private let community: TestCommunity
    /// A household's node.
    private var node: TestedReplica
    private let validators = TestCommunity.validators
    private let households = Array(TestCommunity.households[0..<3])

    init() throws {
        community = try TestCommunity()
        node = TestedReplica(community)
    }

    private mutating func connect(_ peers: [Address]) {
        node.connect(peers, at: community.announcement(0))
    }

    private func transaction(_ nonce: UInt64, padding: Int = 0) throws -> VerifiedTransaction {
        try TestCommunity.transaction(nonce: nonce, padding: padding)
    }

    @Test mutating func `what comes from a peer is announced once to others, and not back`() throws
    {
        connect(households)
        let transaction = try transaction(0)
        let effects = node.receive(.transactions([transaction]), from: households[0])
        #expect(effects.announced.map(\.to) == [households[1], households[2]])
        #expect(effects.announced.allSatisfy { $0.hashes == [transaction.hash] })
        #expect(effects.transactionsSent.isEmpty)
        for peer in households {
            let again = node.receive(.transactions([transaction]), from: peer)
            #expect(again.sent.isEmpty && again.blamed.isEmpty)
        }
    }

    @Test mutating func `what a user submits goes whole to the validators, once`() throws {
        connect(Array(validators[0..<2]) + households)
        let first = node.handle(.submitted(try transaction(0), RequestID(1)))
        #expect(first.transactionsSent.map(\.to) == Array(validators[0..<2]))
        #expect(first.announced.isEmpty)
        var timers: [(timer: ReplicaTimer, at: Timestamp)] = []
        for nonce in 1...5 as ClosedRange<UInt64> {
            let effects = node.handle(.submitted(try transaction(nonce), RequestID(nonce)))
            #expect(effects.sent.isEmpty)
            timers += effects.timers
        }
        #expect(timers.map(\.timer) == [.gossip])
        node.wait(10)
        let flushed = node.handle(.timer(.gossip))
        #expect(flushed.transactionsSent.map(\.hashes.count) == [5, 5])
        #expect(node.handle(.timer(.gossip)).sent.isEmpty)
    }

    @Test mutating func `with so few validators that all may be faulty, everyone hears`() throws {
        connect([validators[0]] + households)
        let effects = node.handle(.submitted(try transaction(0), RequestID(1)))
        #expect(effects.transactionsSent.map(\.to) == [validators[0]] + households)
    }

    @Test mutating func `what is more than may be sent unasked is announced, in its order`() throws
    {
        connect(Array(validators[0..<2]))
        var transactions: [VerifiedTransaction] = []
        for nonce in 0..<10 as Range<UInt64> {
            transactions.append(try transaction(nonce, padding: 30_000))
            #expect(node.submit(transactions[Int(nonce)]) == nil)
        }
        node.wait(10)
        let effects = node.handle(.timer(.gossip))
        let whole = effects.transactionsSent.filter { $0.to == validators[0] }.flatMap(\.hashes)
        let announced = effects.announced.filter { $0.to == validators[0] }.flatMap(\.hashes)
        #expect(whole.count == 3)
        #expect(whole + announced == transactions.dropFirst().map(\.hash))
    }

    @Test mutating func `a new peer is told of everything that waits`() throws {
        for nonce in 0..<3 as Range<UInt64> { #expect(node.submit(try transaction(nonce)) == nil) }
        let effects = node.handle(.connected(validators[0]))
        #expect(effects.transactionsSent.map(\.hashes.count) == [3])
        #expect(effects.announced.isEmpty)
        #expect(effects.sent(to: validators[0]).first == .head(community.announcement(0)))
    }

    @Test mutating func `M43: what lacks its predecessors is told to nobody, and soon gone`() throws
    {
        connect(validators + households)
        let gapped = try (1...64 as ClosedRange<UInt64>).map { try transaction($0) }
        var effects = node.receive(.transactions(gapped), from: households[0])
        #expect(node.replica.pool.count == 32)
        for _ in 0..<8 {
            node.wait(5_000)
            for timer in [ReplicaTimer.gossip, .repetition, .sweep] {
                effects += node.handle(.timer(timer))
            }
        }
        effects +=
            node.handle(.disconnected(validators[3])) + node.handle(.connected(validators[3]))
        #expect(effects.transactionsSent.isEmpty && effects.announced.isEmpty)
        #expect(node.replica.pool.count == 0)
    }

    @Test mutating func `with the predecessor those that waited for it are announced`() throws {
        connect(households)
        let all = try (0..<4 as Range<UInt64>).map { try transaction($0) }
        #expect(
            node.receive(.transactions(Array(all[1...])), from: households[0]).announced.isEmpty)
        let effects = node.receive(.transactions([all[0]]), from: households[1])
        let heard = effects.announced.filter { $0.to == households[2] }
        #expect(heard.map(\.hashes) == [all.map(\.hash)])
    }
}

/// What is in no block after a while is announced again.
@Suite struct `Transactions that wait` {
    private let community: TestCommunity
    private var node: TestedReplica
    private let validators = TestCommunity.validators

    init() throws {
        community = try TestCommunity()
        node = TestedReplica(community)
        node.connect(
            validators + [TestCommunity.households[0]], at: community.announcement(0))
    }

    /// When, in milliseconds after the first event, `peer` is told again, and whether in full.
    private mutating func moments(
        after effects: [Effect], to peer: Address, for milliseconds: UInt64
    ) -> [UInt64] {
        repetitions(after: effects, to: peer, for: milliseconds).map(\.moment)
    }

    private mutating func repetitions(
        after effects: [Effect], to peer: Address, for milliseconds: UInt64
    ) -> [(moment: UInt64, isInFull: Bool)] {
        let start = node.now
        var timers = effects.timers.filter { $0.timer == .repetition }
        var moments: [(moment: UInt64, isInFull: Bool)] = []
        while let next = timers.min(by: { $0.at < $1.at }),
            next.at <= start.advanced(byMilliseconds: milliseconds)
        {
            timers = []
            node.now = next.at
            let step = node.handle(.timer(.repetition))
            let isInFull = step.transactionsSent.contains { $0.to == peer }
            if isInFull || step.announced.contains(where: { $0.to == peer }) {
                moments.append((node.now.millisecondsSince(start), isInFull))
            }
            timers = step.timers.filter { $0.timer == .repetition }
        }
        return moments
    }

    @Test mutating func `M45: a user's are said again after 0.4, 0.8, 1.6 s and so on`() throws {
        let effects = node.handle(
            .submitted(try TestCommunity.transaction(nonce: 0), RequestID(1)))
        let told = repetitions(after: effects, to: validators[0], for: 100_000)
        #expect(
            told.map(\.moment)
                == [400, 1_200, 2_800, 6_000, 12_400, 25_200, 50_800, 80_800])
    }

    @Test mutating func `M64: a user's are said again in full at first, then announced`() throws {
        let effects = node.handle(
            .submitted(try TestCommunity.transaction(nonce: 0), RequestID(1)))
        let told = repetitions(after: effects, to: validators[0], for: 100_000)
        #expect(told.map(\.isInFull) == (0..<8).map { $0 < 3 })
    }

    @Test mutating func `after a while whoever is linked hears of a user's`() throws {
        let effects = node.handle(
            .submitted(try TestCommunity.transaction(nonce: 0), RequestID(1)))
        let told = moments(after: effects, to: TestCommunity.households[0], for: 50_000)
        #expect(told == [12_400, 25_200])
    }

    @Test mutating func `others' are announced again to the validators, less often`() throws {
        let effects = node.receive(
            .transactions([try TestCommunity.transaction(nonce: 0)]), from: validators[3])
        #expect(
            moments(after: effects, to: validators[0], for: 40_000) == [5_000, 15_000, 35_000])
    }

    @Test mutating func `whoever has shown one is not told again`() throws {
        let transaction = try TestCommunity.transaction(nonce: 0)
        let effects = node.handle(.submitted(transaction, RequestID(1)))
        node.receive(.transactionsAnnounced([transaction.hash]), from: validators[0])
        #expect(moments(after: effects, to: validators[0], for: 9_000) == [])
    }

    @Test mutating func `what is final is not announced again, and no timer is left`() throws {
        var community = community
        let transaction = try TestCommunity.transaction(nonce: 0)
        let effects = node.handle(.submitted(transaction, RequestID(1)))
        node.receive(.finalBlock(try community.grow([transaction])), from: validators[0])
        #expect(moments(after: effects, to: validators[1], for: 100_000) == [])
        #expect(node.handle(.timer(.repetition)).timers.isEmpty)
    }

    @Test mutating func `a thousand that are late go in a few messages, a part at a time`() throws {
        var effects: [Effect] = []
        for sender in TestCommunity.households {
            for nonce in 0..<250 as Range<UInt64> {
                effects += node.handle(
                    .submitted(
                        try TestCommunity.transaction(of: sender, nonce: nonce), RequestID(nonce)))
            }
        }
        node.wait(1_000)
        let repeated = node.handle(.timer(.repetition))
        // What may go in full at once, and the rest as hashes.
        #expect(
            repeated.transactionsSent.filter { $0.to == validators[0] }.map(\.hashes.count)
                == [500, 12])
        #expect(
            repeated.announced.filter { $0.to == validators[0] }.map(\.hashes.count)
                == [988])
    }
}
