import Console
import API
import Client
import Node

extension Testnet {
    /// The address that opens the first household's app, once and within ten minutes; nil if there is
    /// no household, or it does not answer.
    var addressToBegin: String? {
        guard let household, let code = try? AppClient(household).invite(isOwner: true) else {
            return nil
        }
        return "\(household.app)/pair#\(code)"
    }

    private var household: EndpointsFile.Node? {
        endpoints.nodes.first { $0.role == NodeRole.household.rawValue }
    }

    /// What a person sees when it is up: its nodes, where they are, the accounts to try it with, and
    /// `address`, which opens a household's app.
    func report(beginningAt address: String?) -> String {
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
        if let household {
            if let address {
                lines += [
                    "begin       \(address)",
                    "            in a browser: \(household.name)'s app, once and within ten minutes",
                ]
            }
            lines += [
                "any app     busbar app open --as \(household.name), which prints such an address",
                "community   \(household.app)/street",
            ]
        }
        lines += [
            "chain id    \(endpoints.chainId)", "trust       \(endpoints.ca)",
            "endpoints   \(directory.path)/endpoints.json",
        ]
        return lines.joined(separator: "\n")
    }
}
