import Console
import Node
import Protocol

enum ProposerTurn {
    /// The validator that proposes the block after the one that `last` proposed, in round 0: the
    /// next by address; the first one after genesis. Nil if there are no validators.
    static func next(after last: Address, among validators: [Address]) -> Address? {
        let sorted = validators.sorted()
        guard let index = sorted.firstIndex(of: last) else { return sorted.first }
        return sorted[(index + 1) % sorted.count]
    }

    /// The name of the validator whose turn it is in `testnet`, by the last block that a
    /// node other than those in `disturbed` has.
    static func find(
        in testnet: Testnet, besides disturbed: Set<String> = []
    ) throws -> String {
        let validators = testnet.nodes(.validator)
        for node in validators where !disturbed.contains(node.name) {
            let client = try testnet.client(node, timeoutSeconds: 1)
            guard let block = try? client.get("/api/v1/blocks/latest") else { continue }
            let last = block["proposer"]?.address ?? .zero
            let next = next(after: last, among: validators.map(\.address))
            if let name = validators.first(where: { $0.address == next })?.name { return name }
        }
        throw CommandFailure(.unreachable, "no validator says whose turn it is to propose")
    }
}
