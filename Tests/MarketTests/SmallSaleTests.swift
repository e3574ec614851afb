import Ledger
import Protocol
import Testing

@testable import Market

/// Sales that are next to nothing must not take the places of those that matter. As with gifts, the
/// fixture's clock goes as a wall's does, and two sellers have delivered before: six picks at once.
extension AutomaticTraderTests {
    /// 90 kW draw 200 Wh in eight seconds: eight purchases of 25 Wh would be enough.
    @Test mutating func `sales of next to nothing come last, and take half of the places`() throws {
        for _ in 0..<9 { try offer(1, 1, by: other) }
        let alone = actions(of: buyer, power: 90_000)
        #expect(alone.count == 4)
        for _ in 0..<9 { try offer(20, 1_800, by: other) }
        let large = Set((10...18 as ClosedRange<UInt32>).map { TradeAction.pick(id($0)) })
        let picks = actions(of: buyer, power: 90_000)
        #expect(picks.count == 6 && large.isSuperset(of: picks))
        for number in 1...3 as ClosedRange<UInt32> { try pay(id(number)) }
        for number in 10...18 as ClosedRange<UInt32> {
            try ledger.call(NativeContract.market, MarketCall.cancelOffer(id(number)), by: other)
        }
        #expect(actions(of: buyer, power: 90_000).count == 1)
    }

    @Test mutating func `sales of next to nothing hide no others, however many there are`() throws {
        for _ in 0..<64 { try offer(1, 1, by: other) }
        for _ in 0..<6 { try offer(20, 1_800) }
        let picks = actions(of: buyer, power: 90_000)
        let large = Set((65...70 as ClosedRange<UInt32>).map { TradeAction.pick(id($0)) })
        #expect(picks.count == 6 && large.isSuperset(of: picks))
    }

    @Test mutating func `small sales are as good as others where little is drawn`() throws {
        for _ in 0..<9 { try offer(1, 1, by: other) }
        try offer(20, 1_800, by: other)
        // 360 W draw less than a watt-hour in eight seconds: one is enough, and the cheapest is taken.
        let picks = actions(of: buyer, power: 360)
        #expect(picks.count == 1 && picks != [.pick(id(10))])
    }
}
