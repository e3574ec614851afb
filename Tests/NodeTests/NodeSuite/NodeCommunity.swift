import Keys
import Logging
import Node
import Protocol
import ServiceLifecycle
import TestKit
import Testing

/// A community whose nodes run in this process, below one directory: validators, a household, and
/// an aggregator, whose node few tests need.
struct NodeCommunity {
    private static let quiet = Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }

    let validators: [TestMember]
    let household: TestMember
    let office: TestMember
    /// Other households, which have accounts and no nodes.
    let neighbours: [TestMember]
    private let genesis: String

    init(in directory: String, validators count: Int = 1, neighbours others: Int = 0) throws {
        validators = try (1...count).map { try TestMember("v\($0)", .validator, in: directory) }
        household = try TestMember("h1", .household, in: directory)
        office = try TestMember("aggregator", .aggregator, in: directory)
        neighbours = try (0..<others).map {
            try TestMember("h\($0 + 2)", .household, in: directory)
        }
        genesis = directory + "/genesis.json"
        let members =
            validators.map(\.member) + [household.member, office.member]
            + neighbours.map(\.member)
        try GenesisFile.write(
            .fixture(chainID: 4_711, at: TestCommunity.start, members), to: genesis)
    }

    var aggregator: PrivateKey { office.account }

    /// A node of `member` that is not run yet; it dials those of `peers`.
    func node(
        of member: TestMember, dialling peers: [TestMember] = [], api: APISettings? = nil,
        logger: Logger? = nil
    ) async throws -> Node {
        var configuration = member.configuration(
            genesis: genesis, aggregator: aggregator.address, peers: peers.map(\.p2p))
        configuration.api = api
        return try await Node(configuration, logger: logger ?? Self.quiet)
    }

    /// Runs a chain of one validator and the node of one more member, linked with it, and lets `body` at
    /// that one.
    static func linked(
        _ choice: KeyPath<NodeCommunity, TestMember>,
        _ body: (_ community: NodeCommunity, _ node: RunningNode) async throws -> Void
    ) async throws {
        try await withTemporaryDirectory { directory in
            let community = try NodeCommunity(in: directory)
            let (validator, member) = (community.validators[0], community[keyPath: choice])
            try await community.running(validator) { _ in
                try await community.running(member, dialling: [validator]) { node in
                    try await eventually("\(member.name) is linked") {
                        !node.snapshot.peers.isEmpty
                    }
                    try await body(community, node)
                }
            }
        }
    }

    /// Runs the node of `member` while `body` does, and stops it as a signal would.
    func running<Result>(
        _ member: TestMember, dialling peers: [TestMember] = [], api: APISettings? = nil,
        logger: Logger? = nil, _ body: (RunningNode) async throws -> Result
    ) async throws -> Result {
        let node = try await node(of: member, dialling: peers, api: api, logger: logger)
        let services = ServiceGroup(
            configuration: ServiceGroupConfiguration(
                services: [
                    ServiceGroupConfiguration.ServiceConfiguration(
                        service: node, successTerminationBehavior: .gracefullyShutdownGroup)
                ], logger: Self.quiet))
        let end = Task { try await services.run() }
        let result: Result
        do {
            let running = RunningNode(node: node, client: PlainClient(port: member.rpc.port))
            try await eventually("the API answers") {
                (try? await running.client.get("/api/v1/status").status) == 200
            }
            result = try await body(running)
        } catch {
            await services.triggerGracefulShutdown()
            try await end.value
            throw error
        }
        await services.triggerGracefulShutdown()
        try await end.value
        return result
    }
}
