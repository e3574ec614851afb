import Ledger
import Protocol
import Testing

@testable import Replica

@Suite struct `The pool` {
    private let street: Street
    private var pool: Mempool
    private var now = Street.start

    init() throws {
        street = try Street()
        pool = Mempool()
    }

    private mutating func admit(_ transaction: VerifiedTransaction) -> String? {
        do throws(PoolRejection) {
            try pool.admit(transaction, isOwn: true, state: street.state, at: now)
            return nil
        } catch {
            return error.message
        }
    }

    @Test mutating func `refuses in the words that Ethereum's clients know`() throws {
        let first = try Street.transaction(nonce: 0)
        #expect(admit(first) == nil)
        #expect(admit(first) == "already known")
        #expect(
            admit(try Street.transaction(nonce: 0, price: 11))
                == "replacement transaction underpriced")
        #expect(admit(try Street.transaction(nonce: 32)) == nil)
        #expect(
            admit(try Street.transaction(nonce: 33)) == "nonce too high: next nonce 0, tx nonce 33")
        let stranger = Address(reserved: 0xdddd)
        #expect(admit(try Street.transaction(of: stranger, nonce: 0))?.contains("member") == true)
        #expect(pool.count == 2)
    }

    @Test mutating func `refuses a used nonce`() throws {
        var street = street
        try street.grow([try Street.transaction(nonce: 0)])
        let late = try Street.transaction(nonce: 0, price: 12)
        #expect(throws: PoolRejection.self) {
            try pool.admit(late, isOwn: true, state: street.state, at: now)
        }
        #expect(pool.count == 0)
    }

    @Test mutating func `gives out what follows on the account's nonce, each sender in turn`()
        throws
    {
        let (anna, ben) = (Street.households[0], Street.households[1])
        for (sender, nonce) in [(anna, 1), (anna, 0), (ben, 0), (anna, 3), (ben, 1)] {
            #expect(admit(try Street.transaction(of: sender, nonce: UInt64(nonce))) == nil)
        }
        let order = pool.candidates(atMost: 10)
        #expect(order.map(\.sender) == [anna, ben, anna, ben])
        #expect(order.map(\.transaction.nonce) == [0, 0, 1, 1])
        #expect(pool.nextNonce(of: anna) == 2)
        #expect(pool.nextNonce(of: Street.households[2]) == nil)
    }

    @Test mutating func `puts what is beyond a fifth of a block after everyone else's`() throws {
        let (greedy, modest) = (Street.households[0], Street.households[1])
        for nonce in 0..<30 as Range<UInt64> {
            #expect(admit(try Street.transaction(of: greedy, nonce: nonce, padding: 31_000)) == nil)
        }
        for nonce in 0..<25 as Range<UInt64> {
            #expect(admit(try Street.transaction(of: modest, nonce: nonce)) == nil)
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
        let (greedy, modest) = (Street.households[0], Street.households[1])
        for nonce in 0..<4 as Range<UInt64> {
            #expect(admit(try Street.transaction(of: greedy, nonce: nonce)) == nil)
        }
        #expect(admit(try Street.transaction(of: greedy, nonce: 4)) == "txpool is full")
        #expect(admit(try Street.transaction(of: modest, nonce: 0)) == nil)
        #expect(admit(try Street.transaction(of: modest, nonce: 1)) == nil)
        #expect(admit(try Street.transaction(of: modest, nonce: 2)) == "txpool is full")
        #expect(pool.transactions(of: greedy).map(\.transaction.nonce) == [0, 1])
        #expect(pool.bytes == pool.candidates(atMost: 9).reduce(0) { $0 + $1.encoded.count })
    }

    @Test mutating func `lets a sender through at its rate`() throws {
        var limits = PoolLimits()
        limits.burst = 2
        limits.perSecond = 1
        pool = Mempool(limits: limits)
        #expect(admit(try Street.transaction(nonce: 0)) == nil)
        #expect(admit(try Street.transaction(nonce: 1)) == nil)
        #expect(admit(try Street.transaction(nonce: 2))?.contains("rate limit") == true)
        #expect(admit(try Street.transaction(of: Street.households[1], nonce: 0)) == nil)
        now = now.advanced(byMilliseconds: 1_000)
        #expect(admit(try Street.transaction(nonce: 2)) == nil)
    }

    @Test mutating func `forgets after three hours`() throws {
        #expect(admit(try Street.transaction(nonce: 0)) == nil)
        #expect(pool.expire(at: now.advanced(byMilliseconds: Limits.poolLifetime)) == 0)
        #expect(pool.expire(at: now.advanced(byMilliseconds: Limits.poolLifetime + 1)) == 1)
        #expect(pool.count == 0 && pool.bytes == 0 && !pool.hasReady)
    }

    @Test mutating func `forgets what a block included or overtook`() throws {
        var street = street
        for nonce in 0..<3 as Range<UInt64> {
            #expect(admit(try Street.transaction(nonce: nonce)) == nil)
        }
        let rival = try Street.transaction(nonce: 1, price: 99)
        let final = try street.grow([try Street.transaction(nonce: 0), rival])
        #expect(pool.advance(over: final.block, state: street.state) == 1)
        #expect(pool.candidates(atMost: 9).map(\.transaction.nonce) == [2])
    }

    @Test mutating func `forgets the transactions of a suspended member`() throws {
        var street = street
        let outcast = Street.households[2]
        #expect(admit(try Street.transaction(of: outcast, nonce: 0)) == nil)
        #expect(admit(try Street.transaction(of: outcast, nonce: 1)) == nil)
        let suspension = try Street.transaction(
            of: Street.aggregator, nonce: 0, to: NativeContract.community,
            data: CommunityCall.suspend(outcast))
        let final = try street.grow([suspension])
        #expect(pool.hasReady)
        _ = pool.advance(over: final.block, state: street.state)
        #expect(!pool.hasReady)
    }
}
