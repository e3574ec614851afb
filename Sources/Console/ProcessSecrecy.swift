import Glibc

/// What keeps a process's keys in the process: they stand in no core dump and in no crash report.
package enum ProcessSecrecy {
    /// What Swift's report of a crash may show: where it happened, and no register and no memory.
    private static let crashReport =
        "enable=yes,color=no,interactive=no,threads=crashed,registers=none,images=none,limit=32,"
        + "cache=no,sanitize=yes"

    /// To be called before anything else: where the process shows more than it should, it begins
    /// anew as one that does not, since Swift reads what it may show before any of our code runs.
    package static func begin() {
        var none = rlimit(rlim_cur: 0, rlim_max: 0)
        setrlimit(__rlimit_resource_t(RLIMIT_CORE.rawValue), &none)
        // The limit does not hold where dumps are piped to a program; this does.
        setFilter()
        guard getenv("SWIFT_BACKTRACE").map({ String(cString: $0) }) != crashReport else { return }
        setenv("SWIFT_BACKTRACE", crashReport, 1)
        execv("/proc/self/exe", CommandLine.unsafeArgv)
        // Without /proc the process goes on: what is at stake is a crash report, which is rare.
    }

    /// Tells the kernel to leave all memory out of this process's dumps (core(5)).
    private static func setFilter() {
        let descriptor = open("/proc/self/coredump_filter", O_WRONLY | O_CLOEXEC)
        guard descriptor >= 0 else { return }
        _ = write(descriptor, "0\n", 2)
        close(descriptor)
    }
}
