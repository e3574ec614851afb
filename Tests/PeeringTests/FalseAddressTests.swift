import Protocol
import TestKit
import Testing

@testable import Peering

/// Members that say of themselves, or of others, that they are where somebody else is.
@Suite(.serialized) struct FalseAddressTests {
    private let community = Community()

    /// Validators that dial each other, each at a port of its own.
    private func validators(_ count: Int) async throws -> [TestNode] {
        let ports = try Self.freePorts(count)
        var nodes: [TestNode] = []
        for (index, port) in ports.enumerated() {
            let others = ports.filter { $0 != port }
            let node = try await TestNode.start(
                number: UInt32(index + 1), in: community,
                seeds: others.map { Endpoint(host: "127.0.0.1", port: $0) }, port: port,
                advertised: "127.0.0.1:\(port)")
            community.add(node)
            nodes.append(node)
        }
        return nodes
    }

    private static func freePorts(_ count: Int) throws -> [Int] {
        try (0..<count).map { _ in Int(try TakenPort.free()) }
    }

    private func isMesh(_ nodes: [TestNode]) -> Bool {
        let accounts = Set(nodes.map(\.account))
        return nodes.allSatisfy {
            $0.recorder.current.linked.isSuperset(of: accounts.subtracting([$0.account]))
        }
    }

    private func connections(_ nodes: [TestNode]) -> Int {
        nodes.reduce(0) { $0 + $1.recorder.current.connections }
    }

    private func resetLinks(among nodes: [TestNode]) async {
        for node in nodes {
            for other in nodes { await node.network.disconnect(other.account, reason: "reset") }
        }
    }

    @Test func `households that claim the validators' addresses part nobody`() async throws {
        let validators = try await validators(4)
        var households: [TestNode] = []
        for (index, validator) in validators.enumerated() {
            let household = try await TestNode.start(
                number: UInt32(11 + index), in: community, listens: false,
                seeds: validators.map(\.endpoint), advertised: validator.endpoint.description)
            community.add(household)
            households.append(household)
        }
        try await running(validators + households) {
            try await eventually("all are linked") {
                isMesh(validators)
                    && households.allSatisfy { $0.recorder.current.linked.count == 4 }
            }
            // They may be there again before anybody looks: what has begun since is counted.
            let before = connections(validators)
            await resetLinks(among: validators)
            try await eventually("all are linked again", within: .seconds(10)) {
                connections(validators) >= before + 4 * 3 && isMesh(validators)
            }
        }
    }

    @Test func `a household that claims the aggregator's address keeps nobody off it`()
        async throws
    {
        let port = Int(try TakenPort.free())
        let place = Endpoint(host: "127.0.0.1", port: port)
        // The liar is met first, and says that it is where the aggregator will be.
        let liar = try await TestNode.start(
            number: 2, in: community, advertised: place.description)
        let household = try await TestNode.start(
            number: 3, in: community, listens: false, seeds: [place, liar.endpoint],
            keepsAllSeeds: false)
        community.add(liar)
        community.add(household)
        try await running([liar, household]) {
            #expect(await household.recorder.wait { $0.linked.contains(liar.account) })
            let aggregator = try await TestNode.start(number: 1, in: community, port: port)
            community.add(aggregator)
            try await running([aggregator]) {
                try await eventually("the household has its aggregator", within: .seconds(10)) {
                    household.recorder.current.linked.contains(aggregator.account)
                }
            }
        }
    }

    @Test func `two nodes with one configuration do not keep each other's peers away`()
        async throws
    {
        // A copied file says the same address for both.
        let ports = try Self.freePorts(2)
        let aggregator = try await TestNode.start(
            number: 1, in: community, port: ports[0], advertised: "127.0.0.1:\(ports[0])")
        let households = [
            try await TestNode.start(
                number: 2, in: community, listens: false, seeds: [aggregator.endpoint],
                advertised: aggregator.endpoint.description),
            try await TestNode.start(
                number: 3, in: community, seeds: [aggregator.endpoint], port: ports[1],
                advertised: aggregator.endpoint.description),
        ]
        for node in [aggregator] + households { community.add(node) }
        try await running([aggregator] + households) {
            for node in households {
                #expect(await node.recorder.wait { $0.linked.contains(aggregator.account) })
            }
            await resetLinks(among: [aggregator] + households)
            try await eventually("both are linked again", within: .seconds(5)) {
                households.allSatisfy { $0.recorder.current.linked.contains(aggregator.account) }
                    && households.allSatisfy { $0.recorder.current.connections >= 2 }
            }
        }
    }

    @Test func `a node tells others of an address once it has found it to be true`() async throws {
        let ports = try Self.freePorts(3)
        let middle = try await TestNode.start(number: 1, in: community, port: ports[0])
        let honest = try await TestNode.start(
            number: 2, in: community, seeds: [middle.endpoint], port: ports[1],
            advertised: "127.0.0.1:\(ports[1])")
        let liar = try await TestNode.start(
            number: 3, in: community, seeds: [middle.endpoint], port: ports[2],
            advertised: honest.endpoint.description)
        for node in [middle, honest, liar] { community.add(node) }
        try await running([middle, honest, liar]) {
            #expect(await middle.recorder.wait { $0.linked.count == 2 })
            let newcomer = try await TestNode.start(
                number: 4, in: community, listens: false, seeds: [middle.endpoint])
            community.add(newcomer)
            try await running([newcomer]) {
                // It hears of the honest node alone, when it links late enough.
                try await eventually("it has dialled the honest node") {
                    await middle.network.disconnect(newcomer.account, reason: "again")
                    return newcomer.recorder.current.linked.contains(honest.account)
                }
                #expect(!newcomer.recorder.current.linked.contains(liar.account))
            }
        }
    }

    @Test func `a peer tells of others once`() async throws {
        let node = try await TestNode.start(number: 1, in: community)
        let member = try await TestNode.start(
            number: 2, in: community, listens: false, seeds: [node.endpoint])
        community.add(node)
        community.add(member)
        try await running([node, member]) {
            #expect(await node.recorder.wait { $0.linked.contains(member.account) })
            #expect(await member.recorder.wait { $0.linked.contains(node.account) })
            await member.network.send(.link(.peers([])), to: [node.account])
            try await eventually("the refusal is counted") {
                node.network.figures.refusals[.misplaced] == 1
            }
        }
    }
}
