import API
import Client
import Node
import Console
import Protocol

/// A testnet as its attackers and its honest members reach it.
struct AttackedTestnet: Sendable {
    let testnet: Testnet
    let genesisHash: Hash32
    let clock: MarketClock
    let members = AttackMembers()

    init(_ testnet: Testnet) throws {
        self.testnet = testnet
        guard let node = testnet.nodes.first,
            let text = try testnet.client(node).get("/api/v1/status")["genesisHash"]?.text,
            let hash = Hash32(hexadecimal: text.verbatim)
        else { throw CommandFailure(.failed, "no node tells the first block's hash") }
        genesisHash = hash
        clock = try GenesisFile.read(testnet.directory.genesis).marketClock
    }

    var domain: SigningDomain {
        SigningDomain(chainID: testnet.endpoints.chainId, genesisHash: genesisHash)
    }

    var marketNow: MarketTime { clock.time(at: SystemClock.now) }

    /// A program of a member that nobody has used yet, at the API of the node called `name`.
    func program(at name: String) throws -> MemberProgram {
        try MemberProgram(members.take(), at: node(name), in: self)
    }

    func node(_ name: String) throws -> EndpointsFile.Node { try testnet.endpoints.node(name) }

    /// What a member's program says first, with `agent` as its name.
    func hello(agent: String = "modified/1", endpoint: String = "") -> Hello {
        Hello(
            chainID: testnet.endpoints.chainId, genesisHash: genesisHash, endpoint: endpoint,
            agent: agent)
    }
}

extension EndpointsFile.Node {
    private static func port(of endpoint: String) -> UInt16 {
        endpoint.split(separator: ":").last.flatMap { UInt16($0.prefix(while: \.isNumber)) } ?? 0
    }

    var p2pPort: UInt16 { Self.port(of: p2p) }
    var apiPort: UInt16 { Self.port(of: api) }
    var rpcPort: UInt16 { Self.port(of: rpc) }
    var metricsPort: UInt16 { Self.port(of: metrics) }
}
