import API

/// What was measured from one moment to another.
struct PhaseFigures: Sendable {
    struct Service: Sendable {
        let count: Int
        let served: Int
        let spread: [Double]

        var share: Double { count == 0 ? 0 : Double(served) / Double(count) }
        var median: Double? { Spread(spread).median }
        var p50: Double? { Spread(spread).percentile(50) }
        var p99: Double? { Spread(spread).percentile(99) }
    }

    struct Process: Sendable {
        /// The most that was resident, in bytes.
        let resident: UInt64
        let descriptors: Int
        let logBytes: Int
    }

    let seconds: Double
    let services: [Measurement.Probe: Service]
    let processes: [String: Process]
    /// The trades that were settled, a minute; nil if nobody counted them.
    let tradesPerMinute: Double?
    /// What each node sent to other nodes, and received of them, in bytes a second.
    let sent: [String: Double]
    let received: [String: Double]

    init(_ state: Measurement.State, from: Double, to end: Double) {
        seconds = end - from
        let samples = state.samples.filter { from <= $0.due && $0.due < end }
        services = Dictionary(grouping: samples, by: \.probe).mapValues { samples in
            let served = samples.compactMap(\.seconds)
            return Service(count: samples.count, served: served.count, spread: served)
        }
        tradesPerMinute = Self.rate(of: state.trades, from, end).map { $0 * 60 }
        sent = state.sent.compactMapValues { Self.rate(of: $0, from, end) }
        received = state.received.compactMapValues { Self.rate(of: $0, from, end) }
        processes = state.looks.mapValues { looks in
            let looks = looks.filter { from <= $0.time && $0.time < end }
            return Process(
                resident: looks.map(\.resident).max() ?? 0,
                descriptors: looks.last?.descriptors ?? 0,
                logBytes: looks.reduce(0) { $0 + $1.logBytes })
        }
    }

    /// By how much the counts grew a second, by those of the phase alone.
    private static func rate(
        of counts: [Measurement.Count], _ from: Double, _ end: Double
    ) -> Double? {
        let counts = counts.filter { from <= $0.time && $0.time <= end }
        guard let first = counts.first, let last = counts.last, last.time > first.time else {
            return nil
        }
        // What starts anew begins at nothing.
        return Double(last.count - min(first.count, last.count)) / (last.time - first.time)
    }

    subscript(_ probe: Measurement.Probe) -> Service {
        services[probe] ?? Service(count: 0, served: 0, spread: [])
    }

    var residentBytes: UInt64 { processes.values.reduce(0) { $0 + $1.resident } }
    var logBytes: Int { processes.values.reduce(0) { $0 + $1.logBytes } }
    /// What all nodes sent to other nodes, in bytes a second.
    var sentBytes: Double { sent.values.reduce(0, +) }
    /// The largest process's memory, in bytes.
    var largestBytes: UInt64 { processes.values.map(\.resident).max() ?? 0 }

    func milliseconds(_ probe: Measurement.Probe) -> Double? {
        self[probe].median.map { $0 * 1_000 }
    }

    /// Whether all is as it was in `before`.
    func isLike(_ before: PhaseFigures, _ limits: AttackLimits) -> Bool {
        guard let final = self[.final].p99,
            final <= max((before[.final].p99 ?? 0) * limits.likeness, limits.calmFinalSeconds)
        else { return false }
        for port in Measurement.Probe.ports {
            let calm = (before.milliseconds(port) ?? 0) * limits.likeness
            guard let now = milliseconds(port), now <= max(calm, limits.calmStatusMilliseconds)
            else { return false }
        }
        let trades = (tradesPerMinute ?? 0) >= (before.tradesPerMinute ?? 0) * limits.calmTrades
        guard trades else { return false }
        let served = Measurement.Probe.allCases.allSatisfy { self[$0].share >= limits.served }
        return served
            && processes.allSatisfy { name, process in
                process.descriptors
                    <= (before.processes[name]?.descriptors ?? 0) + limits.spareDescriptors
            }
    }
}

extension PhaseFigures {
    var json: JSON {
        let shares = Measurement.Probe.allCases.map { probe in
            JSON.Member(
                probe.rawValue,
                [
                    "asked": .number(self[probe].count), "served": .number(self[probe].served),
                    "p50Seconds": Figures.json(self[probe].p50, decimals: 4),
                    "p99Seconds": Figures.json(self[probe].p99, decimals: 4),
                ])
        }
        let memory = processes.sorted { $0.key < $1.key }.map { name, process in
            JSON.Member(
                name,
                [
                    "residentBytes": .number(process.resident),
                    "descriptors": .number(process.descriptors),
                    "logBytes": .number(process.logBytes),
                ])
        }
        return [
            "seconds": Figures.json(seconds), "services": .object(shares),
            "processes": .object(memory),
            "tradesPerMinute": Figures.json(tradesPerMinute),
            "sentBytesPerSecond": Figures.json(sentBytes),
            "receivedBytesPerSecond": Figures.json(received.values.reduce(0, +)),
        ]
    }
}
