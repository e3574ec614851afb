import Client
import Synchronization

/// What is measured of a testnet by asking it as honest people do, and by looking at its processes.
final class Measurement: Sendable {
    /// What honest people do again and again.
    enum Probe: String, CaseIterable, Sendable {
        /// A member's transaction, until it is final.
        case final = "final"
        /// `/status` on the port for programs of the machine itself.
        case http = "http"
        /// `/status` on the API's port.
        case https = "https"
        /// `/livez` on the port for metrics.
        case metrics = "metrics"
        /// A member's handshake with the attacked node.
        case handshake = "handshakes"
        /// A filter that the owner sets up, asks and takes down.
        case filter = "filters"
        /// A listener of the owner's that hears of a block.
        case listener = "listeners"

        static let ports: [Probe] = [.http, .https, .metrics]
    }

    struct Sample: Sendable {
        let probe: Probe
        /// When it was to begin, in seconds since the start.
        let due: Double
        /// How long it took; nil if it was not served.
        let seconds: Double?
    }

    /// What a process has at a moment.
    struct Look: Sendable {
        let time: Double
        let resident: UInt64
        let descriptors: Int
        /// Bytes of its log since the look before.
        let logBytes: Int
    }

    /// A count that only grows, at a moment.
    struct Count: Sendable {
        let time: Double
        let count: UInt64
    }

    struct State: Sendable {
        var samples: [Sample] = []
        var looks: [String: [Look]] = [:]
        /// The trades settled since the ledger began.
        var trades: [Count] = []
        /// What each node has sent to other nodes, and received of them, in bytes.
        var sent: [String: [Count]] = [:]
        var received: [String: [Count]] = [:]
        /// Lines of logs that are none of the node's own, and characters that no line has.
        var forgeries: [String] = []
        /// Nodes that have ended by themselves.
        var ended: Set<String> = []
        var isOver = false
    }

    private let begin = ContinuousClock.now
    private let state = Mutex(State())

    /// Seconds since the start.
    var now: Double { (ContinuousClock.now - begin) / .seconds(1) }

    var current: State { state.withLock { $0 } }
    var isOver: Bool { state.withLock { $0.isOver } }

    func end() { state.withLock { $0.isOver = true } }

    func note(_ probe: Probe, due: Double, seconds: Double?) {
        state.withLock { $0.samples.append(Sample(probe: probe, due: due, seconds: seconds)) }
    }

    func note(_ look: Look, of node: String) {
        state.withLock { $0.looks[node, default: []].append(look) }
    }

    func note(settled trades: UInt64) {
        let count = Count(time: now, count: trades)
        state.withLock { $0.trades.append(count) }
    }

    func note(sent: UInt64, received: UInt64, of node: String) {
        let time = now
        state.withLock { state in
            state.sent[node, default: []].append(Count(time: time, count: sent))
            state.received[node, default: []].append(Count(time: time, count: received))
        }
    }

    func note(forgery: String) {
        state.withLock { if $0.forgeries.count < 20 { $0.forgeries.append(forgery) } }
    }

    func note(ended node: String) { state.withLock { _ = $0.ended.insert(node) } }
}
