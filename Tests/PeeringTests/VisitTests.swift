import Protocol
import TestKit
import Testing

@testable import Peering

/// A suspended member's node: what it hears, and what it may cost.
@Suite struct `A suspended member's visit` {
    private let start = ContinuousClock.now
    private static let share = VisitLimits.usual.share
    private static let limits = VisitLimits(
        most: 2, time: .seconds(10), interval: .seconds(300), share: share)

    @Test func `is short, comes seldom, and not with many others`() {
        var visits = Visits(Self.limits)
        func comes(_ number: UInt32, after seconds: Int) -> Bool {
            visits.begin(Address(reserved: number), at: start + .seconds(seconds))
        }
        func rest(_ number: UInt32, after seconds: Int) -> Duration? {
            visits.rest(of: Address(reserved: number), at: start + .seconds(seconds))
        }
        #expect(rest(1, after: 0) == nil)
        #expect(comes(1, after: 0))
        let rests = [0, 4, 9, 10, 299].map { rest(1, after: $0) }
        #expect(rests == [.seconds(10), .seconds(6), .seconds(1), nil, nil])
        for seconds in [0, 5, 10, 299] { #expect(!comes(1, after: seconds)) }
        #expect(comes(2, after: 1))
        #expect(!comes(3, after: 9))
        #expect(comes(3, after: 10))
        #expect(comes(1, after: 300))
        #expect(rest(1, after: 301) == .seconds(9))
    }

    @Test func `costs a fraction of a member's share`() {
        let member = PeerShare.usual(of: .consumer)
        #expect(Self.share.percent * 5 <= member.percent && Self.share.burst < member.burst)
        #expect(Self.share.bytes <= member.bytes)
        let usual = VisitLimits.usual
        #expect(usual.time * 30 <= usual.interval && usual.most <= 4)
    }

    /// A chain's node, and a member's that dials it.
    private func pair(
        _ visits: VisitLimits
    ) async throws -> (node: TestNode, member: TestNode, community: Community) {
        let community = Community()
        let node = try await TestNode.start(number: 1, in: community, visits: visits)
        let member = try await TestNode.start(
            number: 2, in: community, listens: false, seeds: [node.endpoint])
        community.add(node)
        community.add(member)
        community.set(.prosumer, of: member.account)
        return (node, member, community)
    }

    private static func head(_ height: UInt64) -> WireMessage {
        .replica(
            .head(
                CertifiedHead(
                    head: ChainHead(height: height, hash: .zero),
                    certificate: Certificate(round: 0, seals: []))))
    }

    private static let request = WireMessage.replica(.blocksRequest(from: 1, count: 1))

    @Test func `brings it what it asks for, and nobody what it says`() async throws {
        let limits = VisitLimits(
            most: 1, time: .seconds(4), interval: .seconds(3_600), share: Self.share)
        let (node, member, community) = try await pair(limits)
        try await running([node, member]) {
            #expect(await node.recorder.wait { $0.linked.contains(member.account) })
            #expect(await member.recorder.wait { $0.linked.contains(node.account) })
            community.suspend(member)
            await node.network.dropStrangers { $0 != member.account }
            #expect(await node.network.peers == [member.account])
            // It hears the block that suspends it, and asks for others.
            #expect(await node.network.send(Self.head(7), to: [member.account]) == 1)
            #expect(await member.recorder.wait { $0.messages == [Self.head(7)] })
            for _ in 0..<3 { await member.network.send(Self.head(9), to: [node.account]) }
            await member.network.send(Self.request, to: [node.account])
            #expect(await node.recorder.wait { $0.messages.contains(Self.request) })
            #expect(node.recorder.current.messages == [Self.request])
            // Once more it is looked at: the visit does not begin anew.
            await node.network.dropStrangers { $0 != member.account }
            #expect(await node.recorder.wait { $0.linked.isEmpty })
            try await eventually("it is refused") {
                (node.network.figures.refusals[.suspended] ?? 0) >= 3
            }
            #expect(node.network.figures.violations == 0)
            #expect(node.recorder.current.connections == 1)
        }
    }

    @Test func `is granted to one that was away, by and by`() async throws {
        let limits = VisitLimits(
            most: 1, time: .milliseconds(500), interval: .seconds(3), share: Self.share)
        let (node, member, community) = try await pair(limits)
        community.suspend(member)
        try await running([node, member]) {
            #expect(await member.recorder.wait { $0.linked == [node.account] })
            #expect(await member.recorder.wait { $0.linked.isEmpty })
            #expect(await member.recorder.wait { $0.connections == 2 })
            #expect((node.network.figures.refusals[.suspended] ?? 0) >= 1)
            // Once it is a member again its link is a visit no longer.
            community.reinstate(member)
            await node.network.dropStrangers { _ in true }
            await member.network.send(Self.head(9), to: [node.account])
            try await eventually("it is heard") {
                await member.network.send(Self.head(9), to: [node.account])
                return node.recorder.current.messages.contains(Self.head(9))
            }
        }
    }
}
