import Protocol
import TestKit
import Testing

@testable import Ledger

@Suite struct OpenOffersTests {
    @Test(arguments: 1...10 as ClosedRange<UInt64>)
    func `the set of open offers behaves as a sorted set`(seed: UInt64) {
        var random = SeededGenerator(seed: seed)
        var overlay = StateOverlay(empty: TestCommunity.genesis())
        var model: Set<UInt32> = []
        let near = (0..<400 as Range<UInt32>).map { $0 }
        let far: [UInt32] = [.max, .max - 1, 1 << 31, 1 << 24, 1 << 24 - 1, 70_000, 65_535]
        for _ in 0..<600 {
            let id = (near + far + far + far).randomElement(using: &random) ?? 0
            if Bool.random(using: &random) {
                OpenOffers.insert(id, in: &overlay)
                model.insert(id)
            } else {
                OpenOffers.remove(id, in: &overlay)
                model.remove(id)
            }
            let from = (near + far).randomElement(using: &random) ?? 0
            let expected = model.filter { $0 >= from }.min()
            #expect(OpenOffers.first(from: from, in: overlay) == expected)
        }
        for id in model { OpenOffers.remove(id, in: &overlay) }
        #expect(overlay.changes.isEmpty)
    }
}
