import Console
import API

struct TradeBenchReport {
    let trades: [MeasuredTrade]
    let places: BenchPlaces
    /// How many nodes ran, by role.
    let roles: [(name: String, count: Int)]
    let machine: Machine
    /// How much of one core everything on the machine, and the nodes alone, used, in percent.
    let machineShare: Double
    let nodesShare: Double
    /// Which kind of build the nodes ran.
    let build: String
    let blockInterval: UInt64

    /// Each step's spread, and that of all five together.
    private var spreads: [(name: String, toFinal: Spread, ledger: Spread)] {
        MeasuredTrade.stepNames.enumerated().map { index, name in
            (
                name, Spread(trades.map { $0.toFinal[index] }),
                Spread(trades.map { $0.ledger[index] })
            )
        } + [("sum", Spread(trades.map(\.sumToFinal)), Spread(trades.map(\.sumLedger)))]
    }

    /// The median of the five steps' sum, in milliseconds: the greater of the two ways to count.
    var median: Double {
        max(
            Spread(trades.map(\.sumToFinal)).median ?? 0,
            Spread(trades.map(\.sumLedger)).median ?? 0)
    }

    private var rolesText: String {
        roles.map { "\($0.count) \($0.name)\($0.count == 1 ? "" : "s")" }.joined(separator: ", ")
    }

    var text: String {
        var table = Table(
            [
                "step", "to final: min", "median", "p90", "max", "ledger: min", "median", "p90",
                "max",
            ], rightAligned: Set(1...8))
        for step in spreads {
            let name = step.name == "sum" ? "all five" : step.name
            table.add([name] + step.toFinal.range.cells() + step.ledger.range.cells())
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
        let steps = spreads.map { step -> JSON in
            [
                "step": .string(step.name), "toFinal": .object(step.toFinal.range.members()),
                "ledger": .object(step.ledger.range.members()),
            ]
        }
        return [
            "trades": .number(trades.count), "milliseconds": .array(steps),
            "nodes": .object(roles.map { JSON.Member($0.name, .number($0.count)) }),
            "build": .string(build),
            "minimumBlockInterval": .number(blockInterval), "machine": machine.json,
            "processorPercent": [
                "machine": Figures.json(machineShare),
                "nodes": Figures.json(nodesShare),
            ],
        ]
    }
}
