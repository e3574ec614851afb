import API
import Ledger
import Protocol
import TestKit
import Testing

@testable import Node

/// A transaction's way over running nodes.
@Suite struct `The way of a transaction` {
    /// What `node` tells of it once it has told everyone that it is final.
    private func trace(_ hash: String, at node: RunningNode) async throws -> JSON {
        var told: JSON = .null
        try await eventually("\(node.node.configuration.name) has told of it") {
            let answer = try await node.client.get("/api/v1/transactions/\(hash)/trace")
            told = answer.status == 200 ? try answer.json : .null
            return told["stages"]?.elements?.last?["stage"] == "told"
        }
        return told
    }

    private func stages(_ trace: JSON) -> [String] {
        (trace["stages"]?.elements ?? []).compactMap { $0["stage"]?.text?.verbatim }
    }

    @Test func `leads from a household through a validator and back`() async throws {
        try await withTemporaryDirectory { directory in
            let community = try NodeCommunity(in: directory)
            let (validator, household) = (community.validators[0], community.household)
            try await community.running(validator) { one in
                try await community.running(household, dialling: [validator]) { node in
                    try await eventually("they are linked") { !node.snapshot.peers.isEmpty }
                    let offer = MarketCall.addOffer(energy: 100, price: 10)
                    let hash = try await node.finalize(offer, by: household.account)
                    let here = try await trace(hash, at: node)
                    #expect(here["source"] == "client")
                    #expect(here["node"] == "h1")
                    #expect(here["account"] == .string(household.account.address.description))
                    #expect(
                        stages(here) == [
                            "accepted", "verified", "pooled", "final", "stored", "told",
                        ])
                    let there = try await trace(hash, at: one)
                    #expect(there["source"] == "peer")
                    #expect(stages(there) == TransactionTrace.Stage.allCases.map(\.rawValue))
                    #expect(there["block"] == here["block"])
                    #expect(there["round"] == 0)
                    // On one machine both clocks are one: it came here first, and was final there first.
                    try expectOrder(here, there)
                }
            }
        }
    }

    private func expectOrder(_ here: JSON, _ there: JSON) throws {
        for trace in [here, there] {
            let times = (trace["stages"]?.elements ?? []).compactMap { $0["microseconds"]?.integer }
            #expect(times == times.sorted())
            #expect(times.first == 0)
        }
        func time(_ stage: String, _ trace: JSON) throws -> UInt64 {
            let reached = try #require(
                trace["stages"]?.elements?.first {
                    $0["stage"]?.text?.verbatim == stage
                })
            return try #require(
                reached["time"]?.text.flatMap { RFC3339.microseconds($0.verbatim) })
        }
        #expect(try time("accepted", here) < time("accepted", there))
        #expect(try time("final", there) < time("final", here))
    }

    @Test func `is not known of what never came`() async throws {
        try await withTemporaryDirectory { directory in
            let community = try NodeCommunity(in: directory)
            try await community.running(community.validators[0]) { node in
                let path = "/api/v1/transactions/\(Hash32.zero)/trace"
                let answer = try await node.client.get(path)
                #expect(answer.status == 404)
                #expect(
                    try answer.json["detail"]?.text?.verbatim.contains("the last 8192") == true)
            }
        }
    }
}
