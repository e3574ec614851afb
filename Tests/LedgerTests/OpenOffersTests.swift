import Protocol
import TestKit
import Testing

@testable import Ledger

@Suite struct OpenOffersTests {
    @Test(arguments: 1...10 as ClosedRange<UInt64>)
    func `a paged set behaves as a sorted set`(seed: UInt64) {
        var random = SeededGenerator(seed: seed)
        var overlay = StateOverlay(empty: TestCommunity.genesis())
        let set = PagedSet(.openOffers)
        var model: Set<UInt32> = []
        let near = (0..<400 as Range<UInt32>).map { $0 }
        let far: [UInt32] = [.max, .max - 1, 1 << 31, 1 << 24, 1 << 24 - 1, 70_000, 65_535]
        for _ in 0..<600 {
            let id = (near + far + far + far).randomElement(using: &random) ?? 0
            if Bool.random(using: &random) {
                set.insert(id, in: &overlay)
                model.insert(id)
            } else {
                set.remove(id, in: &overlay)
                model.remove(id)
            }
            let from = (near + far).randomElement(using: &random) ?? 0
            let expected = model.filter { $0 >= from }.min()
            #expect(set.first(from: from, in: overlay) == expected)
        }
        for id in model { set.remove(id, in: &overlay) }
        #expect(overlay.changes.isEmpty)
    }

    /// What it costs to find the cheapest does not depend on how many there are.
    @Test func `the cheapest offers come first, whatever their numbers`() throws {
        var random = SeededGenerator(seed: 3)
        var overlay = StateOverlay(empty: TestCommunity.genesis())
        var model: [Offer] = []
        for id in 1...300 as ClosedRange<UInt32> {
            let offer = Offer(
                id: OfferID(id), seller: TestCommunity.anna,
                energy: WattHours(UInt64.random(in: 1...20, using: &random)),
                price: TokenAmount(UInt64.random(in: 1...6, using: &random) * 1_000),
                timeOffered: .zero, expires: MarketTime(seconds: id.isMultiple(of: 7) ? 5 : 50))
            overlay.set(
                .trade(offer.id), Trade(offer: offer, offered: TradeStep(block: 1, time: .zero)))
            OpenOffers.insert(offer, in: &overlay)
            model.append(offer)
        }
        for _ in 0..<100 {
            let index = Int.random(in: model.indices, using: &random)
            OpenOffers.remove(model.remove(at: index), in: &overlay)
        }
        let now = MarketTime(seconds: 10)
        let sorted = model.filter { $0.expires > now }
            .sorted { ($0.unitPrice, $0.id) < ($1.unitPrice, $1.id) }
        var looks = 0
        let few = overlay.cheapestOffers(count: 99, lookingAt: 5, at: now) { _ in
            looks += 1
            return true
        }
        #expect(looks <= 5 && few == Array(sorted.prefix(few.count)))
        #expect(overlay.cheapestOffers(count: 500, at: now) == sorted)
        #expect(overlay.cheapestOffers(count: 9, at: now) == Array(sorted.prefix(9)))
        for (place, last) in sorted.enumerated() {
            // A page begins where the one before ended, whether that offer is open still or not.
            if place % 2 == 0 { OpenOffers.remove(last, in: &overlay) }
            #expect(
                overlay.cheapestOffers(after: (last.unitPrice, last.id), count: 3, at: now)
                    == Array(sorted.dropFirst(place + 1).prefix(3)))
            if place % 2 == 0 { OpenOffers.insert(last, in: &overlay) }
        }
        let limit = UInt64(sorted[100].unitPrice)
        #expect(
            overlay.cheapestOffers(upTo: limit, count: 500, at: now) { $0.id.value % 2 == 0 }
                == sorted.filter { $0.unitPrice <= limit && $0.id.value % 2 == 0 })
        for offer in model { OpenOffers.remove(offer, in: &overlay) }
        #expect(overlay.cheapestOffers(count: 1, at: now).isEmpty)
        #expect(overlay.changes.allSatisfy { $0.entry.key.first == StateTable.trade.letter })
    }

    @Test func `a price for a kilowatt-hour is rounded down and fits in 32 bits`() {
        func price(_ energy: UInt64, _ price: UInt64) -> UInt32 {
            Offer(
                id: OfferID(1), seller: .zero, energy: WattHours(energy), price: TokenAmount(price),
                timeOffered: .zero, expires: .zero
            ).unitPrice
        }
        #expect(price(3, 1) == 333)
        #expect(price(1_000, 120) == 120)
        #expect(price(1, UInt64(UInt32.max)) == .max)
    }
}
