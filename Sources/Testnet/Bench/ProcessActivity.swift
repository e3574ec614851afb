import FoundationEssentials
import Glibc

/// What a process's threads have done up to a moment, as the kernel counts it.
struct ProcessActivity {
    /// What a thread has done, or all of a process's in a while.
    struct Counts: Equatable {
        /// Nanoseconds on a processor (`schedstat`): finer than the ticks of `stat`, which an idle node
        /// has few of.
        var processor: UInt64 = 0
        /// How often a processor was given up, and so there was a waking again.
        var voluntary: UInt64 = 0
        /// How often one was taken away.
        var involuntary: UInt64 = 0
    }

    /// By the number of the thread.
    let threads: [String: Counts]
    /// Bytes that the process had the kernel write to disks.
    let written: Double

    init(threads: [String: Counts], written: Double) {
        self.threads = threads
        self.written = written
    }

    /// What `pid` has done; nil if it does not run.
    init?(of pid: pid_t) {
        let place = "/proc/\(pid)/task"
        guard let names = try? FileManager.default.contentsOfDirectory(atPath: place) else {
            return nil
        }
        var threads: [String: Counts] = [:]
        for name in names {
            // A thread may end between the list and the look.
            guard let status = SystemFile.text("\(place)/\(name)/status"),
                let times = SystemFile.text("\(place)/\(name)/schedstat")
            else { continue }
            threads[name] = Counts(
                processor: Self.nanoseconds(times),
                voluntary: Self.value("voluntary_ctxt_switches", in: status),
                involuntary: Self.value("nonvoluntary_ctxt_switches", in: status))
        }
        self.init(threads: threads, written: LoadCost.written(by: pid))
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

    /// What the threads that there are have done since `earlier`. A pool lets threads end when there is
    /// little to do; what those did since is not known, and takes nothing away from the others'.
    func counts(since earlier: ProcessActivity) -> Counts {
        threads.reduce(into: Counts()) { sum, thread in
            let before = earlier.threads[thread.key] ?? Counts()
            sum.processor += thread.value.processor - before.processor
            sum.voluntary += thread.value.voluntary - before.voluntary
            sum.involuntary += thread.value.involuntary - before.involuntary
        }
    }
}
