import Ledger
import Protocol
import Testing

@testable import API

@Suite struct `A refused transaction` {
    /// All that the ledger may say, each once.
    static let ledgerSays: [(AdmissionError, String)] = [
        (.wrongChain(stated: 1, expected: 2), "wrongChain"), (.tooLarge(bytes: 1), "tooLarge"),
        (.createsContract, "createsContract"), (.sendsValue(UInt256(1)), "sendsValue"),
        (.priorityFeeAboveCap, "priorityFeeAboveCap"),
        (.gasTooLow(limit: 1, needed: 2), "gasTooLow"), (.gasTooHigh(limit: 1), "gasTooHigh"),
        (.notMember(.zero), "notMember"), (.suspended(.zero), "suspended"),
        (.nonceTooLow(stated: 1, next: 2), "nonceTooLow"), (.nonceExhausted, "nonceExhausted"),
    ]

    @Test(arguments: ledgerSays)
    func `has the ledger's reason by name and its text`(error: AdmissionError, name: String) {
        let refusal = SubmissionRefusal(error)
        #expect(refusal.reason.rawValue == name)
        #expect(refusal.message == error.description)
        #expect(RPCError.refused(refusal).json["data"]?["reason"] == .string(name))
        #expect(RPCError.refused(refusal).json["message"] == .string(error.description))
        #expect(Problem(refusal).json["reason"] == .string(name))
        #expect(Problem(refusal).status == 422)
    }

    @Test func `is about the nonce in these cases alone`() {
        let aboutNonce = SubmissionRefusal.Reason.allCases.filter(\.isAboutNonce)
        #expect(aboutNonce == [.known, .nonceTooLow, .nonceTaken, .nonceTooHigh])
    }

    @Test(arguments: SubmissionRefusal.Reason.allCases)
    func `comes with the status of its kind`(reason: SubmissionRefusal.Reason) {
        let refusal = SubmissionRefusal(reason, "why")
        let isBusy = [.busy, .poolFull, .senderLimit, .rateLimited].contains(reason)
        #expect(RPCError.refused(refusal).code == (isBusy ? -32_005 : -32_000))
        let retry = RPCError.refused(refusal).json["data"]?["retryAfterSeconds"]
        #expect(retry == (isBusy ? .number(1) : nil))
        let status =
            switch reason {
            case .malformed: 400
            case .known: 409
            default: isBusy ? 503 : 422
            }
        #expect(Problem(refusal).status == status)
        #expect((Problem(refusal).retryAfter != nil) == isBusy)
    }
}
