import Console
import Client
import Node
import Protocol

/// Looks at the nodes while some are disturbed: whether the others agree, and whether one ended by
/// itself or said something critical.
struct SoakWatch {
    private let testnet: Testnet
    private let board: SoakBoard
    private var logs: [String: LogScan]
    /// Nodes whose process was missing at the last look.
    private var missing: Set<String> = []

    init(_ testnet: Testnet, _ board: SoakBoard) {
        self.testnet = testnet
        self.board = board
        let scans = testnet.nodes.map { node in
            (node.name, LogScan(path: testnet.directory.log(node.name)))
        }
        logs = Dictionary(uniqueKeysWithValues: scans)
    }

    /// Looks again and again until the board says that it is enough, and once more.
    mutating func run() {
        var turn = 0
        while !board.isWatchDone {
            if turn.isMultiple(of: 4) { lookAtProcesses() }
            if turn.isMultiple(of: 8) { lookAtLogs() }
            if turn.isMultiple(of: 12) { compareHeads() }
            if turn.isMultiple(of: 80) { countTokens() }
            turn += 1
            Terminal.pause(milliseconds: 250)
        }
        lookAtLogs()
    }

    /// The nodes that nothing is done to.
    private var sound: [EndpointsFile.Node] {
        testnet.nodes.filter { board.isSound($0.name) }
    }
}

extension SoakWatch {
    private mutating func lookAtProcesses() {
        let state = board.current
        for node in testnet.nodes {
            let isMissing =
                !state.disturbed.contains(node.name)
                && testnet.process(node.name).pid == nil
            // Between two looks a fault may have begun: only what is missing twice has ended.
            if isMissing, missing.contains(node.name),
                !board.current.disturbed.contains(node.name)
            {
                board.find(
                    "\(node.name) has ended by itself",
                    lines: testnet.process(node.name).lastLogLines())
            }
            if isMissing { missing.insert(node.name) } else { missing.remove(node.name) }
        }
    }

    private mutating func lookAtLogs() {
        for node in testnet.nodes {
            for line in logs[node.name]?.alarms() ?? [] {
                board.find("\(node.name) said: \(line)")
            }
        }
    }
}

extension SoakWatch {
    /// Everyone has the same block and state at the highest block that all have.
    private func compareHeads() {
        var height = UInt64.max
        var asked: [EndpointsFile.Node] = []
        for node in sound {
            // A fault may have begun meanwhile; a paused node would keep everyone waiting.
            guard board.isSound(node.name),
                let shown = board.height(of: node.name, { testnet.height(of: node) })
            else { continue }
            height = min(height, shown)
            asked.append(node)
            let refused = testnet.metric("busbar_double_sign_refused_total", of: node)
            if let refused, refused > 0 { board.find("\(node.name) was asked to sign twice") }
        }
        var found: [[Hash32]: [String]] = [:]
        for node in asked {
            guard board.isSound(node.name),
                let block = testnet.json("/api/v1/blocks/\(height)", at: node),
                let hash = block["hash"]?.hash, let root = block["stateRoot"]?.hash
            else { continue }
            found[[hash, root], default: []].append(node.name)
        }
        guard found.count > 1 else { return }
        let versions = found.map { "\($0.key[0]) at \($0.value.joined(separator: ", "))" }
        board.find("nodes differ at block \(height): \(versions.sorted().joined(separator: "; "))")
    }

    /// Balances and escrow are what was minted less what was burned.
    private func countTokens() {
        guard let node = sound.randomElement(), let figures = MarketFigures(testnet, node),
            !figures.isConserved
        else { return }
        board.find("\(node.name): balances and escrow are not what was minted less what was burned")
    }
}

extension SoakWatch {
    /// Looks at the nodes whose faults have ended, each of which must be as the others again soon,
    /// until the board says that it is enough.
    func awaitReturns() {
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
        guard node.role == NodeRole.validator.rawValue else { return true }
        return testnet.metric("busbar_consensus_participating", of: node) == 1
    }
}
