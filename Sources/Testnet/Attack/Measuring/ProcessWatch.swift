import Client
import Console
import FoundationEssentials
import Protocol

/// Looks at the nodes' processes and logs until the measurement is over.
struct ProcessWatch {
    private let measurement: Measurement
    private let testnet: Testnet
    private let stops: Set<String>
    private var logs: [String: LogInspection] = [:]

    init(_ measurement: Measurement, _ testnet: Testnet, stops: Set<String>) {
        self.measurement = measurement
        self.testnet = testnet
        self.stops = stops
        for node in testnet.nodes {
            logs[node.name] = LogInspection(path: testnet.directory.log(node.name))
        }
    }

    mutating func run() {
        while !measurement.isOver {
            for node in testnet.nodes { look(at: node) }
            Terminal.pause(milliseconds: 250)
        }
    }

    private mutating func look(at node: EndpointsFile.Node) {
        // What a node says that is stopped, and cannot start again, is no line of a log.
        guard !stops.contains(node.name) else { return }
        let (count, forgeries) = logs[node.name]?.added() ?? (0, [])
        for line in forgeries { measurement.note(forgery: "\(node.name): \(line)") }
        guard let pid = testnet.process(node.name).pid, let memory = ProcessMemory(of: pid) else {
            return measurement.note(ended: node.name)
        }
        let open = try? FileManager.default.contentsOfDirectory(atPath: "/proc/\(pid)/fd").count
        measurement.note(
            Measurement.Look(
                time: measurement.now, resident: memory.resident, descriptors: open ?? 0,
                logBytes: count), of: node.name)
    }
}

/// Reads what is added to a node's log, and looks for what no node writes by itself: characters that
/// a terminal takes for more than text, and lines that begin without a time.
struct LogInspection {
    private var log: LogFile
    private var rest = ""

    init(path: String) {
        log = LogFile(path: path)
        _ = log.lastLines(0)
    }

    /// How many bytes were added, and the beginnings of the lines that are not the node's own.
    mutating func added() -> (count: Int, forgeries: [String]) {
        let text = log.added()
        var lines = (rest + text).split(separator: "\n", omittingEmptySubsequences: false)
        // The last line may not be whole yet.
        rest = lines.popLast().map(String.init) ?? ""
        let forged = lines.filter { !Self.isOwn($0) }
        return (text.utf8.count, forged.map { UntrustedText.escape(String($0.prefix(100))) })
    }

    /// Whether a node may have written `line`: `2026-11-27T21:03:54+0000 info v1: …`.
    static func isOwn(_ line: Substring) -> Bool {
        let words = line.split(separator: " ", maxSplits: 2)
        let levels = ["trace", "debug", "info", "notice", "warning", "error", "critical"]
        return line.unicodeScalars.allSatisfy(UntrustedText.isPlain)
            && words.count == 3 && words[0].first?.isNumber == true
            && levels.contains(String(words[1]))
    }
}
