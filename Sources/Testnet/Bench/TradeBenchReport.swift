import Console
import API
import Glibc
import Node

/// What came of measured trades.
struct TradeBenchReport {
    let trades: [MeasuredTrade]
    let places: BenchPlaces
    /// How many nodes ran, by role.
    let roles: [(name: String, count: Int)]
    let machine: Machine
    /// How much of one core everything on the machine, and the nodes alone, used, in percent.
    let machineShare: Double
    let nodesShare: Double
    /// Whether the nodes run the program beside this one.
    let isOwnProgram: Bool
    let blockInterval: UInt64

    private var stepSpreads: [(name: String, toFinal: Spread, ledger: Spread)] {
        MeasuredTrade.stepNames.enumerated().compactMap { index, name in
            guard let toFinal = Spread(trades.map { $0.toFinal[index] }),
                let ledger = Spread(trades.map { $0.ledger[index] })
            else { return nil }
            return (name, toFinal, ledger)
        }
    }

    private var sumToFinal: Spread? { Spread(trades.map(\.sumToFinal)) }
    private var sumLedger: Spread? { Spread(trades.map(\.sumLedger)) }

    /// The median of the five steps' sum, in milliseconds: the greater of the two ways to count.
    var median: Double { max(sumToFinal?.median ?? 0, sumLedger?.median ?? 0) }

    private var rolesText: String {
        roles.map { "\($0.count) \($0.name)\($0.count == 1 ? "" : "s")" }.joined(separator: ", ")
    }

    private var build: String {
        isOwnProgram ? Machine.build : "of another program than this one"
    }

    var text: String {
        var table = Table([
            "step", "to final: min", "median", "p90", "max", "ledger: min", "median", "p90", "max",
        ])
        for step in stepSpreads { table.add([step.name] + step.toFinal.cells + step.ledger.cells) }
        if let sumToFinal, let sumLedger {
            table.add(["all five"] + sumToFinal.cells + sumLedger.cells)
        }
        return """
            \(trades.count) trades by hand, one after the other, in milliseconds:

            \(table.markdown)

            - to final: from handing in until the sender's node answers that the block is final \
            (one request with `?wait=final`, no polls)
            - ledger: from the block of the step before to the step's own, by the milliseconds in \
            their headers; for addOffer, and for PoD, which follows the delivery, from handing in
            - each step is handed in once the one before is final; the delivery is not counted; \
            the ledger is idle before addOffer and PoD
            - offers at \(places.seller.name), picks at \(places.buyer.name), the aggregator's \
            steps at \(places.standIn.name)
            - nodes, each a process on this machine: \(rolesText); build: \(build)
            - shortest time between two blocks: \(blockInterval) ms
            - machine: \(machine.text)
            - during the run, of one core: \(Figures.text(machineShare)) % used by everything on \
            the machine, \(Figures.text(nodesShare)) % by the nodes
            """
    }

    var json: JSON {
        var steps: [JSON] = stepSpreads.map { step in
            [
                "step": .string(step.name), "toFinal": step.toFinal.json,
                "ledger": step.ledger.json,
            ]
        }
        if let sumToFinal, let sumLedger {
            steps.append(["step": "sum", "toFinal": sumToFinal.json, "ledger": sumLedger.json])
        }
        return [
            "trades": .number(trades.count), "milliseconds": .array(steps),
            "nodes": .object(roles.map { JSON.Member($0.name, .number($0.count)) }),
            "build": .string(build),
            "minimumBlockInterval": .number(blockInterval), "machine": machine.json,
            "processorPercent": [
                "machine": .number(Figures.rounded(machineShare)),
                "nodes": .number(Figures.rounded(nodesShare)),
            ],
        ]
    }
}
