import Foundation
import Ledger
import Protocol
import Storage
import TestKit
import Testing

@testable import Node

/// One validator's node in this process, from its start to its end and on.
@Suite struct `A node` {
    private let offer = MarketCall.addOffer(energy: 100, price: 10)

    @Test func `makes a transaction final, tells it, and goes on from there`() async throws {
        try await withTemporaryDirectory { directory in
            let community = try NodeCommunity(in: directory)
            let seller = community.household.account
            let before = try await community.running(community.validators[0]) { node in
                let events = try await node.events(until: "event: market")
                let hash = try await node.finalize(offer, by: seller)
                let told = try await events.value
                #expect(told.contains("event: block\nid: 1\n"))
                #expect(told.contains(#"{"hash":"\#(hash)","status":"final","reason":null}"#))
                #expect(told.contains("OfferAdded"))
                return node.snapshot
            }
            #expect(before.height == 1)
            try await community.running(community.validators[0]) { node in
                #expect(node.snapshot.hash == before.hash)
                #expect(node.snapshot.state.root == before.state.root)
                _ = try await node.finalize(offer, by: seller)
                #expect(node.snapshot.height == 2)
                #expect(node.snapshot.header.parentHash == before.hash)
            }
        }
    }

    @Test func `tells those who listen that it ends, and lets go of all it had`() async throws {
        try await withTemporaryDirectory { directory in
            let community = try NodeCommunity(in: directory)
            let validator = community.validators[0]
            let (events, client) = try await community.running(validator) { node in
                await #expect(throws: StorageError.self) {
                    _ = try await community.node(of: validator)
                }
                return (try await node.events(), node.client)
            }
            // The last chunk: the answer is whole.
            #expect(try await events.value.hasSuffix("\r\n0\r\n\r\n"))
            await #expect(throws: (any Error).self) { try await client.get("/api/v1/status") }
            let again = try await community.node(of: validator)
            try again.store.close()
        }
    }

    @Test func `refuses a damaged directory, and says what and what to do`() async throws {
        try await withTemporaryDirectory { directory in
            let community = try NodeCommunity(in: directory)
            let validator = community.validators[0]
            try await community.running(validator) { node in
                _ = try await node.finalize(offer, by: community.household.account)
            }
            let file = URL(fileURLWithPath: validator.database)
            var bytes = try Data(contentsOf: file)
            bytes[bytes.count / 2] ^= 0x10
            try bytes.write(to: file)
            let error = await #expect(throws: StorageError.self) {
                _ = try await community.node(of: validator)
            }
            let text = try #require(error).description
            #expect(
                text.contains("\(validator.database) is damaged: database file, page "), "\(text)")
            #expect(text.contains("'busbar chain repair'"))
            #expect(try Data(contentsOf: file) == bytes)
        }
    }

    @Test func `turns away what it has no room for, with the reason`() async throws {
        try await withTemporaryDirectory { directory in
            // Of two validators one runs: nothing becomes final, and what comes in waits.
            let community = try NodeCommunity(in: directory, validators: 2)
            let seller = community.household.account
            try await community.running(community.validators[0]) { node in
                // A run of any length within the sender's share is taken.
                for nonce in 0..<70 as Range<UInt64> {
                    let answer = try await node.submit(offer, by: seller, nonce: nonce)
                    #expect(answer.status == 202)
                }
                let dearer = MarketCall.addOffer(energy: 100, price: 11)
                for (data, nonce, status, reason) in [
                    (offer, 0, 409, "known"), (dearer, 0, 422, "nonceTaken"),
                    (offer, 71, 422, "nonceTooHigh"), (offer, 200, 422, "nonceTooHigh"),
                ] as [(Bytes, UInt64, Int, String)] {
                    let answer = try await node.submit(data, by: seller, nonce: nonce)
                    #expect(answer.status == status)
                    #expect(try answer.json["reason"]?.verbatim == reason)
                }
                #expect(node.snapshot.height == 0)
            }
        }
    }

    @Test func `with a full queue is busy, and says so`() async throws {
        try await withTemporaryDirectory { directory in
            let community = try NodeCommunity(in: directory)
            let validator = community.validators[0]
            // Its API is open, and its loop does not run yet.
            let node = try await community.node(of: validator)
            let servers = try await APIServers.open(for: node)
            while node.queue.offer(.role(.tick)) {}
            let waiting = RunningNode(node: node, client: PlainClient(port: validator.rpc.port))
            let answer = try await waiting.submit(offer, by: community.household.account)
            #expect(answer.status == 503)
            #expect(try answer.json["reason"] == "busy")
            #expect(node.submissions.refused == ["busy": 1])
            await servers.close()
            try node.store.close()
        }
    }
}
