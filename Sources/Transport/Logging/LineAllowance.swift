internal import Logging

/// How many log lines of a minute others may cause: of each kind so many each, and so many together.
/// What it keeps is bounded by the kinds there are, however many others come.
struct LineAllowance {
    /// How many lines of a kind one may cause in a minute.
    static let linesEach = 10
    /// How many lines of a kind all may cause in a minute.
    static let linesTogether = 100

    /// What was not written of a kind.
    struct Rest: Equatable {
        let kind: String
        /// The highest level among the lines.
        let level: Logger.Level
        let count: Int
        /// Who caused most of them, among those who had lines written, and how many.
        let most: (cause: String, count: Int)?

        static func == (left: Rest, right: Rest) -> Bool {
            left.kind == right.kind && left.level == right.level && left.count == right.count
                && left.most?.cause == right.most?.cause && left.most?.count == right.most?.count
        }
    }

    private struct Kind {
        var written = 0
        var rest = 0
        var level = Logger.Level.trace
        /// The lines of each who had one written, written or not.
        var each: [String: Int] = [:]

        mutating func take(_ cause: String, _ level: Logger.Level) -> Bool {
            let own = each[cause] ?? 0
            if own > 0 { each[cause] = own + 1 }
            guard own < LineAllowance.linesEach, written < LineAllowance.linesTogether else {
                rest += 1
                self.level = max(self.level, level)
                return false
            }
            each[cause] = own + 1
            written += 1
            return true
        }
    }

    private var kinds: [String: Kind] = [:]

    /// Whether nothing was counted since the last minute ended.
    var isEmpty: Bool { kinds.isEmpty }

    /// Counts a line of `kind` that `cause` brings about; whether it may be written.
    mutating func take(_ kind: String, by cause: String, at level: Logger.Level) -> Bool {
        kinds[kind, default: Kind()].take(cause, level)
    }

    /// Ends the minute; what was not written in it, by the names of the kinds.
    mutating func endMinute() -> [Rest] {
        defer { kinds = [:] }
        return kinds.filter { $0.value.rest > 0 }.sorted { $0.key < $1.key }.map { name, kind in
            let most = kind.each.max { ($0.value, $1.key) < ($1.value, $0.key) }
            let beyond = most.map { ($0.key, $0.value - Self.linesEach) }
            return Rest(
                kind: name, level: kind.level, count: kind.rest,
                most: beyond.flatMap { $0.1 > 0 ? $0 : nil })
        }
    }
}
