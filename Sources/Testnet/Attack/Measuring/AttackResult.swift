import API

/// What came of one attack.
struct AttackResult: Sendable {
    let number: String
    let title: String
    let adversary: Adversary
    let target: String
    /// What the attacker got through.
    let exerted: [(name: String, count: Int)]
    let before: PhaseFigures
    let during: PhaseFigures
    /// The first stretch that was as before, or else the last one looked at.
    let after: PhaseFigures
    /// After how many seconds all was as before; nil if it was not in time.
    let recovery: Double?
    let verdicts: [Verdict]

    var isMet: Bool { verdicts.allSatisfy(\.isMet) }

    var json: JSON {
        let counts = exerted.map { JSON.Member($0.name, .number($0.count)) }
        return [
            "attack": .string(number), "title": .string(title),
            "by": .string(adversary.rawValue), "target": .string(target),
            "exerted": .object(counts), "before": before.json, "during": during.json,
            "after": after.json, "recoverySeconds": Figures.json(recovery),
            "met": .bool(isMet), "verdicts": .array(verdicts.map(\.json)),
        ]
    }
}

extension AttackLimits {
    /// What is said of every attack.
    func verdicts(
        _ state: Measurement.State, _ before: PhaseFigures, _ during: PhaseFigures,
        recovery: Double?, judgesTrades: Bool = true
    ) -> [Verdict] {
        let final = during[.final].p99
        let ended = state.ended.sorted().joined(separator: " ")
        return tradesVerdicts(before, during, judgesTrades) + [
            Verdict(
                name: "final, p99", isMet: final.map { $0 <= finalSeconds } ?? false,
                figure: text(final, "s"), limit: "\(finalSeconds) s"),
            statusVerdict(during), memoryVerdict(before, during), servedVerdict(during),
            logVerdict(during),
            Verdict(
                name: "logs", isMet: state.forgeries.isEmpty,
                figure: state.forgeries.first ?? "sound", limit: "sound"),
            Verdict(
                name: "processes", isMet: ended.isEmpty,
                figure: ended.isEmpty ? "all run" : "\(ended) ended", limit: "all run"),
            Verdict(
                name: "as before", isMet: recovery != nil,
                figure: recovery.map { "after \(Figures.rounded($0)) s" } ?? "not in time",
                limit: "after \(Figures.rounded(recoverySeconds)) s"),
        ]
    }

    /// Of trades and traffic, if they were counted.
    private func tradesVerdicts(
        _ before: PhaseFigures, _ during: PhaseFigures, _ judgesTrades: Bool
    ) -> [Verdict] {
        var verdicts: [Verdict] = []
        if judgesTrades, let calm = before.tradesPerMinute {
            let now = during.tradesPerMinute ?? 0
            verdicts.append(
                Verdict(
                    name: "trades settled a minute", isMet: calm > 0 && now >= calm * trades,
                    figure: "\(Figures.rounded(now)) after \(Figures.rounded(calm))",
                    limit: "\(Int(trades * 100)) %"))
        }
        if !before.sent.isEmpty {
            let more = during.sentBytes - before.sentBytes
            verdicts.append(
                Verdict(
                    name: "sent by all nodes", isMet: more <= sentBytesPerSecond,
                    figure: "\(Int(more)) B/s more", limit: "\(Int(sentBytesPerSecond)) B/s more"))
        }
        return verdicts
    }

    private func text(_ value: Double?, _ unit: String) -> String {
        value.map { "\(Figures.rounded($0, decimals: 2)) \(unit)" } ?? "none"
    }

    private func statusVerdict(_ during: PhaseFigures) -> Verdict {
        let medians = Measurement.Probe.ports.map { ($0, during.milliseconds($0)) }
        let worst = medians.max { ($0.1 ?? .infinity) < ($1.1 ?? .infinity) }
        return Verdict(
            name: "status, median",
            isMet: medians.allSatisfy { $0.1.map { $0 <= statusMilliseconds } ?? false },
            figure: "\(worst?.0.rawValue ?? "") " + text(worst?.1, "ms"),
            limit: "\(statusMilliseconds) ms")
    }

    private func memoryVerdict(_ before: PhaseFigures, _ during: PhaseFigures) -> Verdict {
        let factors = during.processes.compactMap { name, process -> (String, Double)? in
            guard let earlier = before.processes[name]?.resident, earlier > 0 else { return nil }
            return (name, Double(process.resident) / Double(earlier))
        }
        let worst = factors.max { $0.1 < $1.1 }
        return Verdict(
            name: "memory", isMet: worst.map { $0.1 <= memoryFactor } ?? false,
            figure: worst.map { "\($0.0) \(Figures.rounded($0.1, decimals: 2)) times" } ?? "none",
            limit: "\(memoryFactor) times")
    }

    private func servedVerdict(_ during: PhaseFigures) -> Verdict {
        let shares = Measurement.Probe.allCases.map { ($0, during[$0]) }
        let worst = shares.min { $0.1.share < $1.1.share }
        return Verdict(
            name: "others served",
            isMet: shares.allSatisfy { $0.1.share >= served },
            figure: worst.map { "\($0.0.rawValue) \($0.1.served) of \($0.1.count)" } ?? "none",
            limit: "\(Int(served * 100)) %")
    }

    private func logVerdict(_ during: PhaseFigures) -> Verdict {
        let most = during.processes.max { $0.value.logBytes < $1.value.logBytes }
        let rate = Double(most?.value.logBytes ?? 0) / max(1, during.seconds)
        return Verdict(
            name: "log", isMet: rate <= logBytesPerSecond,
            figure: "\(most?.key ?? "") \(Int(rate)) B/s", limit: "\(Int(logBytesPerSecond)) B/s")
    }
}
