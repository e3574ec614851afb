import API
import Console

/// One run of a load, measured.
struct LoadRun {
    let outcome: LoadOutcome
    /// How long trades took, where they are what was made.
    var trades: TradeTimes?
    let limits: MachineLimits
    /// What the processes of each role used until all nodes had everything.
    let roles: [LoadCost.Share]
    /// What all nodes said to each other meanwhile.
    let traffic: LinkTraffic
    /// How much of one core everything on the machine used meanwhile, in percent.
    let machineShare: Double
    /// By how much the ledger's tables grew.
    let diskBytes: Double
    /// How long other nodes needed after the load to have all of it.
    let catchUpSeconds: Double
    /// From the first block's time to the last one's.
    let blockSeconds: Double

    /// Final transactions a second, between the times of the first and the last block: those of the
    /// first came before its time and do not count. Nil for a load of one block.
    var finalsPerSecond: Double? {
        let blocks = outcome.book.blocks
        guard let first = blocks.keys.min(), blocks.count > 1, blockSeconds > 0 else { return nil }
        return Double(outcome.book.finalCount - (blocks[first] ?? 0)) / blockSeconds
    }

    func figures(cores: Int, processes: Int) -> [LoadFigure] {
        (trades?.figures ?? []) + rates + latencies + costs
            + limit(cores: cores, processes: processes)
    }

    private var rates: [LoadFigure] {
        let blocks = Double(max(1, outcome.book.blocks.count))
        var figures: [LoadFigure] = []
        if let finalsPerSecond {
            figures.append(LoadFigure("final transactions", "a second", finalsPerSecond))
        }
        return figures + [
            LoadFigure("blocks", "", blocks, decimals: 0),
            LoadFigure("transactions a block", "", Double(outcome.book.finalCount) / blocks),
            LoadFigure("refused and handed in again", "", Double(outcome.refusals), decimals: 0),
        ]
    }

    private var latencies: [LoadFigure] {
        let (spread, late) = (Spread(outcome.book.latencies), Spread(outcome.book.lateness))
        var figures = [50, 95, 99, 100].map { percent -> LoadFigure in
            let name = percent == 100 ? "max" : "p\(percent)"
            return LoadFigure("due until final, \(name)", "ms", spread.percentile(percent) ?? 0)
        }
        figures.append(
            LoadFigure(
                "due until handed in, p99", "ms", late.percentile(99) ?? 0, decimals: 2))
        return figures
    }

    private var costs: [LoadFigure] {
        let count = Double(max(1, outcome.book.finalCount))
        var figures: [LoadFigure] = []
        for share in roles {
            let together = Self.several(share.processes, share.role)
            figures.append(
                LoadFigure(
                    "processor a transaction, \(together) together", "ms",
                    share.use.processor * 1_000 / count, decimals: 3))
            figures.append(
                LoadFigure(
                    "written a transaction by one \(share.role)", "bytes",
                    share.use.written / Double(share.processes) / count, decimals: 0))
        }
        figures += traffic.figures(
            transactions: outcome.book.finalCount, blocks: outcome.book.blocks.count)
        let own = outcome.processorSeconds / max(outcome.seconds, 0.001) * 100
        figures += [
            LoadFigure(
                "the ledger's tables a transaction", "bytes", diskBytes / count, decimals: 0),
            LoadFigure("all nodes had it after", "s", catchUpSeconds, decimals: 2),
            LoadFigure("of a core: everything on the machine", "%", machineShare),
            LoadFigure("of a core: the load's generator", "%", own),
        ]
        return figures
    }

    static func several(_ count: Int, _ role: String) -> String {
        "\(count) \(role)\(count == 1 ? "" : "s")"
    }

    /// What the machine could do at the most, were there nothing but signatures, the disk, the links.
    private func limit(cores: Int, processes: Int) -> [LoadFigure] {
        let most = limits.recoveredPerSecond * Double(cores) / Double(max(1, processes))
        return [
            LoadFigure(
                "limit: decoded and recovered by a core", "a second", limits.recoveredPerSecond,
                decimals: 0),
            LoadFigure(
                "limit: by \(cores) cores, once in each of \(processes) processes", "a second",
                most,
                decimals: 0),
            LoadFigure("limit: fdatasync of 4 KB, p50", "µs", limits.syncMicroseconds, decimals: 0),
            LoadFigure(
                "limit: there and back over loopback, p50", "µs", limits.roundTripMicroseconds),
        ]
    }
}

/// What came of a load, over all its runs.
struct LoadReport {
    let settings: LoadSettings
    let machine: Machine
    /// Which kind of build the nodes ran.
    let build: String
    /// How many nodes ran, by role.
    let nodes: [String: Int]
    let blockInterval: UInt64
    let runs: [LoadRun]

    private var figures: [LoadFigure] {
        let processes = nodes.values.reduce(0, +)
        return LoadFigure.merged(
            runs.map { $0.figures(cores: machine.cores, processes: processes) })
    }

    private var histogram: LatencyHistogram {
        LatencyHistogram(runs.flatMap(\.outcome.book.latencies))
    }

    private var nodesText: String {
        nodes.sorted { $0.key > $1.key }.map { LoadRun.several($0.value, $0.key) }
            .joined(separator: ", ")
    }

    private static func times(_ count: Int) -> String {
        count == 1 ? "measured once" : "measured \(count) times"
    }

    var text: String {
        var table = Table(LoadFigure.header, rightAligned: [1, 2, 3])
        for figure in figures { table.add(figure.row) }
        return """
            \(settings.kind.rawValue), \(settings.text):

            \(table.markdown)

            How long from due until final, of all runs:

            \(histogram.markdown)

            - \(Self.times(runs.count)) on one chain, \(settings.warm) transfers before the first; \
            \(settings.membersOfRun) members, each with an address of its own, up to \
            \(settings.batch) transactions a request
            - nodes, each a process on this machine: \(nodesText); handed in at \
            \(settings.places.isEmpty ? "the validators" : settings.places.joined(separator: ", ")) \
            in turn
            - shortest time between two blocks: \(blockInterval) ms; build: \(build); \
            commit: \(settings.commit ?? "unknown"); machine: \(machine.text)
            """
    }

    var json: JSON {
        [
            "kind": .string(settings.kind.rawValue), "pace": .string(settings.text),
            "repetitions": .number(runs.count), "warmTransfers": .number(settings.warm),
            "members": .number(settings.membersOfRun), "batch": .number(settings.batch),
            "nodes": .object(
                nodes.sorted { $0.key > $1.key }.map { JSON.Member($0.key, .number($0.value)) }),
            "minimumBlockInterval": .number(blockInterval), "build": .string(build),
            "commit": .string(settings.commit), "machine": machine.json,
            "figures": .array(figures.map(\.json)), "histogram": histogram.json,
        ]
    }
}
