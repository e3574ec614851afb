import Console
import Synchronization

/// What all parts of a soak know together.
final class SoakBoard: Sendable {
    /// A copy of everything for reports.
    struct State: Sendable {
        var faults: [SoakFault] = []
        var findings: [SoakFinding] = []
        /// Lines about what happened, each with its time.
        var trace: [(time: Double, text: String)] = []
        var acknowledged = 0
        var reverted = 0
        /// The most acknowledged transactions that a node was found to lack at the end.
        var lost = 0
        /// From handing in until acknowledged as final, of each transaction, in seconds.
        var latencies: [Double] = []
        /// When the last transaction was acknowledged.
        var lastAcknowledged = 0.0
        var highestBlock: UInt64 = 0
        /// The highest block that each node has shown.
        var heights: [String: UInt64] = [:]
        /// The longest time without an acknowledgement, with and without a quorum.
        var longestStall = 0.0
        var longestStallByIntent = 0.0
        /// Since when which nodes are disturbed, and which have to come back since when.
        var disturbed: Set<String> = []
        var settling: [String: Double] = [:]
        /// How often each node was started again.
        var restarts: [String: Int] = [:]
        /// How often clients went to another node.
        var detours = 0
        /// Whether the clients and the watch are to end.
        var areClientsDone = false
        var isWatchDone = false
    }

    private let begin = ContinuousClock.now
    private let state = Mutex(State())

    /// Seconds since the start.
    var elapsed: Double { (ContinuousClock.now - begin) / .seconds(1) }

    var current: State { state.withLock { $0 } }

    var areClientsDone: Bool { state.withLock { $0.areClientsDone } || Interruption.isWanted }
    var isWatchDone: Bool { state.withLock { $0.isWatchDone } || Interruption.isWanted }

    func endClients() { state.withLock { $0.areClientsDone = true } }

    func endWatch() { state.withLock { $0.isWatchDone = true } }

    /// Begins the measurement of stalls.
    func startClock() {
        let now = elapsed
        state.withLock { $0.lastAcknowledged = now }
    }

    /// Notes something for the trace.
    func tell(_ text: String) {
        let now = elapsed
        state.withLock { $0.trace.append((now, text)) }
    }

    /// Notes a broken promise, once.
    func find(_ what: String, lines: [String] = []) {
        let now = elapsed
        let isNew = state.withLock { state in
            guard !state.findings.contains(where: { $0.what == what }) else { return false }
            state.findings.append(SoakFinding(time: now, what: what, lines: lines))
            state.trace.append((now, "BROKEN: " + what))
            return true
        }
        if isNew { Terminal.note("\(Figures.text(now)) s: BROKEN: \(what)") }
    }

    func lost(_ count: Int) { state.withLock { $0.lost = max($0.lost, count) } }

    func tookDetour() { state.withLock { $0.detours += 1 } }
}

extension SoakBoard {
    /// A transaction that was handed in at `submitted` is acknowledged as final.
    func acknowledged(handedIn submitted: Double, block: UInt64, succeeded: Bool) {
        let now = elapsed
        state.withLock { state in
            state.acknowledged += 1
            if !succeeded { state.reverted += 1 }
            state.latencies.append(now - submitted)
            state.highestBlock = max(state.highestBlock, block)
            state.noteStall(until: now)
            state.lastAcknowledged = now
            for index in state.faults.indices where state.faults[index].recovery == nil {
                guard let since = state.faults[index].clearSince, submitted >= since else {
                    continue
                }
                state.faults[index].recovery = now - since
            }
        }
    }

    /// Counts a stall that lasts until the end.
    func stopClock() {
        let now = elapsed
        state.withLock { $0.noteStall(until: now) }
    }
}

extension SoakBoard.State {
    fileprivate mutating func noteStall(until now: Double) {
        let gap = now - lastAcknowledged
        let isByIntent = faults.contains {
            $0.cutsQuorum && $0.began <= now && ($0.ended ?? now) >= lastAcknowledged
        }
        if isByIntent {
            longestStallByIntent = max(longestStallByIntent, gap)
        } else {
            longestStall = max(longestStall, gap)
        }
    }
}

extension SoakBoard {
    /// Notes what the conductor did.
    func note(_ happening: FaultConductor.Happening, roles: [String: String]) {
        let now = elapsed
        tell(happening.line(at: now))
        let (fault, names) = (happening.fault, happening.names)
        state.withLock { state in
            guard happening.isEnd else {
                let cutsQuorum =
                    switch fault.target {
                    case .all, .groups: true
                    case .node, .proposer: false
                    }
                state.disturbed.formUnion(names)
                state.faults.append(
                    SoakFault(
                        number: fault.number, kind: fault.kind(roles: roles), names: names,
                        cutsQuorum: cutsQuorum, began: now))
                return
            }
            state.disturbed.subtract(names)
            for name in names {
                state.settling[name] = now
                if fault.undoing == .restart { state.restarts[name, default: 0] += 1 }
            }
            if let index = state.faults.lastIndex(where: { $0.number == fault.number }) {
                state.faults[index].ended = now
            }
        }
    }

    /// The node is as the others again.
    func cameBack(_ name: String) {
        let now = elapsed
        state.withLock { state in
            state.settling[name] = nil
            for index in state.faults.indices where state.faults[index].names.contains(name) {
                guard let ended = state.faults[index].ended, state.faults[index].comeback == nil,
                    !state.faults[index].names.contains(where: { state.settling[$0] != nil })
                else { continue }
                state.faults[index].comeback = now - ended
            }
        }
    }

    /// Whether nothing is done to the node, and it is as the others.
    func isSound(_ name: String) -> Bool {
        state.withLock { !$0.disturbed.contains(name) && $0.settling[name] == nil }
    }

    /// Asks the node's height by `ask`. What was final once stays final: it never shows less than
    /// it had shown before it was asked.
    func height(of name: String, _ ask: () -> UInt64?) -> UInt64? {
        let before = state.withLock { $0.heights[name] ?? 0 }
        guard let height = ask() else { return nil }
        state.withLock { $0.heights[name] = max($0.heights[name] ?? 0, height) }
        if height < before { find("\(name) went back from block \(before) to block \(height)") }
        return height
    }

    /// Whether `fault` may begin: nobody whom it concerns is disturbed or on the way back, and no
    /// more validators than may fail.
    func mayBegin(_ fault: PlannedFault, validators: Set<String>) -> Bool {
        state.withLock { state in
            let unwell = state.disturbed.union(state.settling.keys)
            let tolerated = max(0, (validators.count - 1) / 3)
            let isRoom = unwell.intersection(validators).count < tolerated
            switch fault.target {
            case .node(let name):
                return !unwell.contains(name) && (isRoom || !validators.contains(name))
            case .proposer: return isRoom
            case .all, .groups: return unwell.isEmpty
            }
        }
    }
}
