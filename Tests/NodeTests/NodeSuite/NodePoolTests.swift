import Ledger
import Protocol
import TestKit
import Testing

@testable import Node

/// What a node has acknowledged, beyond its own end.
@Suite struct `A node's pool` {
    private let offer = MarketCall.addOffer(energy: 100, price: 10)

    private func hash(_ answer: Answer) throws -> String {
        try #require(try answer.json["hash"]?.text?.verbatim)
    }

    @Test func `is there again after a restart, and becomes final`() async throws {
        try await withTemporaryDirectory { directory in
            // Of two validators one runs: nothing becomes final.
            let community = try NodeCommunity(in: directory, validators: 2)
            let (one, two) = (community.validators[0], community.validators[1])
            let seller = community.household.account
            let hashes = try await community.running(one) { node in
                var hashes: [String] = []
                for nonce in 0..<5 as Range<UInt64> {
                    let answer = try await node.submit(offer, by: seller, nonce: nonce)
                    #expect(answer.status == 202)
                    hashes.append(try hash(answer))
                }
                return hashes
            }
            try await community.running(one) { node in
                try await eventually("all are there") { node.snapshot.pool.count == 5 }
                #expect(node.snapshot.nextNonce(of: seller.address) == 5)
                try await community.running(two, dialling: [one]) { _ in
                    for hash in hashes {
                        try await eventually("\(hash) is final") {
                            try await node.client.get("/api/v1/transactions/\(hash)")
                                .json["status"] == "final"
                        }
                    }
                }
            }
            try await community.running(one) { node in #expect(node.snapshot.pool.count == 0) }
        }
    }

    @Test func `tells what lost its nonce while the node was away`() async throws {
        try await withTemporaryDirectory { directory in
            let community = try NodeCommunity(in: directory)
            let (validator, household) = (community.validators[0], community.household)
            let sender = household.account
            let rival = MarketCall.addOffer(energy: 7, price: 7)
            let lost = try await community.running(household) { node in
                try hash(try await node.submit(offer, by: sender, nonce: 0))
            }
            try await community.running(validator) { one in
                _ = try await one.finalize(rival, by: sender)
                try await community.running(household, dialling: [validator]) { node in
                    try await eventually("it is told") {
                        let answer = try await node.client.get("/api/v1/transactions/\(lost)")
                        return try answer.json["reason"] == "replaced"
                    }
                }
            }
        }
    }

    @Test func `lets what comes early wait for its predecessor`() async throws {
        try await withTemporaryDirectory { directory in
            let community = try NodeCommunity(in: directory)
            let seller = community.household.account
            try await community.running(community.validators[0]) { node in
                async let late = node.submit(offer, by: seller, nonce: 1, wait: "?wait=final")
                async let first = node.submit(offer, by: seller, nonce: 0, wait: "?wait=final")
                let answers = try await [late, first]
                for answer in answers { #expect(try answer.json["status"] == "final") }
                let alone = try await node.submit(offer, by: seller, nonce: 3)
                #expect(alone.status == 422)
                #expect(try alone.json["reason"] == "nonceTooHigh")
                #expect(try alone.json["detail"] == "nonce too high: next nonce 2, tx nonce 3")
            }
        }
    }
}
