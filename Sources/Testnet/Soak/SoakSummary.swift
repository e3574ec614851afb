import Console
import API

struct SoakSummary {
    /// The figures of one kind of fault.
    struct Kind {
        let name: String
        let count: Int
        /// In seconds.
        let recoveries: [Double]
        let comebacks: [Double]
    }

    let settings: SoakSettings
    let state: SoakBoard.State
    let elapsed: Double
    let wasInterrupted: Bool
    let directory: String

    var isSound: Bool { state.findings.isEmpty }

    private var kinds: [Kind] {
        Dictionary(grouping: state.faults, by: \.kind).map { name, faults in
            Kind(
                name: name, count: faults.count, recoveries: faults.compactMap(\.recovery),
                comebacks: faults.compactMap(\.comeback))
        }.sorted { $0.name < $1.name }
    }

    /// Faults while a quorum was there, of which everyone recovers while they last.
    private var proposerKills: [Double] {
        state.faults.filter { $0.kind == "kill proposer" }.compactMap(\.recovery)
    }
}

extension SoakSummary {
    var text: String {
        var table = Table(
            ["FAULT", "COUNT", "RECOVERY P50", "P99", "MAX", "NODE BACK P50", "P99", "MAX"],
            rightAligned: [1, 2, 3, 4, 5, 6, 7])
        for kind in kinds {
            table.add(
                [kind.name, "\(kind.count)"] + Self.cells(kind.recoveries)
                    + Self.cells(kind.comebacks))
        }
        let all = state.faults
        table.add(
            ["all", "\(all.count)"] + Self.cells(all.compactMap(\.recovery))
                + Self.cells(all.compactMap(\.comeback)))
        return ([verdict, ""] + table.lines + [""] + figures + findings).joined(separator: "\n")
    }

    private static func cells(_ seconds: [Double]) -> [String] {
        Spread(seconds).tail.cells(decimals: 2)
    }

    private var verdict: String {
        if wasInterrupted { return "interrupted after \(Int(elapsed)) s: nothing is shown" }
        return isSound
            ? "sound: every promise held" : "BROKEN: \(state.findings.count) promises did not hold"
    }

    private var figures: [String] {
        let latency = Self.cells(state.latencies)
        let restarts = state.restarts.sorted { $0.key < $1.key }
            .map { "\($0.key) \($0.value)" }.joined(separator: ", ")
        return [
            "acknowledged   \(Rate.grouped(UInt64(state.acknowledged))) transactions as final, "
                + "\(state.reverted) of them reverted",
            "lost           \(state.lost)",
            "to final       p50 \(latency[0]) s, p99 \(latency[1]) s, at most \(latency[2]) s; "
                + "\(state.detours) times a client went to another node",
            "longest stall  \(Figures.rounded(state.longestStall, decimals: 2)) s with a quorum, "
                + "\(Figures.rounded(state.longestStallByIntent, decimals: 2)) s where it was cut",
            "proposer dead  recovery p50, p99, max "
                + Self.cells(proposerKills).joined(separator: ", ") + " s",
            "restarts       \(restarts.isEmpty ? "none" : restarts)",
            "seed           \(settings.seed), \(Int(settings.seconds)) s of faults, "
                + "\(Int(elapsed)) s in all",
        ]
    }

    /// Each broken promise with what happened before it, and how to do it all again.
    private var findings: [String] {
        guard !isSound else { return [] }
        var lines: [String] = []
        var told = 0.0
        for finding in state.findings {
            lines += ["", "\(Figures.text(finding.time)) s: \(finding.what)"]
            lines += finding.lines.map { "    | " + $0 }
            // What was told for the finding before is not told again.
            let since = max(told, finding.time - 45)
            let before = state.trace.filter { since < $0.time && $0.time < finding.time + 1 }
            lines += before.suffix(25).map { "    \($0.text)" }
            told = max(told, finding.time + 1)
        }
        return lines + [
            "", "The nodes' directories and logs are in \(directory).",
            "Again: \(settings.command)",
        ]
    }
}

extension SoakSummary {
    private static func json(_ seconds: [Double]) -> JSON {
        let spread = Spread(seconds)
        return .object(
            [JSON.Member("count", .number(spread.count))] + spread.tail.members(decimals: 3))
    }

    var json: JSON {
        let byKind = kinds.map { kind in
            JSON.Member(
                kind.name,
                [
                    "count": .number(kind.count), "recoverySeconds": Self.json(kind.recoveries),
                    "nodeBackSeconds": Self.json(kind.comebacks),
                ])
        }
        let restarts = state.restarts.sorted { $0.key < $1.key }
            .map { JSON.Member($0.key, .number($0.value)) }
        return [
            "sound": .bool(isSound), "interrupted": .bool(wasInterrupted),
            "seed": .string(String(settings.seed)), "faultSeconds": .number(settings.seconds),
            "seconds": Figures.json(elapsed), "command": .string(settings.command),
            "acknowledged": .number(state.acknowledged),
            "reverted": .number(state.reverted), "lost": .number(state.lost),
            "faults": .number(state.faults.count),
            "faultsByKind": .object(byKind),
            "finalSeconds": Self.json(state.latencies),
            "recoverySeconds": Self.json(state.faults.compactMap(\.recovery)),
            "proposerKillRecoverySeconds": Self.json(proposerKills),
            "longestStallSeconds": Figures.json(state.longestStall, decimals: 3),
            "longestStallWithoutQuorumSeconds": Figures.json(
                state.longestStallByIntent, decimals: 3),
            "restarts": .object(restarts), "highestBlock": .number(state.highestBlock),
            "findings": .array(
                state.findings.map { finding in
                    [
                        "seconds": Figures.json(finding.time),
                        "what": .string(finding.what),
                        "lines": .array(finding.lines.map { .string($0) }),
                    ]
                }),
            "timeline": .array(state.faults.map(\.json)),
        ]
    }
}

extension SoakFault {
    fileprivate var json: JSON {
        func seconds(_ value: Double?) -> JSON { Figures.json(value, decimals: 3) }
        return [
            "number": .number(number), "kind": .string(kind),
            "nodes": .array(names.map { .string($0) }), "began": seconds(began),
            "ended": seconds(ended), "recovery": seconds(recovery), "nodeBack": seconds(comeback),
            "cutsQuorum": .bool(cutsQuorum),
        ]
    }
}
