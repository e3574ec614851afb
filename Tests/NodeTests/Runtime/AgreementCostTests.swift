import Protocol
import Testing

@testable import Node

/// What small blocks cost, and the pause that follows from it.
@Suite struct AgreementCostTests {
    /// The pause after 200 blocks of `transactions` each, `interval` apart, that took `cost`.
    private func pause(
        interval: UInt64, transactions: Int, cost: Duration
    ) -> UInt64 {
        var agreement = AgreementCost()
        for number in 0..<200 {
            agreement.note(
                at: Timestamp(milliseconds: UInt64(number) * interval), transactions: transactions,
                processor: cost * number)
        }
        return agreement.pause
    }

    @Test func `agreement on small blocks takes a quarter of a core at most`() {
        #expect((27...28).contains(pause(interval: 50, transactions: 2, cost: .milliseconds(7))))
        #expect(pause(interval: 50, transactions: 2, cost: .microseconds(100)) == 0)
    }

    @Test func `a small machine waits a tenth of a second at most`() {
        #expect(pause(interval: 100, transactions: 2, cost: .milliseconds(80)) == 100)
    }

    @Test func `neither large blocks nor idle hours count`() {
        #expect(pause(interval: 50, transactions: 500, cost: .milliseconds(200)) == 0)
        #expect(pause(interval: 60_000, transactions: 1, cost: .milliseconds(300)) == 0)
    }
}
