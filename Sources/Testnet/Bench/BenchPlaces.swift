import Console
import Client
import Node
import Protocol

/// Which nodes of a testnet take part in measured trades.
struct BenchPlaces {
    /// A household that can deliver.
    let seller: EndpointsFile.Node
    /// Another household.
    let buyer: EndpointsFile.Node
    let aggregator: EndpointsFile.Node
    /// Where the aggregator's transactions are handed in while its own node stands still.
    let standIn: EndpointsFile.Node

    /// Chooses them. Throws if a household trades by itself: then no figure would be of this
    /// measurement alone.
    init(_ testnet: Testnet) throws {
        try Self.requireNoTraders(testnet, manifest: "bench.toml")
        let households = testnet.nodes(.household)
        guard let first = households.first, let aggregator = testnet.nodes(.aggregator).first
        else { throw CommandFailure(.failed, "it takes an aggregator and three households") }
        let reader = ContractReader(client: try testnet.client(first))
        let sellers = try reader.members().filter { $0.role == .prosumer }.map(\.account)
        guard let seller = households.first(where: { sellers.contains($0.address) }),
            let buyer = households.first(where: { $0.name != seller.name }),
            let standIn = households.first(where: { ![seller.name, buyer.name].contains($0.name) })
        else {
            throw CommandFailure(.failed, "it takes three households, one of them a prosumer")
        }
        self.seller = seller
        self.buyer = buyer
        self.aggregator = aggregator
        self.standIn = standIn
    }

    /// Throws if a household trades by itself; one of a testnet made from `manifest` does not.
    static func requireNoTraders(_ testnet: Testnet, manifest: String) throws {
        for household in testnet.nodes(.household) {
            let configuration = try NodeConfiguration(file: household.config)
            guard configuration.household?.limits.isEnabled == false else {
                throw CommandFailure(
                    .failed,
                    "\(household.name) trades by itself; measure in a testnet that was made "
                        + "from cluster/manifests/\(manifest)")
            }
        }
    }
}
