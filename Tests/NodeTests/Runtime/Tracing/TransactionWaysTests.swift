import API
import Peering
import Protocol
import Testing

@testable import Node

/// What is remembered of transactions, and for how long.
@Suite struct TransactionWaysTests {
    private func hash(_ number: Int) -> Hash32 { SHA256.hash(Bytes("\(number)".utf8)) }

    private func at(_ microseconds: UInt64) -> SteadyTime {
        SteadyTime(nanoseconds: 1_000_000_000 + microseconds * 1_000)
    }

    private var arrival: Arrival { Arrival(source: .peer, came: at(1), verified: at(2)) }

    private func block(_ number: UInt64) -> BlockTimes {
        BlockTimes(
            place: TransactionTrace.Place(number: number, round: 0), proposed: nil, prepared: nil,
            final: at(number))
    }

    @Test func `however many come, the last are remembered and no more`() {
        var ways = TransactionWays(capacity: 100)
        for number in 0..<1_000 { ways.begin(hash(number), arrival, pooled: at(3)) }
        #expect(ways.count == 100)
        for number in 0..<1_000 {
            #expect(ways.holds(hash(number)) == (number >= 900), "\(number)")
            #expect((ways.way(of: hash(number)) != nil) == (number >= 900), "\(number)")
        }
    }

    @Test func `what comes with blocks alone is bounded too`() {
        var ways = TransactionWays(capacity: 10)
        for number in 1...95 as ClosedRange<UInt64> {
            ways.open(block(number))
            #expect(ways.enter(hash(Int(number))) == nil)
            ways.changeNewest { $0.told = at(number + 1_000) }
        }
        #expect(ways.count == 10)
        for number in 86...95 as ClosedRange<UInt64> {
            let way = ways.way(of: hash(Int(number)))
            #expect(way?.block?.number == number)
            #expect(way?.stages.map(\.stage) == [.final, .told])
            #expect(way?.stages.last?.at == at(number + 1_000))
        }
        #expect(!ways.holds(hash(85)))
    }

    @Test func `a way begins once, and goes on in a block`() {
        var ways = TransactionWays(capacity: 4)
        ways.begin(hash(1), arrival, pooled: at(5))
        let later = Arrival(source: .client, came: at(7), verified: at(8))
        ways.begin(hash(1), later, pooled: at(9))
        ways.open(block(50))
        let known = ways.enter(hash(1))
        #expect(known?.arrival == arrival)
        #expect(known?.pooled == at(5))
        let way = ways.way(of: hash(1))
        #expect(way?.stages.map(\.stage) == [.accepted, .verified, .pooled, .final])
        #expect(way?.stages.map(\.at) == [at(1), at(2), at(5), at(50)])
    }

    @Test func `a block that is no longer there is not mistaken for another`() {
        var ways = TransactionWays(capacity: 3)
        ways.begin(hash(1), arrival, pooled: at(5))
        for number in 1...4 as ClosedRange<UInt64> {
            ways.open(block(number))
            if number == 1 { _ = ways.enter(hash(1)) }
            let isThere = number <= 3
            #expect((ways.way(of: hash(1))?.block?.number == 1) == isThere)
            #expect((ways.way(of: hash(1))?.block == nil) == !isThere)
        }
        #expect(ways.way(of: hash(1))?.stages.count == 3)
    }
}
