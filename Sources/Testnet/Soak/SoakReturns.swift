import Console
import Client
import Node

/// Looks at the nodes whose faults have ended: each must be as the others again soon.
struct SoakReturns {
    private let testnet: Testnet
    private let board: SoakBoard
    private let validators: Set<String>

    init(_ testnet: Testnet, _ board: SoakBoard) {
        self.testnet = testnet
        self.board = board
        validators = Set(testnet.nodes(.validator).map(\.name))
    }

    /// Looks again and again until the board says that it is enough.
    func run() {
        while !board.isWatchDone {
            let state = board.current
            for (name, since) in state.settling.sorted(by: { $0.key < $1.key })
            where !state.disturbed.contains(name) {
                look(at: name, since: since, highest: state.highestBlock)
            }
            Terminal.pause(milliseconds: 50)
        }
    }

    private func look(at name: String, since: Double, highest: UInt64) {
        guard let node = try? testnet.endpoints.node(name) else { return }
        if hasReturned(node, to: highest) {
            board.cameBack(name)
        } else if board.elapsed - since > SoakSettings.timeout {
            board.find(
                "\(name) is not as the others \(Int(SoakSettings.timeout)) s after its fault",
                lines: testnet.process(name).lastLogLines())
            board.cameBack(name)
        }
    }

    /// A node is as the others again once it has the blocks that clients have seen, and, being a
    /// validator, takes part.
    private func hasReturned(_ node: EndpointsFile.Node, to highest: UInt64) -> Bool {
        guard let height = board.height(of: node.name, { testnet.height(of: node) }),
            height + 3 >= highest
        else { return false }
        guard validators.contains(node.name) else { return true }
        return testnet.metric("busbar_consensus_participating", of: node) == 1
    }
}
