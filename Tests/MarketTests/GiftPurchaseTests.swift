import Ledger
import Protocol
import Testing

@testable import Market

/// What a household that takes gifts buys beside them. Its fixture's clock goes as a wall's does, and
/// two sellers have delivered before.
extension AutomaticTraderTests {
    /// 360 W draw a watt-hour in ten seconds.
    @Test
    mutating func `a gift keeps nobody from buying for longer than its energy lasts`() throws {
        try offer(1, 0, to: buyer)
        try offer(50, 4_500, by: other)
        #expect(actions(of: buyer, power: 360) == [.pick(id(1))])
        try pay(id(1))
        #expect(actions(of: buyer, power: 360).isEmpty)
        ledger.advance(milliseconds: 9_000)
        #expect(actions(of: buyer, power: 360).isEmpty)
        ledger.advance(milliseconds: 1_000)
        #expect(actions(of: buyer, power: 360) == [.pick(id(2))])
        // One of fifty lasts five hundred seconds.
        try ledger.call(NativeContract.market, MarketCall.cancelOffer(id(2)), by: other)
        try offer(50, 0, to: buyer)
        try pay(id(3))
        try offer(50, 4_500, by: other)
        ledger.advance(milliseconds: 490_000)
        #expect(actions(of: buyer, power: 360).isEmpty)
        ledger.advance(milliseconds: 10_000)
        #expect(actions(of: buyer, power: 360) == [.pick(id(4))])
    }

    /// What is drawn in twice eight seconds more may pass from a pick until its energy has flowed.
    @Test mutating func `whose gift should have come takes nobody's turn with another`() throws {
        for _ in 0..<2 { try offer(1, 0, to: buyer) }
        try offer(50, 4_500, by: other)
        try pay(id(1))
        ledger.advance(milliseconds: 25_000)
        #expect(actions(of: buyer, power: 360).first == .pick(id(2)))
        ledger.advance(milliseconds: 1_000)
        #expect(actions(of: buyer, power: 360) == [.pick(id(3))])
    }

    @Test mutating func `gifts have places of their own, half of what may be picked`() throws {
        for _ in 0..<9 { try offer(1, 0, to: buyer) }
        for _ in 0..<9 { try offer(5, 450, by: other) }
        let gifts = Set((1...9 as ClosedRange<UInt32>).map { TradeAction.pick(id($0)) })
        // After two deliveries the ledger takes six picks at once. 90 kW draw 200 Wh in eight seconds.
        let picks = actions(of: buyer, power: 90_000)
        #expect(picks.count == 6 && picks.count { gifts.contains($0) } == 3)
        // Whose one place is free takes a gift too.
        let only = actions(of: buyer, power: 90_000) { $0.mostOpenPurchases = 1 }
        #expect(only.count == 1 && gifts.isSuperset(of: only))
        for number in 1...3 as ClosedRange<UInt32> { try pay(id(number)) }
        let beside = actions(of: buyer, power: 90_000)
        #expect(beside.count == 3 && gifts.isDisjoint(with: beside))
        let one = actions(of: buyer, power: 90_000) { $0.mostOpenPurchases = 1 }
        #expect(one.count == 1 && gifts.isDisjoint(with: one))
    }
}
