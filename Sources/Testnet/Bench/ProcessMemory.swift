import Glibc

/// The memory of a process, in bytes, as the kernel counts it (proc(5), `status`).
struct ProcessMemory {
    /// Everything that is resident, with the pages of the program's file.
    let resident: UInt64
    /// What is resident and belongs to no file: the process's own.
    let anonymous: UInt64
    /// The most that was ever resident.
    let peak: UInt64

    /// The memory of `pid`, or nil if it does not run.
    init?(of pid: pid_t) {
        guard let lines = SystemFile.text("/proc/\(pid)/status")?.split(separator: "\n") else {
            return nil
        }
        func value(_ name: String) -> UInt64 {
            let line = lines.first { $0.hasPrefix(name + ":") }
            return line.flatMap { UInt64($0.filter(\.isNumber)) }.map { $0 * 1_024 } ?? 0
        }
        resident = value("VmRSS")
        anonymous = value("RssAnon")
        peak = value("VmHWM")
    }

    /// `bytes` in MB of a million bytes, with one decimal.
    static func megabytes(_ bytes: UInt64) -> Double { Figures.rounded(Double(bytes) / 1_000_000) }
}
