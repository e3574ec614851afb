import Node
import Protocol

/// Looks at the nodes while they are disturbed: whether they agree, whether one ended by itself,
/// said something critical or went back, and whether those that were disturbed came back.
struct SoakWatch {
    private let neighbourhood: Neighbourhood
    private let board: SoakBoard
    private let validators: Set<String>
    private var logs: [String: LogScan]
    /// Nodes whose process was missing at the last look.
    private var missing: Set<String> = []
    /// The highest block that each node has shown.
    private var heights: [String: UInt64] = [:]

    init(_ neighbourhood: Neighbourhood, _ board: SoakBoard) {
        self.neighbourhood = neighbourhood
        self.board = board
        validators = Set(
            neighbourhood.nodes.filter { $0.role == NodeKind.validator.rawValue }.map(\.name))
        let scans = neighbourhood.nodes.map { node in
            (node.name, LogScan(path: neighbourhood.directory.log(node.name)))
        }
        logs = Dictionary(uniqueKeysWithValues: scans)
    }

    /// Looks again and again until the board says that it is enough, and once more.
    mutating func run() {
        var turn = 0
        while !board.isWatchDone {
            lookAtReturns()
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
        let state = board.current
        return neighbourhood.nodes.filter {
            !state.disturbed.contains($0.name) && state.settling[$0.name] == nil
        }
    }

    private func get(
        _ url: String, _ path: String, timeoutSeconds: Int = 2
    ) -> LoopbackHTTP.Answer? {
        guard var http = LoopbackHTTP(url: url) else { return nil }
        http.timeoutSeconds = timeoutSeconds
        guard let answer = try? http.get(path), answer.status == 200 else { return nil }
        return answer
    }

    private func json(_ node: EndpointsFile.Node, _ path: String) -> JSONValue? {
        get(node.rpc, path).flatMap { try? JSONValue(parsing: $0.body) }
    }
}

// MARK: Returns

extension SoakWatch {
    /// A node is as the others again once it has the blocks that clients have seen, and, being a
    /// validator, takes part.
    private mutating func lookAtReturns() {
        let state = board.current
        for (name, since) in state.settling.sorted(by: { $0.key < $1.key }) {
            guard !state.disturbed.contains(name),
                let node = try? neighbourhood.endpoints.node(name)
            else { continue }
            if hasReturned(node, to: state.highestBlock) {
                board.cameBack(name)
            } else if board.elapsed - since > SoakSettings.patience {
                board.find(
                    "\(name) is not as the others \(Int(SoakSettings.patience)) s after its fault",
                    lines: neighbourhood.process(name).lastLogLines())
                board.cameBack(name)
            }
        }
    }

    private mutating func hasReturned(_ node: EndpointsFile.Node, to highest: UInt64) -> Bool {
        guard let status = json(node, "/api/v1/status"),
            case .integer(let number) = status["height"] ?? .null
        else { return false }
        let height = UInt64(clamping: number)
        note(height, of: node)
        guard height + 3 >= highest else { return false }
        guard validators.contains(node.name) else { return true }
        return metric("busbar_consensus_participating", of: node) == 1
    }

    private func metric(_ name: String, of node: EndpointsFile.Node) -> Double? {
        guard let answer = get(node.metrics, "/metrics") else { return nil }
        let line = String(decoding: answer.body, as: UTF8.self).split(separator: "\n")
            .first { $0.hasPrefix(name + " ") }
        return line?.split(separator: " ").last.flatMap { Double($0) }
    }

    /// What was final once stays final: a node never shows less than before.
    private mutating func note(_ height: UInt64, of node: EndpointsFile.Node) {
        if let before = heights[node.name], height < before {
            board.find("\(node.name) went back from block \(before) to block \(height)")
        }
        heights[node.name] = max(height, heights[node.name] ?? 0)
    }
}

// MARK: Processes and logs

extension SoakWatch {
    private mutating func lookAtProcesses() {
        let state = board.current
        for node in neighbourhood.nodes {
            let isMissing =
                !state.disturbed.contains(node.name)
                && neighbourhood.process(node.name).pid == nil
            // Between two looks a fault may have begun: only what is missing twice has ended.
            if isMissing, missing.contains(node.name),
                !board.current.disturbed.contains(node.name)
            {
                board.find(
                    "\(node.name) has ended by itself",
                    lines: neighbourhood.process(node.name).lastLogLines())
            }
            if isMissing { missing.insert(node.name) } else { missing.remove(node.name) }
        }
    }

    private mutating func lookAtLogs() {
        for node in neighbourhood.nodes {
            for line in logs[node.name]?.alarms() ?? [] {
                board.find("\(node.name) said: \(line)")
            }
        }
    }
}

// MARK: Agreement

extension SoakWatch {
    /// Everyone has the same block and state at the highest block that all have.
    private mutating func compareHeads() {
        var height = UInt64.max
        var asked: [EndpointsFile.Node] = []
        for node in sound {
            guard let status = json(node, "/api/v1/status"),
                case .integer(let number) = status["height"] ?? .null
            else { continue }
            note(UInt64(clamping: number), of: node)
            height = min(height, UInt64(clamping: number))
            asked.append(node)
            if let refused = metric("busbar_double_sign_refused_total", of: node), refused > 0 {
                board.find("\(node.name) was asked to sign twice")
            }
        }
        var found: [[String]: [String]] = [:]
        for node in asked {
            guard let block = json(node, "/api/v1/blocks/\(height)"),
                let hash = block["hash"]?.text, let root = block["stateRoot"]?.text
            else { continue }
            found[[hash, root], default: []].append(node.name)
        }
        guard found.count > 1 else { return }
        let versions = found.map { "\($0.key[0]) at \($0.value.joined(separator: ", "))" }
        board.find("nodes differ at block \(height): \(versions.sorted().joined(separator: "; "))")
    }

    /// Balances and escrow are what was minted less what was burned. A block may come between a
    /// node's two looks at its ledger, so a mismatch must show again and again.
    private func countTokens() {
        guard let node = sound.randomElement() else { return }
        for _ in 0..<5 {
            guard let tokens = json(node, "/api/v1/tokens") else { return }
            let amounts = ["minted", "burned", "escrow", "balances"].map { name in
                tokens[name]?.text.flatMap { UInt64($0) } ?? 0
            }
            if amounts[0] == amounts[1] + amounts[2] + amounts[3] { return }
        }
        board.find("\(node.name): balances and escrow are not what was minted less what was burned")
    }
}
