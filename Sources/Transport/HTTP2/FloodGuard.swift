internal import NIOCore

/// Counts what a connection does in each second against what it may.
struct FloodGuard {
    enum Kind: Int, CaseIterable {
        case reset
        case settings
        case ping
        case continuation
        case windowUpdate
        case idle

        /// How it is counted.
        var breach: Breach {
            switch self {
            case .reset: .resetFlood
            case .settings: .settingsFlood
            case .ping: .pingFlood
            case .continuation: .continuationFlood
            case .windowUpdate: .windowUpdateFlood
            case .idle: .emptyFrameFlood
            }
        }
    }

    private let limits: [Int]
    private var counts: [Int]
    private var second = NIODeadline.uptimeNanoseconds(0)

    init(_ limits: TransportLimits) {
        self.limits = [
            limits.resetsPerSecond, limits.settingsPerSecond, limits.pingsPerSecond,
            limits.continuationsPerSecond, limits.smallUpdatesPerSecond,
            limits.idleFramesPerSecond,
        ]
        counts = [Int](repeating: 0, count: Kind.allCases.count)
    }

    /// Counts one more; false when it is one too many for this second.
    mutating func allows(_ kind: Kind, at now: NIODeadline) -> Bool {
        if now - second >= .seconds(1) {
            second = now
            for index in counts.indices { counts[index] = 0 }
        }
        counts[kind.rawValue] += 1
        return counts[kind.rawValue] <= limits[kind.rawValue]
    }
}
