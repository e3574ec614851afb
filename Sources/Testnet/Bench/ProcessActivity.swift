import FoundationEssentials
import Glibc

/// What a process has done up to a moment, as the kernel counts it.
struct ProcessActivity {
    /// Nanoseconds on a processor, over all its threads (`schedstat`): finer than the ticks of `stat`,
    /// which an idle node has few of.
    let processor: UInt64
    /// How often its threads gave a processor up by themselves, and so were woken again.
    let voluntary: UInt64
    /// How often one was taken from them.
    let involuntary: UInt64
    /// Bytes that it had the kernel write to disks.
    let written: Double

    init(processor: UInt64, voluntary: UInt64, involuntary: UInt64, written: Double) {
        self.processor = processor
        self.voluntary = voluntary
        self.involuntary = involuntary
        self.written = written
    }

    /// What `pid` has done; nil if it does not run.
    init?(of pid: pid_t) {
        let place = "/proc/\(pid)/task"
        guard let threads = try? FileManager.default.contentsOfDirectory(atPath: place) else {
            return nil
        }
        var (processor, voluntary, involuntary): (UInt64, UInt64, UInt64) = (0, 0, 0)
        // A thread may end between the list and the look.
        for thread in threads {
            let status = SystemFile.text("\(place)/\(thread)/status") ?? ""
            processor += Self.nanoseconds(SystemFile.text("\(place)/\(thread)/schedstat") ?? "")
            voluntary += Self.value("voluntary_ctxt_switches", in: status)
            involuntary += Self.value("nonvoluntary_ctxt_switches", in: status)
        }
        self.init(
            processor: processor, voluntary: voluntary, involuntary: involuntary,
            written: LoadCost.written(by: pid))
    }

    /// The first number of a thread's `schedstat`.
    static func nanoseconds(_ text: String) -> UInt64 {
        text.split(separator: " ").first.flatMap { UInt64($0) } ?? 0
    }

    /// The number called `name` in a thread's `status`.
    static func value(_ name: String, in status: String) -> UInt64 {
        let line = status.split(separator: "\n").first { $0.hasPrefix(name + ":") }
        return line.flatMap { UInt64($0.filter(\.isNumber)) } ?? 0
    }

    /// What it has done since `earlier`. A thread that has ended takes its counts with it.
    func since(_ earlier: ProcessActivity) -> ProcessActivity {
        func less(_ now: UInt64, _ before: UInt64) -> UInt64 { now > before ? now - before : 0 }
        return ProcessActivity(
            processor: less(processor, earlier.processor),
            voluntary: less(voluntary, earlier.voluntary),
            involuntary: less(involuntary, earlier.involuntary),
            written: max(0, written - earlier.written))
    }
}
