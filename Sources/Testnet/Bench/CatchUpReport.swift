import API
import Client
import Console

/// How fast a node took over the chain that others have.
struct CatchUpReport {
    struct Run {
        /// From the start of its process to its first block.
        let startSeconds: Double
        /// From the first block that it showed to the last.
        let seconds: Double
        /// Of the processor, from its start to the last block.
        let processorSeconds: Double
        /// Of the whole chain.
        let transactions: Int
        /// Of the blocks after the first that it showed.
        let transactionsAfterFirst: Int
        let blocks: UInt64

        var perSecond: Double { Double(transactionsAfterFirst) / max(seconds, 0.001) }
    }

    let node: EndpointsFile.Node
    let runs: [Run]
    let limits: MachineLimits
    let machine: Machine
    /// Which kind of build the node ran.
    let build: String

    private func figures(_ run: Run) -> [LoadFigure] {
        let most = limits.recoveredPerSecond * Double(machine.cores)
        let processor = run.processorSeconds / Double(max(run.transactions, 1))
        return [
            LoadFigure("taken over", "transactions a second", run.perSecond, decimals: 0),
            LoadFigure("of what the machine recovers", "%", run.perSecond / most * 100),
            LoadFigure("from start to the first block", "s", run.startSeconds, decimals: 2),
            LoadFigure("from there to the last", "s", run.seconds, decimals: 2),
            LoadFigure(
                "processor a transaction, the start with it", "µs", processor * 1_000_000),
            LoadFigure(
                "limit: decoded and recovered by \(machine.cores) cores", "a second", most,
                decimals: 0),
        ]
    }

    private var rows: [LoadFigure] { LoadFigure.merged(runs.map(figures)) }

    func text(commit: String?) -> String {
        var table = Table(LoadFigure.header, rightAligned: [1, 2, 3])
        for row in rows { table.add(row.row) }
        return """
            \(table.markdown)

            - \(node.name), a \(node.role), from nothing: \(runs.last?.transactions ?? 0) transactions in \
            \(runs.last?.blocks ?? 0) blocks, \(runs.count) times
            - build: \(build); commit: \(commit ?? "unknown"); machine: \(machine.text)
            """
    }

    func json(commit: String?) -> JSON {
        [
            "node": .string(node.name), "role": .string(node.role),
            "transactions": .number(runs.last?.transactions ?? 0),
            "blocks": .number(runs.last?.blocks ?? 0), "repetitions": .number(runs.count),
            "figures": .array(rows.map(\.json)), "build": .string(build),
            "commit": .string(commit), "machine": machine.json,
        ]
    }
}
