import Ledger
import Protocol
import Testing

@testable import Replica

@Suite struct `The pool` {
    private let community: TestCommunity
    private var pool: Mempool
    private var now = TestCommunity.start

    init() throws {
        community = try TestCommunity()
        pool = Mempool()
    }

    private mutating func rejection(
        of transaction: VerifiedTransaction, isOwn: Bool = true
    ) -> PoolRejection? {
        do throws(PoolRejection) {
            try pool.admit(transaction, isOwn: isOwn, state: community.state, at: now)
            return nil
        } catch {
            return error
        }
    }

    private mutating func admit(
        _ transaction: VerifiedTransaction, isOwn: Bool = true
    ) -> String? {
        rejection(of: transaction, isOwn: isOwn)?.description
    }

    @Test mutating func `refuses in the words that Ethereum's clients know`() throws {
        let first = try TestCommunity.transaction(nonce: 0)
        #expect(admit(first) == nil)
        #expect(admit(first) == "already known")
        #expect(
            admit(try TestCommunity.transaction(nonce: 0, price: 11))
                == "replacement transaction underpriced")
        #expect(admit(try TestCommunity.transaction(nonce: 1)) == nil)
        #expect(
            admit(try TestCommunity.transaction(nonce: 3))
                == "nonce too high: next nonce 2, tx nonce 3")
        let stranger = Address(reserved: 0xdddd)
        #expect(
            admit(try TestCommunity.transaction(of: stranger, nonce: 0))?.contains("member") == true
        )
        #expect(pool.count == 2)
    }

    @Test mutating func `refuses a used nonce`() throws {
        var community = community
        try community.grow([try TestCommunity.transaction(nonce: 0)])
        let late = try TestCommunity.transaction(nonce: 0, price: 12)
        #expect(throws: PoolRejection.inadmissible(.nonceTooLow(stated: 0, next: 1))) {
            try pool.admit(late, isOwn: true, state: community.state, at: now)
        }
        #expect(pool.count == 0)
    }

    @Test mutating func `refuses for a reason that programs can tell`() throws {
        var limits = PoolLimits()
        limits.transactions = 24
        pool = Mempool(limits: limits)
        let stranger = Address(reserved: 0xdddd)
        let cases: [(VerifiedTransaction, PoolRejection?)] = [
            (try TestCommunity.transaction(nonce: 0), nil),
            (try TestCommunity.transaction(nonce: 0), .known),
            (try TestCommunity.transaction(nonce: 0, price: 11), .nonceTaken),
            (try TestCommunity.transaction(nonce: 2), .nonceTooHigh(stated: 2, next: 1)),
            (
                try TestCommunity.transaction(of: stranger, nonce: 0),
                .inadmissible(.notMember(stranger))
            ),
            (try TestCommunity.transaction(nonce: 1), nil),
            (try TestCommunity.transaction(nonce: 2), .senderLimit),
        ]
        for (transaction, expected) in cases { #expect(rejection(of: transaction) == expected) }
    }

    @Test mutating func `takes a run of any length within the sender's share`() throws {
        for nonce in 0..<500 as Range<UInt64> {
            #expect(admit(try TestCommunity.transaction(nonce: nonce)) == nil)
            now = now.advanced(byMilliseconds: 10)
        }
        #expect(pool.nextNonce(of: TestCommunity.households[0]) == 500)
    }

    @Test mutating func `of what others pass on keeps a few that wait for their predecessors`()
        throws
    {
        let sender = TestCommunity.households[0]
        func transaction(_ nonce: UInt64) throws -> VerifiedTransaction {
            try TestCommunity.transaction(nonce: nonce)
        }
        #expect(
            admit(try transaction(33), isOwn: false) == "nonce too high: next nonce 0, tx nonce 33")
        for nonce in 1...32 as ClosedRange<UInt64> {
            #expect(admit(try transaction(nonce), isOwn: false) == nil)
        }
        #expect(pool.gappedCount == 32 && !pool.hasReady && pool.nextNonce(of: sender) == 0)
        #expect(pool.candidates(atMost: 99).isEmpty)
        let ready = try pool.admit(
            try transaction(0), isOwn: false, state: community.state, at: now)
        #expect(ready.map(\.transaction.nonce) == Array(0...32))
        #expect(pool.gappedCount == 0 && pool.nextNonce(of: sender) == 33)
    }

    @Test mutating func `of all that wait for their predecessors holds an eighth at most`() throws {
        var limits = PoolLimits()
        limits.transactions = 80
        pool = Mempool(limits: limits)
        var taken = 0
        for sender in TestCommunity.households {
            for nonce in 1...4 as ClosedRange<UInt64> {
                let gapped = try TestCommunity.transaction(of: sender, nonce: nonce)
                if admit(gapped, isOwn: false) == nil { taken += 1 }
            }
        }
        #expect(taken == 10)
        #expect(admit(try TestCommunity.transaction(nonce: 0)) == nil)
    }

    @Test mutating func `gives out what follows on the account's nonce, each sender in turn`()
        throws
    {
        let (anna, ben) = (TestCommunity.households[0], TestCommunity.households[1])
        for (sender, nonce) in [(anna, 1), (anna, 0), (ben, 0), (anna, 3), (ben, 1)] {
            let transaction = try TestCommunity.transaction(of: sender, nonce: UInt64(nonce))
            #expect(admit(transaction, isOwn: false) == nil)
        }
        let order = pool.candidates(atMost: 10)
        #expect(order.map(\.sender) == [anna, ben, anna, ben])
        #expect(order.map(\.transaction.nonce) == [0, 0, 1, 1])
        #expect(pool.nextNonce(of: anna) == 2)
        #expect(pool.nextNonce(of: TestCommunity.households[2]) == nil)
    }

    @Test mutating func `puts what is beyond a fifth of a block after everyone else's`() throws {
        let (greedy, modest) = (TestCommunity.households[0], TestCommunity.households[1])
        for nonce in 0..<30 as Range<UInt64> {
            #expect(
                admit(try TestCommunity.transaction(of: greedy, nonce: nonce, padding: 31_000))
                    == nil)
        }
        for nonce in 0..<25 as Range<UInt64> {
            #expect(admit(try TestCommunity.transaction(of: modest, nonce: nonce)) == nil)
        }
        let order = pool.candidates(atMost: 100)
        let share = order.prefix { $0.sender == modest || $0.encoded.count > 0 }
        #expect(share.count == 55)
        let lastModest = try #require(order.lastIndex { $0.sender == modest })
        let before = order[..<lastModest].filter { $0.sender == greedy }
        let gas = before.reduce(0) { $0 + LedgerState.gasUsed(by: $1) }
        #expect(gas <= Limits.blockGas / 5)
        #expect(before.reduce(0) { $0 + $1.encoded.count } <= Limits.blockBytes / 5)
        let nonces = order.filter { $0.sender == greedy }.map(\.transaction.nonce)
        #expect(nonces == nonces.sorted())
    }

    @Test mutating func `M42: what it has taken gives way to nothing`() throws {
        var limits = PoolLimits()
        limits.transactions = 7
        pool = Mempool(limits: limits)
        let senders = TestCommunity.households + [TestCommunity.aggregator]
        var taken: [VerifiedTransaction] = []
        for sender in senders {
            let transaction = try TestCommunity.transaction(of: sender, nonce: 0)
            #expect(admit(transaction) == nil)
            taken.append(transaction)
        }
        #expect(pool.isFull && pool.permilleFull == 1_000)
        for sender in senders {
            let late = try TestCommunity.transaction(of: sender, nonce: 1)
            #expect(admit(late) == "txpool is full")
        }
        for transaction in taken { #expect(pool.contains(transaction.hash)) }
        #expect(pool.count == 7 && pool.bytes == taken.reduce(0) { $0 + $1.encoded.count })
    }

    /// One sender gets a ninth of the pool, and each that comes later still finds as much.
    @Test mutating func `M46: one sender's flood takes no room from others`() throws {
        var limits = PoolLimits()
        limits.transactions = 900
        limits.burst = 10_000
        pool = Mempool(limits: limits)
        var taken: [Int] = []
        for sender in TestCommunity.households {
            var count = 0
            while admit(try TestCommunity.transaction(of: sender, nonce: UInt64(count))) == nil {
                count += 1
            }
            taken.append(count)
        }
        #expect(taken[0] == 100)
        #expect(taken == taken.sorted(by: >))
        #expect(taken.allSatisfy { $0 >= 50 }, "\(taken)")
        pool = Mempool(limits: limits)
        for nonce in 0..<2_000 as Range<UInt64> {
            _ = admit(try TestCommunity.transaction(nonce: nonce, padding: 31_000))
        }
        #expect(pool.bytes <= Limits.poolBytes / 9 + Limits.transactionBytes)
    }

    @Test mutating func `lets a sender through at its rate`() throws {
        var limits = PoolLimits()
        limits.burst = 2
        limits.perSecond = 1
        pool = Mempool(limits: limits)
        #expect(admit(try TestCommunity.transaction(nonce: 0)) == nil)
        #expect(admit(try TestCommunity.transaction(nonce: 1)) == nil)
        #expect(admit(try TestCommunity.transaction(nonce: 2))?.contains("rate limit") == true)
        #expect(
            admit(try TestCommunity.transaction(of: TestCommunity.households[1], nonce: 0)) == nil)
        now = now.advanced(byMilliseconds: 1_000)
        #expect(admit(try TestCommunity.transaction(nonce: 2)) == nil)
    }

    @Test mutating func `forgets after three hours, and says so for a while`() throws {
        let transaction = try TestCommunity.transaction(nonce: 0)
        #expect(admit(transaction) == nil)
        let last = now.advanced(byMilliseconds: Limits.poolLifetime)
        #expect(pool.expire(at: last).dropped.isEmpty)
        let later = last.advanced(byMilliseconds: 1)
        #expect(pool.expire(at: later).dropped.map(\.reason) == [.expired])
        #expect(pool.count == 0 && pool.bytes == 0 && !pool.hasReady)
        #expect(pool.droppedTransaction(transaction.hash)?.reason == .expired)
        let hour = later.advanced(byMilliseconds: DroppedTransactions.lifetime)
        _ = pool.expire(at: hour)
        #expect(pool.droppedTransaction(transaction.hash) != nil)
        _ = pool.expire(at: hour.advanced(byMilliseconds: 1))
        #expect(pool.droppedTransaction(transaction.hash) == nil)
    }

    @Test mutating func `forgets others' that wait for predecessors after half a minute`() throws {
        #expect(admit(try TestCommunity.transaction(nonce: 1), isOwn: false) == nil)
        #expect(admit(try TestCommunity.transaction(nonce: 0)) == nil)
        #expect(admit(try TestCommunity.transaction(nonce: 3), isOwn: false) == nil)
        let last = now.advanced(byMilliseconds: Limits.poolGapLifetime)
        #expect(pool.expire(at: last).dropped.isEmpty)
        let dropped = pool.expire(at: last.advanced(byMilliseconds: 1)).dropped
        #expect(dropped.map(\.reason) == [.gap])
        #expect(dropped.map(\.transaction.transaction.nonce) == [3])
        #expect(pool.count == 2)
    }

    @Test mutating func `forgets what a block included or overtook, and says what was overtaken`()
        throws
    {
        var community = community
        let own = try (0..<3 as Range<UInt64>).map { try TestCommunity.transaction(nonce: $0) }
        for transaction in own { #expect(admit(transaction) == nil) }
        let rival = try TestCommunity.transaction(nonce: 1, price: 99)
        let final = try community.grow([own[0], rival])
        let change = pool.advance(over: final.block, state: community.state, at: now)
        #expect(change.dropped.map(\.transaction) == [own[1]])
        #expect(change.dropped.map(\.reason) == [.replaced])
        #expect(pool.droppedTransaction(own[1].hash)?.reason == .replaced)
        #expect(pool.droppedTransaction(own[0].hash) == nil)
        #expect(pool.candidates(atMost: 9).map(\.transaction.nonce) == [2])
    }

    @Test mutating func `gives out what waited for a transaction that a block has`() throws {
        var community = community
        let late = try TestCommunity.transaction(nonce: 1)
        #expect(admit(late, isOwn: false) == nil)
        let final = try community.grow([try TestCommunity.transaction(nonce: 0)])
        let change = pool.advance(over: final.block, state: community.state, at: now)
        #expect(change.ready == [late] && change.dropped.isEmpty)
        #expect(pool.gappedCount == 0)
    }

    @Test mutating func `forgets the transactions of a suspended member, and says so`() throws {
        var community = community
        let outcast = TestCommunity.households[2]
        let first = try TestCommunity.transaction(of: outcast, nonce: 0)
        #expect(admit(first) == nil)
        #expect(admit(try TestCommunity.transaction(of: outcast, nonce: 1)) == nil)
        let suspension = try TestCommunity.transaction(
            of: TestCommunity.aggregator, nonce: 0, to: NativeContract.community,
            data: CommunityCall.suspend(outcast))
        let final = try community.grow([suspension])
        #expect(pool.hasReady)
        let change = pool.advance(over: final.block, state: community.state, at: now)
        #expect(change.dropped.count == 2 && !pool.hasReady)
        #expect(pool.droppedTransaction(first.hash)?.reason == .refused(.suspended(outcast)))
    }

    @Test mutating func `remembers so many that left, and no more bytes than so many`() throws {
        var dropped = DroppedTransactions()
        let small = try TestCommunity.transaction(nonce: 0)
        let large = try (1...400 as ClosedRange<UInt64>).map {
            try TestCommunity.transaction(nonce: $0, padding: 31_000)
        }
        dropped.note(DroppedTransaction(transaction: small, reason: .expired, at: now))
        for transaction in large {
            dropped.note(DroppedTransaction(transaction: transaction, reason: .expired, at: now))
        }
        #expect(dropped[small.hash] == nil)
        #expect(dropped[large[399].hash] != nil)
        #expect(dropped.count <= DroppedTransactions.byteCapacity / 31_000)
    }
}
