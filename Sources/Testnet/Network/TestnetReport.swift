import Console
import API
import Node
import Protocol

/// What a person sees when a testnet is up: its nodes, where they are, and the accounts to
/// try it with.
struct TestnetReport {
    private let testnet: Testnet

    init(_ testnet: Testnet) {
        self.testnet = testnet
    }

    var text: String {
        let endpoints = testnet.endpoints
        var nodes = Table(["NODE", "ROLE", "PID", "API", "JSON-RPC", "METRICS"])
        for node in endpoints.nodes {
            nodes.add([
                node.name, node.role, node.pid.map(String.init) ?? "-", node.api, node.rpc,
                node.metrics + "/metrics",
            ])
        }
        var accounts = Table(["ACCOUNT", "ADDRESS", "KEYSTORE (PASSWORD FILE BESIDE IT)"])
        for node in endpoints.nodes where node.role != NodeRole.validator.rawValue {
            accounts.add([node.name, node.address.checksummed, node.keystore])
        }
        let clock = (try? GenesisFile.read(testnet.directory.genesis))?.marketClock
        var lines = ["", nodes.text, "", accounts.text, ""]
        if let clock {
            lines.append(
                "market time \(RFC3339.text(clock.time(at: SystemClock.now))),"
                    + " \(clock.rate) times as fast as real time")
        }
        lines += [
            "chain id    \(endpoints.chainId)", "trust       \(endpoints.ca)",
            "endpoints   \(testnet.directory.path)/endpoints.json",
        ]
        return lines.joined(separator: "\n")
    }
}
