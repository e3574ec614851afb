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

    private mutating func admit(_ transaction: VerifiedTransaction) -> String? {
        do throws(PoolRejection) {
            try pool.admit(transaction, isOwn: true, state: community.state, at: now)
            return nil
        } catch {
            return error.description
        }
    }

    @Test mutating func `refuses in the words that Ethereum's clients know`() throws {
        let first = try TestCommunity.transaction(nonce: 0)
        #expect(admit(first) == nil)
        #expect(admit(first) == "already known")
        #expect(
            admit(try TestCommunity.transaction(nonce: 0, price: 11))
                == "replacement transaction underpriced")
        #expect(admit(try TestCommunity.transaction(nonce: 32)) == nil)
        #expect(
            admit(try TestCommunity.transaction(nonce: 33))
                == "nonce too high: next nonce 0, tx nonce 33")
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
        limits.perSender = 2
        pool = Mempool(limits: limits)
        let stranger = Address(reserved: 0xdddd)
        let cases: [(VerifiedTransaction, PoolRejection?)] = [
            (try TestCommunity.transaction(nonce: 0), nil),
            (try TestCommunity.transaction(nonce: 0), .known),
            (try TestCommunity.transaction(nonce: 0, price: 11), .nonceTaken),
            (try TestCommunity.transaction(nonce: 33), .nonceTooHigh(stated: 33, next: 0)),
            (
                try TestCommunity.transaction(of: stranger, nonce: 0),
                .inadmissible(.notMember(stranger))
            ),
            (try TestCommunity.transaction(nonce: 1), nil),
            (try TestCommunity.transaction(nonce: 2), .senderLimit),
        ]
        for (transaction, expected) in cases {
            var found: PoolRejection?
            do throws(PoolRejection) {
                try pool.admit(transaction, isOwn: true, state: community.state, at: now)
            } catch {
                found = error
            }
            #expect(found == expected)
        }
    }

    @Test mutating func `gives out what follows on the account's nonce, each sender in turn`()
        throws
    {
        let (anna, ben) = (TestCommunity.households[0], TestCommunity.households[1])
        for (sender, nonce) in [(anna, 1), (anna, 0), (ben, 0), (anna, 3), (ben, 1)] {
            #expect(admit(try TestCommunity.transaction(of: sender, nonce: UInt64(nonce))) == nil)
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

    @Test mutating func `makes room at the cost of who holds most, or refuses`() throws {
        var limits = PoolLimits()
        limits.transactions = 4
        pool = Mempool(limits: limits)
        let (greedy, modest) = (TestCommunity.households[0], TestCommunity.households[1])
        for nonce in 0..<4 as Range<UInt64> {
            #expect(admit(try TestCommunity.transaction(of: greedy, nonce: nonce)) == nil)
        }
        #expect(admit(try TestCommunity.transaction(of: greedy, nonce: 4)) == "txpool is full")
        #expect(admit(try TestCommunity.transaction(of: modest, nonce: 0)) == nil)
        #expect(admit(try TestCommunity.transaction(of: modest, nonce: 1)) == nil)
        #expect(admit(try TestCommunity.transaction(of: modest, nonce: 2)) == "txpool is full")
        #expect(pool.transactions(of: greedy).map(\.transaction.nonce) == [0, 1])
        #expect(pool.bytes == pool.candidates(atMost: 9).reduce(0) { $0 + $1.encoded.count })
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

    @Test mutating func `forgets after three hours`() throws {
        #expect(admit(try TestCommunity.transaction(nonce: 0)) == nil)
        #expect(pool.expire(at: now.advanced(byMilliseconds: Limits.poolLifetime)) == 0)
        #expect(pool.expire(at: now.advanced(byMilliseconds: Limits.poolLifetime + 1)) == 1)
        #expect(pool.count == 0 && pool.bytes == 0 && !pool.hasReady)
    }

    @Test mutating func `forgets what a block included or overtook`() throws {
        var community = community
        for nonce in 0..<3 as Range<UInt64> {
            #expect(admit(try TestCommunity.transaction(nonce: nonce)) == nil)
        }
        let rival = try TestCommunity.transaction(nonce: 1, price: 99)
        let final = try community.grow([try TestCommunity.transaction(nonce: 0), rival])
        #expect(pool.advance(over: final.block, state: community.state) == 1)
        #expect(pool.candidates(atMost: 9).map(\.transaction.nonce) == [2])
    }

    @Test mutating func `forgets the transactions of a suspended member`() throws {
        var community = community
        let outcast = TestCommunity.households[2]
        #expect(admit(try TestCommunity.transaction(of: outcast, nonce: 0)) == nil)
        #expect(admit(try TestCommunity.transaction(of: outcast, nonce: 1)) == nil)
        let suspension = try TestCommunity.transaction(
            of: TestCommunity.aggregator, nonce: 0, to: NativeContract.community,
            data: CommunityCall.suspend(outcast))
        let final = try community.grow([suspension])
        #expect(pool.hasReady)
        _ = pool.advance(over: final.block, state: community.state)
        #expect(!pool.hasReady)
    }
}
