import Node
import Peering
import Protocol

/// A testnet before it is made: each node with its role and its ports.
struct TestnetPlan {
    struct Node {
        let name: String
        let role: NodeRole
        let p2p: UInt16
        let api: UInt16
        let app: UInt16
        let rpc: UInt16
        let metrics: UInt16
        /// The household's row in the data.
        let household: HouseholdTable.Row?

        var memberRole: MemberRole {
            switch role {
            case .validator: .validator
            case .aggregator: .aggregator
            case .exchange: .exchange
            case .observer: .observer
            case .household: household?.isProsumer == true ? .prosumer : .consumer
            }
        }
    }

    let manifest: NetworkManifest
    let nodes: [Node]
    /// For each pair of nodes (`from>to`) the port of the proxy between them; none if the
    /// testnet has no proxies.
    private(set) var proxies: [String: UInt16] = [:]

    init(manifest: NetworkManifest, households: HouseholdTable, withProxies: Bool) throws {
        self.manifest = manifest
        var ports = FreePorts()
        nodes = try manifest.nodeNames.enumerated().map { index, name in
            let role: NodeRole =
                switch index - manifest.validators {
                case ..<0: .validator
                case 0: .aggregator
                case 1: .exchange
                default: .household
                }
            return Node(
                name: name, role: role, p2p: try ports.next(), api: try ports.next(),
                app: try ports.next(), rpc: try ports.next(), metrics: try ports.next(),
                household: role == .household ? try households.row(for: name) : nil)
        }
        guard withProxies else { return }
        for node in nodes {
            for peer in peers(of: node) {
                proxies[Self.pair(node.name, peer.name)] = try ports.next()
            }
        }
    }

    static func pair(_ from: String, _ to: String) -> String { "\(from)>\(to)" }

    /// The nodes that `node` dials, the most wanted first: validators each other, the others
    /// three validators, of which each begins with another one, and households before them the
    /// aggregator.
    func peers(of node: Node) -> [Node] {
        let validators = nodes.filter { $0.role == .validator }
        if node.role == .validator { return validators.filter { $0.name != node.name } }
        let offset = nodes.firstIndex { $0.name == node.name } ?? 0
        let chosen = (0..<min(3, validators.count)).map {
            validators[(offset + $0) % validators.count]
        }
        guard node.role == .household else { return chosen }
        return nodes.filter { $0.role == .aggregator } + chosen
    }

    /// Where `node` dials its peers.
    func peerEndpoints(of node: Node) -> [Endpoint] {
        peers(of: node).map { peer in
            let port = proxies[Self.pair(node.name, peer.name)] ?? peer.p2p
            return Endpoint(host: "127.0.0.1", port: Int(port))
        }
    }
}
