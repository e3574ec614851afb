import Console
import API
import Client
import Node

/// Where a person begins: at the first household's app.
struct Beginning {
    /// The address that opens the app, once and within ten minutes; the app's own where there is no code.
    let address: String
    /// Why the household's node gave no code; nil if it gave one.
    let trouble: String?

    /// Asks `household` for a code.
    init(at household: EndpointsFile.Node) {
        do {
            let code = try AppClient(household).invite(isOwner: true)
            (address, trouble) = ("\(household.app)/pair#\(code)", nil)
        } catch {
            (address, trouble) = ("\(household.app)/", "\(error)")
        }
    }
}

extension Testnet {
    /// Where a person begins; nil if there is no household.
    var beginning: Beginning? { household.map(Beginning.init) }

    private var household: EndpointsFile.Node? {
        endpoints.nodes.first { $0.role == NodeRole.household.rawValue }
    }

    /// What a person sees when it is up: its nodes, where they are, the accounts to try it with, and
    /// where to begin.
    func report(_ beginning: Beginning?) -> String {
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
            if let beginning {
                lines.append("begin       \(beginning.address)")
                lines.append(
                    "            "
                        + (beginning.trouble.map {
                            "in a browser: \(household.name)'s app, for which there is no code: \($0)"
                        } ?? "in a browser: \(household.name)'s app, once and within ten minutes"))
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
