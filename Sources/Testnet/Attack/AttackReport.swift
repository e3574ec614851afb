import API
import Console

/// What came of all attacks: a table for people, JSON for programs.
struct AttackReport {
    let results: [AttackResult]
    let schedule: AttackSchedule
    let limits: AttackLimits
    let machine: Machine

    var isMet: Bool { results.allSatisfy(\.isMet) }

    var text: String {
        var table = Table(
            [
                "ATTACK", "BY", "PHASE", "FINAL P50", "P99", "HTTP", "HTTPS", "METRICS",
                "HANDSHAKES", "FILTERS", "LISTENERS", "MEMORY", "LOG", "TRADES", "SENT",
            ], rightAligned: Set(3...14))
        for result in results {
            table.add([result.number, result.adversary.rawValue] + cells("before", result.before))
            table.add(["", "on " + result.target] + cells("during", result.during))
            table.add(["", ""] + cells("after", result.after))
        }
        let explanation = """
            final: seconds until an honest member's transaction is final; http, https, metrics: the
            median answer of the attacked node's ports in ms; handshakes, filters, listeners: what
            another member and the owner asked for and got; memory: of the largest process, in MB;
            log: of all processes, in kB; trades: settled a minute; sent: by all nodes to nodes, in kB/s
            """
        let blocks = results.map(Self.block)
        return ([table.text, "", explanation, ""] + blocks + ["", summary]).joined(separator: "\n")
    }

    private func cells(_ phase: String, _ figures: PhaseFigures) -> [String] {
        func seconds(_ value: Double?) -> String {
            value.map { "\(Figures.rounded($0, decimals: 2))" } ?? "-"
        }
        func served(_ probe: Measurement.Probe) -> String {
            "\(figures[probe].served)/\(figures[probe].count)"
        }
        return [phase, seconds(figures[.final].p50), seconds(figures[.final].p99)]
            + Measurement.Probe.ports.map { seconds(figures.milliseconds($0)) }
            + [served(.handshake), served(.filter), served(.listener)]
            + [
                "\(ProcessMemory.megabytes(figures.largestBytes))",
                "\(Figures.rounded(Double(figures.logBytes) / 1_000))",
                figures.tradesPerMinute.map { "\(Figures.rounded($0))" } ?? "-",
                figures.sent.isEmpty ? "-" : "\(Figures.rounded(figures.sentBytes / 1_000))",
            ]
    }

    /// What one attack got through, and what did not hold.
    private static func block(_ result: AttackResult) -> String {
        let counts = result.exerted.map { "\(Rate.grouped(UInt64($0.count))) \($0.name)" }
        let broken = result.verdicts.filter { !$0.isMet }.map {
            "    BROKEN: \($0.name): \($0.figure), not \($0.limit)"
        }
        let verdict = broken.isEmpty ? "holds" : "\(broken.count) BROKEN"
        let back =
            result.recovery.map { "as before after \(Figures.text($0)) s" } ?? "not as before"
        return
            (["\(result.number) \(result.title): \(verdict); \(back)"]
            + ["    exerted: \(counts.joined(separator: ", "))"] + broken).joined(separator: "\n")
    }

    private var summary: String {
        let broken = results.filter { !$0.isMet }.map(\.number)
        let verdict =
            broken.isEmpty
            ? "all \(results.count) attacks withstood"
            : "\(results.count - broken.count) of \(results.count) attacks withstood; broken: "
                + broken.joined(separator: " ")
        return """
            \(verdict)
            \(Int(schedule.attackSeconds)) s an attack; build: \(Machine.build); machine: \
            \(machine.text)
            """
    }

    var json: JSON {
        [
            "met": .bool(isMet), "attackSeconds": Figures.json(schedule.attackSeconds),
            "short": .bool(schedule.isShort), "build": .string(Machine.build),
            "machine": machine.json,
            "limits": [
                "finalSeconds": Figures.json(limits.finalSeconds),
                "statusMilliseconds": Figures.json(limits.statusMilliseconds),
                "memoryFactor": Figures.json(limits.memoryFactor),
                "trades": Figures.json(limits.trades, decimals: 2),
                "sentBytesPerSecond": Figures.json(limits.sentBytesPerSecond),
                "served": Figures.json(limits.served, decimals: 2),
                "recoverySeconds": Figures.json(limits.recoverySeconds),
                "logBytesPerSecond": Figures.json(limits.logBytesPerSecond),
            ],
            "attacks": .array(results.map(\.json)),
        ]
    }
}
