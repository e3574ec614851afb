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

/// Counts the pieces (TLS records, HTTP/2 frames) that a connection's bytes come in: each costs work
/// of its own, so beyond a number in each second they must not be small.
struct PieceGuard {
    /// What a piece beyond the free ones must carry on the average, in bytes.
    static let worth = 256

    private let free: Int
    private var count = 0
    private var content = 0
    private var second = NIODeadline.uptimeNanoseconds(0)

    /// Allows `free` pieces of any size in a second.
    init(free: Int) {
        self.free = free
    }

    /// Counts one more piece; false when it is one too many for this second.
    mutating func allowsNext(at now: NIODeadline) -> Bool {
        if now - second >= .seconds(1) { (second, count, content) = (now, 0, 0) }
        count += 1
        return count <= free + content / Self.worth
    }

    /// Counts what a piece carries, in bytes.
    mutating func carried(_ bytes: Int) {
        content += bytes
    }
}

/// What a connection did against the rules, and how it is counted.
struct ConnectionBreach: Error {
    let kind: Breach
    let error: TransportError

    /// It made the server keep more than any other.
    static let hoarding = ConnectionBreach(
        kind: .hoarding, error: .connectionClosed("it left too many bytes waiting"))
}
