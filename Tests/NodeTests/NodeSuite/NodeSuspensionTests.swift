import Ledger
import Peering
import Protocol
import TestKit
import Testing

@testable import Node

/// What the ledger says of a member, to its node's links.
@Suite struct `The node of a suspended member` {
    @Test func `hears of it, loses its links, is not admitted again, and is once it is reinstated`()
        async throws
    {
        try await withTemporaryDirectory { directory in
            let community = try NodeCommunity(in: directory)
            let (validator, household) = (community.validators[0], community.household)
            let member = household.account.address
            try await community.running(validator) { one in
                try await community.running(household, dialling: [validator]) { other in
                    let (network, peer) = (one.node.network, other.node.network)
                    try await eventually("linked") { await network.peers == [member] }
                    try await eventually("linked back") { await peer.peers.count == 1 }

                    try await call(CommunityCall.suspend(member), in: community, at: one)
                    try await eventually("it knows") {
                        other.snapshot.state.member(member)?.isSuspended == true
                    }
                    try await tells(community, one)
                    let isCut = try await eventually { await network.peers.isEmpty }
                    try #require(isCut)
                    let refused = network.figures.refusals[.suspended] ?? 0
                    // It dials again, and again.
                    let isRefused = try await eventually {
                        (network.figures.refusals[.suspended] ?? 0) >= refused + 2
                    }
                    try #require(isRefused)
                    #expect(await network.peers.isEmpty)
                    #expect(await peer.peers.isEmpty)

                    try await call(CommunityCall.reinstate(member), in: community, at: one)
                    try await eventually("linked again") { await network.peers == [member] }
                    try await eventually("it has caught up") {
                        other.snapshot.hash == one.snapshot.hash
                    }
                }
            }
        }
    }

    @Test func `hears of it where it was away at the time`() async throws {
        try await withTemporaryDirectory { directory in
            let community = try NodeCommunity(in: directory)
            let (validator, household) = (community.validators[0], community.household)
            let member = household.account.address
            try await community.running(validator) { one in
                try await call(CommunityCall.suspend(member), in: community, at: one)
                try await community.running(household, dialling: [validator]) { other in
                    try await eventually("it knows") {
                        other.snapshot.state.member(member)?.isSuspended == true
                    }
                    try await tells(community, one)
                }
            }
        }
    }

    /// The household's own node tells its people since when, by the block.
    private func tells(_ community: NodeCommunity, _ validator: RunningNode) async throws {
        let program = try AppBrowser.program(of: community.household)
        let told = try await program.get("household").json
        #expect(told["suspended"] == .bool(true))
        let block = try #require(told["suspendedSince"]?["block"]?.integer)
        let stored = try await validator.client.get("/api/v1/blocks/\(block)").json
        #expect(told["suspendedSince"]?["time"] == stored["time"])
        let path = "/api/v1/blocks/\(block)/transactions"
        let sent = try await validator.client.get(path).json["items"]?.elements ?? []
        #expect(sent.map { $0["from"] } == [.address(community.aggregator.address)])
    }

    private func call(
        _ data: Bytes, in community: NodeCommunity, at node: RunningNode
    ) async throws {
        _ = try await node.finalize(
            data, to: NativeContract.community, by: community.aggregator)
    }
}
