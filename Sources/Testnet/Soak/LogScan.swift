import Glibc

/// Reads what is added to a log, and picks out what no sound node ever says.
struct LogScan {
    private let path: String
    private var position: off_t = 0
    private var rest = ""

    init(path: String) {
        self.path = path
    }

    /// The new lines that tell of a broken promise or of a crash.
    mutating func alarms() -> [String] {
        let descriptor = open(path, O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else { return [] }
        defer { close(descriptor) }
        lseek(descriptor, position, SEEK_SET)
        var chunk = [UInt8](repeating: 0, count: 65_536)
        var alarms: [String] = []
        while true {
            let count = read(descriptor, &chunk, chunk.count)
            guard count > 0 else { return alarms }
            position += off_t(count)
            var lines = (rest + String(decoding: chunk[..<count], as: UTF8.self))
                .split(separator: "\n", omittingEmptySubsequences: false)
            // The last line may not be whole yet.
            rest = lines.popLast().map(String.init) ?? ""
            alarms += lines.filter(Self.isAlarming).map(String.init)
        }
    }

    /// Whether a sound node among sound nodes never says `line`.
    static func isAlarming(_ line: some StringProtocol) -> Bool {
        // time, level, name, …
        let words = line.split(separator: " ", maxSplits: 2)
        if words.count == 3, words[1] == "critical" { return true }
        return ["Fatal error", "Crashed", "has broken its promises"].contains { line.contains($0) }
    }
}
