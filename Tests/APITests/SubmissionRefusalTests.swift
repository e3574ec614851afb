import Ledger
import Protocol
import TestKit
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

/// What a client wrote comes back in a refusal escaped and cut.
@Suite struct `A refusal repeats no client's words as they came` {
    private static let words = String(repeating: "\u{1b}[2J\n\u{202e}", count: 500)

    private func expectPlain(_ text: String?) throws {
        let text = try #require(text)
        #expect(UntrustedText(text).isPlain)
        #expect(text.unicodeScalars.count < 8_000)
    }

    @Test func `of JSON-RPC`() throws {
        try expectPlain(RPCError.unknownMethod(UntrustedText(Self.words)).message)
    }

    @Test func `of REST`() async throws {
        try await APIServer.run { server async throws in
            let encoded = Self.words.utf8.prefix(900)
                .map { "%" + String(0x100 + Int($0), radix: 16).dropFirst() }.joined()
            for path in ["blocks", "accounts", "transactions", "trades", "members", "contracts"] {
                let suffix = path == "contracts" ? "/abi" : ""
                let answer = try await server.client.get("/api/v1/\(path)/\(encoded)\(suffix)")
                #expect(answer.status == 400 || answer.status == 404)
                try expectPlain(try answer.json["detail"]?.verbatim)
            }
            let role = try await server.client.get("/api/v1/members?role=\(encoded)")
            try expectPlain(try role.json["detail"]?.verbatim)
        }
    }
}
