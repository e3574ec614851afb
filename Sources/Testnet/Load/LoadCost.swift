import Client
import Glibc

/// What each process has used up to a moment.
struct LoadCost {
    struct Use {
        let role: String
        /// Seconds of one core.
        let processor: Double
        /// Bytes that the process had the kernel write to disks.
        let written: Double
    }

    let uses: [pid_t: Use]
    let time: ProcessorTime

    init(_ running: [(node: EndpointsFile.Node, pid: pid_t)]) {
        let time = ProcessorTime(of: running.map(\.pid))
        self.time = time
        uses = Dictionary(
            running.map { node, pid in
                let use = Use(
                    role: node.role, processor: time.processes[pid] ?? 0,
                    written: Self.written(by: pid))
                return (pid, use)
            }, uniquingKeysWith: { first, _ in first })
    }

    /// `write_bytes` of proc(5), `io`.
    static func written(by pid: pid_t) -> Double {
        let lines = SystemFile.text("/proc/\(pid)/io")?.split(separator: "\n") ?? []
        let line = lines.first { $0.hasPrefix("write_bytes:") }
        return line.flatMap { Double($0.filter(\.isNumber)) } ?? 0
    }

    /// What all processes of a role together have used.
    struct Share {
        let role: String
        let processes: Int
        let use: Use
    }

    /// What each role has used since `earlier`.
    func roles(since earlier: LoadCost) -> [Share] {
        var shares: [String: Share] = [:]
        for (pid, use) in uses {
            let (before, so) = (earlier.uses[pid], shares[use.role])
            let processor = use.processor - (before?.processor ?? 0)
            let written = use.written - (before?.written ?? 0)
            shares[use.role] = Share(
                role: use.role, processes: (so?.processes ?? 0) + 1,
                use: Use(
                    role: use.role, processor: (so?.use.processor ?? 0) + processor,
                    written: (so?.use.written ?? 0) + written))
        }
        return shares.values.sorted { $0.role > $1.role }
    }
}
