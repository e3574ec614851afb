import API
import Ledger
import Replica
import Testing

@testable import Node

@Suite struct `What the pool rejects` {
    @Test(
        arguments: [
            (.known, .known), (.inadmissible(.nonceTooLow(stated: 1, next: 2)), .nonceTooLow),
            (.inadmissible(.suspended(.zero)), .suspended), (.nonceTaken, .nonceTaken),
            (.nonceTooHigh(stated: 40, next: 1), .nonceTooHigh), (.senderLimit, .senderLimit),
            (.rateLimited, .rateLimited), (.poolFull, .poolFull),
        ] as [(PoolRejection, SubmissionRefusal.Reason)])
    func `reaches the client with its reason and its text`(
        rejection: PoolRejection, reason: SubmissionRefusal.Reason
    ) {
        #expect(rejection.refusal.reason == reason)
        #expect(rejection.refusal.message == rejection.description)
    }
}
