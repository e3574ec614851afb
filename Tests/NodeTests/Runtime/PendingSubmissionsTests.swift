import Protocol
import Testing

@testable import Node

/// Submissions that wait when a node stops.
struct PendingSubmissionsTests {
    private func transaction() throws -> VerifiedTransaction {
        try VerifiedTransaction(
            Transaction(chainID: 1, nonce: 0, to: .zero, data: []).signed(by: PrivateKey.random()))
    }

    @Test(.timeLimit(.minutes(1)))
    func `whoever waits for an answer is turned away when the node stops`() async throws {
        let queue = EventQueue()
        let submissions = PendingSubmissions(queue: queue)
        let transaction = try transaction()
        let arrival = Arrival(source: .client, came: .now, verified: .now)
        let waiting = Task { await submissions.submit(transaction, arrival) == nil }
        while queue.isEmpty { await Task.yield() }
        // As a node ends: nobody takes what waits in the queue any more.
        submissions.close()
        #expect(await waiting.value)
        #expect(await queue.next() == nil)
        #expect(await submissions.submit(transaction, arrival) == nil)
    }
}
