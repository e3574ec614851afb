import API
import Glibc

struct Machine {
    /// What the processor calls itself.
    let processor: String
    let cores: Int
    let architecture: String
    /// The kernel's average of waiting and running threads over the last minute.
    let loadAverage: String
    /// What the file system is whose disk is measured; nil where none is.
    var fileSystem: String?

    /// This machine, which keeps what is measured in `directory`.
    static func this(storingIn directory: String) -> Machine {
        var machine = this
        machine.fileSystem =
            SystemFile.text("/proc/self/mountinfo").flatMap { MountTable($0).kind(at: directory) }
            ?? "unknown"
        return machine
    }

    static var this: Machine {
        var names = utsname()
        uname(&names)
        let architecture = withUnsafeBytes(of: &names.machine) {
            String(decoding: $0.prefix { $0 != 0 }, as: UTF8.self)
        }
        let load = SystemFile.text("/proc/loadavg")?.split(separator: " ").first.map(String.init)
        return Machine(
            processor: processor ?? architecture,
            cores: max(1, sysconf(Int32(_SC_NPROCESSORS_ONLN))), architecture: architecture,
            loadAverage: load ?? "unknown")
    }

    /// Not every architecture's kernel names the model.
    private static var processor: String? {
        let line = SystemFile.text("/proc/cpuinfo")?.split(separator: "\n").first {
            $0.hasPrefix("model name") || $0.hasPrefix("Model")
        }
        return line?.split(separator: ":").last.map { String($0.drop { $0 == " " }) }
    }

    /// Which kind of build this program is.
    static var build: String {
        #if DEBUG
            "debug"
        #else
            "release"
        #endif
    }

    /// Which kind of build those of `processes` are whose nodes are measured, as far as it can be told:
    /// it can of the program beside this one.
    static func build(ofNodes processes: [pid_t]) throws -> String {
        let own = try SystemFile.busbar
        let isOwn = processes.allSatisfy { SystemFile.program(of: $0) == own }
        return isOwn ? build : "of another program than this one"
    }

    var text: String {
        "\(processor), \(cores) cores, \(architecture), load average \(loadAverage) at the start"
            + (fileSystem.map { ", files on \($0)" } ?? "")
    }

    var json: JSON {
        [
            "processor": .string(processor), "cores": .number(cores),
            "architecture": .string(architecture), "loadAverage": .string(loadAverage),
            "fileSystem": .string(fileSystem),
        ]
    }
}

/// What processors have worked up to a moment, in seconds of one core.
struct ProcessorTime {
    /// What the whole machine has worked, for whomever.
    let machine: Double
    /// What each process has worked.
    let processes: [pid_t: Double]
    let moment: ContinuousClock.Instant

    init(of processes: [pid_t]) {
        moment = .now
        let ticks = Double(max(1, sysconf(Int32(_SC_CLK_TCK))))
        let total = (SystemFile.text("/proc/stat") ?? "").prefix { $0 != "\n" }
        let fields = total.split(separator: " ").dropFirst().map { Double($0) ?? 0 }
        // user nice system idle iowait irq softirq steal (proc(5)); idle and iowait is no work.
        let work = fields.prefix(8).enumerated().filter { $0.offset != 3 && $0.offset != 4 }
        machine = work.reduce(0) { $0 + $1.element } / ticks
        self.processes = Dictionary(
            processes.map { ($0, Self.ticks(of: $0) / ticks) },
            uniquingKeysWith: { first, _ in first })
    }

    /// How long `process` has been on a processor, with all threads that it had.
    static func nanoseconds(of process: pid_t) -> UInt64 {
        let second = Double(max(1, sysconf(Int32(_SC_CLK_TCK))))
        return UInt64(ticks(of: process) / second * 1_000_000_000)
    }

    /// Fields 14 and 15 of a process's stat: ticks in the program and in the kernel (proc(5)).
    private static func ticks(of pid: pid_t) -> Double {
        guard let fields = SystemFile.stat(of: pid), fields.count > 12,
            let user = Double(fields[11]), let system = Double(fields[12])
        else { return 0 }
        return user + system
    }

    private func seconds(since earlier: ProcessorTime) -> Double {
        max(0.001, (moment - earlier.moment) / .seconds(1))
    }

    /// How much of one core `process` used since `earlier`, in percent.
    func share(of process: pid_t, since earlier: ProcessorTime) -> Double {
        let used = (processes[process] ?? 0) - (earlier.processes[process] ?? 0)
        return max(0, used) / seconds(since: earlier) * 100
    }

    /// How much of one core all the processes together used since `earlier`, in percent.
    func share(since earlier: ProcessorTime) -> Double {
        processes.keys.reduce(0) { $0 + share(of: $1, since: earlier) }
    }

    /// How much of one core everything on the machine used since `earlier`, in percent.
    func machineShare(since earlier: ProcessorTime) -> Double {
        max(0, machine - earlier.machine) / seconds(since: earlier) * 100
    }
}
