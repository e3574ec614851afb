/// Reads what is added to a log, and picks out what no sound node ever says.
struct LogScan {
    private var log: LogFile
    private var rest = ""

    init(path: String) {
        log = LogFile(path: path)
    }

    /// The new lines that tell of a broken promise or of a crash.
    mutating func alarms() -> [String] {
        var lines = (rest + log.added()).split(separator: "\n", omittingEmptySubsequences: false)
        // The last line may not be whole yet.
        rest = lines.popLast().map(String.init) ?? ""
        return lines.filter(Self.isAlarming).map(String.init)
    }

    /// Whether a sound node among sound nodes never says `line`.
    static func isAlarming(_ line: some StringProtocol) -> Bool {
        // time, level, name, …
        let words = line.split(separator: " ", maxSplits: 2)
        if words.count == 3, words[1] == "critical" { return true }
        return ["Fatal error", "Crashed", "has broken its promises"].contains { line.contains($0) }
    }
}
