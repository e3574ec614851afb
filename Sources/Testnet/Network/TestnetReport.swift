import Console
import API
import Node

extension Testnet {
    /// What a person sees when it is up: its nodes, where they are, and the accounts to try it with.
    var report: String {
        var nodes = Table(["NODE", "ROLE", "PID", "APP", "API", "JSON-RPC", "METRICS"])
        for node in endpoints.nodes {
            nodes.add([
                node.name, node.role, node.pid.map(String.init) ?? "-", node.app, node.api,
                node.rpc,
                node.metrics + "/metrics",
            ])
        }
        var accounts = Table(["ACCOUNT", "ADDRESS", "KEYSTORE (PASSWORD FILE BESIDE IT)"])
        for node in endpoints.nodes where node.role != NodeRole.validator.rawValue {
            accounts.add([node.name, node.address.checksummed, node.keystore])
        }
        let clock = (try? GenesisFile.read(directory.genesis))?.marketClock
        var lines = ["", nodes.text, "", accounts.text, ""]
        if let clock {
            lines.append(
                "market time \(RFC3339.text(clock.time(at: SystemClock.now))),"
                    + " \(clock.rate) times as fast as real time")
        }
        if let household = endpoints.nodes.first(where: { $0.role == NodeRole.household.rawValue })
        {
            lines += [
                "begin       \(household.app)/street in a browser: the community's page",
                "an app      what 'busbar app open --as \(household.name)' prints: that household's, signed in",
            ]
        }
        lines += [
            "chain id    \(endpoints.chainId)", "trust       \(endpoints.ca)",
            "endpoints   \(directory.path)/endpoints.json",
        ]
        return lines.joined(separator: "\n")
    }
}
