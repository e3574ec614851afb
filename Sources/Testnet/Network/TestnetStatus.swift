import Console
import Client
import API
import Node

/// How a testnet's nodes are, and whether they agree.
struct TestnetStatus {
    struct NodeStatus {
        let name: String
        let role: String
        let pid: Int32?
        let isAlive: Bool
        let height: UInt64?
        let peers: UInt64?
        let lastBlockAgeSeconds: Double?
        let residentBytes: UInt64?
    }

    /// The highest height that every live node has, and who has the same block there.
    struct Agreement {
        let height: UInt64
        let blockHash: String
        let stateRoot: String
        let nodesAgreeing: Int
        let nodesAsked: Int
    }

    let chainID: UInt64
    let nodes: [NodeStatus]
    let agreement: Agreement?
    let market: MarketFigures?

    init(_ testnet: Testnet) throws {
        chainID = testnet.endpoints.chainId
        nodes = testnet.nodes.map { Self.status(of: $0, in: testnet) }
        let answering = zip(testnet.nodes, nodes).filter { $0.1.height != nil }
        let height = answering.compactMap(\.1.height).min()
        agreement = try height.map { try Self.agreement(answering.map(\.0), $0, testnet) }
        let asked = answering.max { ($0.1.height ?? 0) < ($1.1.height ?? 0) }?.0
        market = asked.flatMap { MarketFigures(testnet, $0, timeoutSeconds: 30) }
    }

    private static func status(
        of node: EndpointsFile.Node, in testnet: Testnet
    ) -> NodeStatus {
        let pid = testnet.process(node.name).pid
        // A paused process keeps its port open and never answers.
        let isStopped = pid.flatMap(NodeProcess.state(of:)) == "T"
        var height: UInt64?
        var peers: UInt64?
        var age: Double?
        if pid != nil, !isStopped, let client = try? testnet.client(node) {
            height = try? client.height()
            peers = try? client.peerCount()
            if let block = try? client.block(), let time = block.blockTime {
                age = Double(SystemClock.now.millisecondsSince(time)) / 1_000
            }
        }
        return NodeStatus(
            name: node.name, role: node.role, pid: pid, isAlive: height != nil, height: height,
            peers: peers, lastBlockAgeSeconds: age,
            residentBytes: pid.flatMap(ProcessMemory.init)?.resident)
    }

    private static func agreement(
        _ asked: [EndpointsFile.Node], _ height: UInt64, _ testnet: Testnet
    ) throws -> Agreement {
        var counts: [[String]: Int] = [:]
        for node in asked {
            guard let block = try? testnet.client(node).block(height),
                let hash = block["hash"]?.hash, let root = block["stateRoot"]?.hash
            else { continue }
            counts[[hash.description, root.description], default: 0] += 1
        }
        let most = counts.max { ($0.value, $1.key[0]) < ($1.value, $0.key[0]) }
        return Agreement(
            height: height, blockHash: most?.key[0] ?? "", stateRoot: most?.key[1] ?? "",
            nodesAgreeing: most?.value ?? 0, nodesAsked: asked.count)
    }
}

extension TestnetStatus {
    var json: JSON {
        [
            "chainId": .number(chainID),
            "nodes": .array(nodes.map(\.json)),
            "agreement": agreement.map(\.json) ?? .null,
            "market": market.map(\.json) ?? .null,
        ]
    }

    var text: String {
        var table = Table(
            ["NODE", "ROLE", "PID", "STATE", "HEIGHT", "PEERS", "LAST BLOCK", "MEMORY"],
            rightAligned: [2, 4, 5, 6, 7])
        for node in nodes {
            let state = node.isAlive ? "alive" : node.pid == nil ? "down" : "silent"
            table.add([
                node.name, node.role, node.pid.map(String.init) ?? "-", state,
                node.height.map(String.init) ?? "-", node.peers.map(String.init) ?? "-",
                node.lastBlockAgeSeconds.map { "\(($0 * 10).rounded() / 10) s ago" } ?? "-",
                node.residentBytes.map { "\($0 / 1_048_576) MiB" } ?? "-",
            ])
        }
        var lines = table.lines
        if let agreement {
            lines += [
                "",
                "block \(agreement.height): \(agreement.nodesAgreeing) of"
                    + " \(agreement.nodesAsked) nodes agree on \(agreement.blockHash)",
            ]
        }
        if let market { lines += ["", market.text] }
        return lines.joined(separator: "\n")
    }
}

extension TestnetStatus.NodeStatus {
    fileprivate var json: JSON {
        [
            "name": .string(name), "role": .string(role),
            "pid": pid.map { .number($0) } ?? .null, "alive": .bool(isAlive),
            "height": height.map { .number($0) } ?? .null,
            "peers": peers.map { .number($0) } ?? .null,
            "lastBlockAgeSeconds": lastBlockAgeSeconds.map { .number($0) } ?? .null,
            "residentBytes": residentBytes.map { .number($0) } ?? .null,
        ]
    }
}

extension TestnetStatus.Agreement {
    fileprivate var json: JSON {
        [
            "height": .number(height), "blockHash": .string(blockHash),
            "stateRoot": .string(stateRoot), "nodesAgreeing": .number(nodesAgreeing),
            "nodesAsked": .number(nodesAsked),
        ]
    }
}
