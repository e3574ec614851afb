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
    /// Nanoseconds that all threads there ever were have been on a processor, in ticks of `stat`.
    let processor: UInt64
    /// Bytes that the process had the kernel write to disks.
    let written: Double

    init(threads: [String: Counts], processor: UInt64, written: Double) {
        self.threads = threads
        self.processor = processor
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
        self.init(
            threads: threads, processor: ProcessorTime.nanoseconds(of: pid),
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

    /// What has been done since `earlier`. A pool lets threads end when there is little to do: what those
    /// did is in the whole process's time on a processor, which is coarser, and the more of the two
    /// counts. How often they were woken nobody knows any more.
    func counts(since earlier: ProcessActivity) -> Counts {
        var sum = threads.reduce(into: Counts()) { sum, thread in
            let counts = thread.value.since(earlier.threads[thread.key])
            sum.processor += counts.processor
            sum.voluntary += counts.voluntary
            sum.involuntary += counts.involuntary
        }
        sum.processor = max(sum.processor, processor - min(earlier.processor, processor))
        return sum
    }
}

extension ProcessActivity.Counts {
    /// What a thread has done since it had done `earlier`. One that has done less is another, which has
    /// the number of one that ended.
    fileprivate func since(_ earlier: Self?) -> Self {
        guard let earlier, processor >= earlier.processor, voluntary >= earlier.voluntary,
            involuntary >= earlier.involuntary
        else { return self }
        return Self(
            processor: processor - earlier.processor, voluntary: voluntary - earlier.voluntary,
            involuntary: involuntary - earlier.involuntary)
    }
}
