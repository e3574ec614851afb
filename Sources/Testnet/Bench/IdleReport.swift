import API
import Console

/// What nodes did in which nobody did anything.
struct IdleReport {
    struct Row {
        let name: String
        let role: String
        let counts: ProcessActivity.Counts
        /// Bytes that it wrote.
        let written: Double
    }

    let rows: [Row]
    /// How long they were looked at.
    let seconds: Double
    /// How many blocks came meanwhile: if some did, somebody did something.
    let blocks: UInt64
    let machine: Machine
    /// Which kind of build the nodes ran.
    let build: String
    let machineShare: Double
    let commit: String?

    /// Figures a second: of a core in percent, switches of two kinds, bytes written.
    private func figures(_ rows: [Row]) -> [(name: String, value: Double)] {
        func sum(_ value: (Row) -> Double) -> Double {
            rows.reduce(0) { $0 + value($1) } / seconds
        }
        return [
            ("percentOfCore", sum { Double($0.counts.processor) / 10_000_000 }),
            ("voluntarySwitches", sum { Double($0.counts.voluntary) }),
            ("involuntarySwitches", sum { Double($0.counts.involuntary) }),
            ("writtenBytes", sum { $0.written }),
        ]
    }

    private struct Line {
        let name: String
        let role: String
        let figures: [(name: String, value: Double)]
    }

    /// Each node, and the validators together.
    private var lines: [Line] {
        let validators = rows.filter { $0.role == "validator" }
        var lines = rows.map { row -> Line in
            Line(name: row.name, role: row.role, figures: figures([row]))
        }
        lines.append(
            Line(
                name: "\(validators.count) validators", role: "together",
                figures: figures(validators)))
        return lines
    }

    private var blocksText: String {
        switch blocks {
        case 0: "no block came"
        case 1: "one block came: it was no idle time"
        default: "\(blocks) blocks came: it was no idle time"
        }
    }

    var text: String {
        var table = Table(
            [
                "node", "role", "% of a core", "woken a second", "interrupted a second",
                "bytes written a second",
            ], rightAligned: [2, 3, 4, 5])
        for line in lines {
            let cells = zip(line.figures, [3, 1, 1, 0]).map {
                "\(Figures.rounded($0.value, decimals: $1))"
            }
            table.add([line.name, line.role] + cells)
        }
        return """
            \(table.markdown)

            - over \(Figures.text(seconds)) s in which \(blocksText)
            - build: \(build); commit: \(commit ?? "unknown"); machine: \(machine.text)
            - everything on the machine used \(Figures.text(machineShare)) % of a core
            """
    }

    var json: JSON {
        let nodes = lines.map { line -> JSON in
            .object(
                [
                    JSON.Member("name", .string(line.name)),
                    JSON.Member("role", .string(line.role)),
                ]
                    + line.figures.map {
                        JSON.Member($0.name, Figures.json($0.value, decimals: 3))
                    })
        }
        return [
            "nodes": .array(nodes), "seconds": Figures.json(seconds), "blocks": .number(blocks),
            "build": .string(build), "commit": .string(commit), "machine": machine.json,
            "machinePercent": Figures.json(machineShare),
        ]
    }
}
