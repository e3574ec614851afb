import Console
import Client
internal import Dispatch
import Protocol
import Storage
import Synchronization

/// What is checked at the end: that every node has everything that was ever acknowledged as final,
/// and that the nodes' ledgers are one and whole.
struct SoakAudit {
    private let testnet: Testnet
    private let board: SoakBoard
    /// What clients were told, by transaction.
    private let acknowledged: [String: SoakRecord.Entry]
    private let highest: UInt64

    init(_ testnet: Testnet, _ board: SoakBoard, records: [SoakRecord]) throws {
        self.testnet = testnet
        self.board = board
        var acknowledged: [String: SoakRecord.Entry] = [:]
        for entry in try records.flatMap({ try $0.entries() }) {
            if let known = acknowledged[entry.hash], known.blockHash != entry.blockHash {
                board.find("\(entry.hash) was acknowledged in two blocks")
            }
            acknowledged[entry.hash] = entry
        }
        self.acknowledged = acknowledged
        highest = acknowledged.values.map(\.block).max() ?? 0
    }

    /// How many transactions the clients' files hold.
    var count: Int { acknowledged.count }

    /// Waits until every node has the last block that a client saw.
    func waitForLaggards() {
        let deadline = ContinuousClock.now.advanced(by: .seconds(Int(SoakSettings.timeout)))
        var waiting = testnet.nodes
        while ContinuousClock.now < deadline, !waiting.isEmpty, !Interruption.isWanted {
            waiting.removeAll { node in
                (try? testnet.client(node, timeoutSeconds: 2).height() >= highest) ?? false
            }
            if !waiting.isEmpty { Terminal.pause(milliseconds: 200) }
        }
        for node in waiting where !Interruption.isWanted {
            board.find(
                "\(node.name) does not have block \(highest) a minute after the last fault",
                lines: testnet.process(node.name).lastLogLines())
        }
    }

    /// After each fault, whether it was over or not, something must have become final.
    func lookForStalls() {
        for fault in board.current.faults where fault.recovery == nil {
            board.find(
                "nothing that was handed in after fault \(fault.number) (\(fault.kind)) became "
                    + "final")
        }
    }

    /// The tokens, as every node's ledger keeps them; the checks of the files count anew what they
    /// are sums of.
    func countTokens() {
        for node in testnet.nodes where !Interruption.isWanted {
            guard let figures = MarketFigures(testnet, node, timeoutSeconds: 30) else {
                board.find("\(node.name) does not tell the market's figures")
                continue
            }
            if !figures.isConserved {
                board.find("tokens do not add up at \(node.name): \(figures.text)")
            }
        }
    }
}

extension SoakAudit {
    /// A block as a node's API tells of it.
    private struct Block: Equatable {
        let hash: String
        let stateRoot: String
        let transactions: [String]
    }

    /// Reads every node's whole chain through its API: all are the same, and hold all that was
    /// acknowledged.
    func readChains() throws {
        var first: (name: String, chain: [UInt64: Block])?
        for node in testnet.nodes where !Interruption.isWanted {
            let chain = try chain(of: node)
            seek(chain, at: node.name)
            guard let other = first else {
                first = (node.name, chain)
                continue
            }
            for number in chain.keys.sorted() where chain[number] != other.chain[number] {
                board.find("\(node.name) and \(other.name) differ at block \(number)")
                break
            }
        }
    }

    private func seek(_ chain: [UInt64: Block], at name: String) {
        var lost = 0
        for entry in acknowledged.values {
            let block = chain[entry.block]
            guard block?.hash == entry.blockHash, block?.transactions.contains(entry.hash) == true
            else {
                lost += 1
                continue
            }
        }
        guard lost > 0 else { return }
        board.lost(lost)
        board.find("\(name) lost \(lost) transactions that were acknowledged")
    }

    private func chain(of node: EndpointsFile.Node) throws -> [UInt64: Block] {
        let http = try testnet.http(node, timeoutSeconds: 20)
        var chain: [UInt64: Block] = [:]
        var cursor = highest + 1
        while cursor > 0, !Interruption.isWanted {
            let answer = try http.get("/api/v1/blocks?limit=100&cursor=\(cursor)")
            guard answer.status != 429 else {
                Terminal.pause(milliseconds: 100)
                continue
            }
            let items = try answer.json["items"]?.elements ?? []
            guard !items.isEmpty else { break }
            for item in items {
                guard let number = item["number"]?.natural,
                    let hash = item["hash"]?.hash, let root = item["stateRoot"]?.hash
                else { throw CommandFailure(.failed, "\(node.name)'s block cannot be read") }
                chain[number] = Block(
                    hash: hash.description, stateRoot: root.description,
                    transactions: (item["transactions"]?.elements ?? [])
                        .compactMap { $0.hash?.description })
                cursor = min(cursor, number)
            }
        }
        if UInt64(chain.count) != highest + 1, !Interruption.isWanted {
            board.find("\(node.name) shows \(chain.count) blocks of \(highest + 1)")
        }
        return chain
    }
}

extension SoakAudit {
    /// Checks every node's files, two at a time: the whole chain from genesis, and every
    /// acknowledged transaction. The nodes must have stopped.
    func readFiles() {
        let nodes = testnet.nodes
        let board = board
        let acknowledged = acknowledged
        let done = Atomic<Int>(0)
        DispatchQueue.concurrentPerform(iterations: 2) { job in
            for index in stride(from: job, to: nodes.count, by: 2) where !Interruption.isWanted {
                let node = nodes[index]
                do {
                    let report = try ChainVerifier(directory: node.data).verify { _, _ in }
                    if !report.isWhole {
                        board.find(
                            "\(node.name)'s files are not whole",
                            lines: report.findings.prefix(20).map(\.description))
                    }
                    try Self.seek(acknowledged, in: node, board)
                } catch {
                    board.find("\(node.name)'s files cannot be checked: \(error)")
                }
                let count = done.add(1, ordering: .relaxed).newValue
                Terminal.progress(
                    "checked the files of \(count)/\(nodes.count) nodes",
                    isLast: count == nodes.count)
            }
        }
    }

    /// Looks for every acknowledged transaction in `node`'s database, by plain SQL.
    private static func seek(
        _ acknowledged: [String: SoakRecord.Entry], in node: EndpointsFile.Node, _ board: SoakBoard
    ) throws {
        var waiting = acknowledged
        try TransactionPlaces.read(directory: node.data) { hash, number, blockHash in
            guard let entry = waiting[hash], number == Int64(clamping: entry.block),
                blockHash == entry.blockHash
            else { return }
            waiting[hash] = nil
        }
        guard let lost = waiting.values.min(by: { $0.time < $1.time }) else { return }
        board.lost(waiting.count)
        board.find(
            "\(node.name)'s database lacks \(waiting.count) acknowledged transactions, the first "
                + "\(lost.hash) of block \(lost.block)")
    }
}
