import API
import Client
import Console

/// What `bench growth` found.
struct GrowthReport {
    let plan: GrowthPlan
    let samples: [GrowthSample]
    let machine: Machine
    /// How fast the chain was made.
    let transactionsASecond: Double

    /// A row for each figure of the longest chain.
    var verdicts: [GrowthVerdict] {
        (samples.last?.figures ?? []).map { figure in
            GrowthVerdict(
                figure: figure,
                values: samples.map { sample in
                    sample.figures.first { $0.name == figure.name }?.value ?? 0
                })
        }
    }

    var isMet: Bool { verdicts.allSatisfy(\.isMet) }

    var text: String {
        var table = Table(
            ["figure"] + samples.map { "\($0.trades) trades" } + ["ratio", "verdict"],
            rightAligned: [1, 2, 3, 4])
        for verdict in verdicts {
            table.add(
                [verdict.figure.name]
                    + verdict.values.map { "\(Figures.rounded($0, decimals: $0 < 10 ? 2 : 1))" }
                    + ["\(Figures.rounded(verdict.ratio, decimals: 2))", verdict.text])
        }
        let sizes = samples.map { "\($0.blocks) blocks with \($0.transactions) transactions" }
        return """
            \(table.markdown)

            - \(plan.members) members beside the testnet's own; \(sizes.joined(separator: ", "))
            - the chain was made at \(Int(transactionsASecond)) transactions a second
            - build: \(Machine.build); machine: \(machine.text)
            """
    }

    var json: JSON {
        let figures = verdicts.map { verdict -> JSON in
            [
                "name": .string(verdict.figure.name),
                "values": .array(verdict.values.map { Figures.json($0, decimals: 3) }),
                "ratio": Figures.json(verdict.ratio, decimals: 3),
                "verdict": .string(verdict.text), "met": .bool(verdict.isMet),
            ]
        }
        return [
            "members": .number(plan.members),
            "trades": .array(samples.map { .number($0.trades) }),
            "transactions": .array(samples.map { .number($0.transactions) }),
            "blocks": .array(samples.map { .number($0.blocks) }),
            "figures": .array(figures), "met": .bool(isMet), "machine": machine.json,
        ]
    }
}
