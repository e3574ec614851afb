import Foundation

/// What the node's process has of the machine, as Linux tells it (proc(5)).
struct ProcessFigures {
    var processorSeconds: Double
    var residentBytes: Int
    var descriptors: Int

    /// The figures now; nil where there is no /proc.
    static func read() -> ProcessFigures? {
        guard let status = try? String(contentsOfFile: "/proc/self/statm", encoding: .utf8),
            let pages = status.split(separator: " ").dropFirst().first.flatMap({ Int($0) }),
            let descriptors = try? FileManager.default.contentsOfDirectory(
                atPath: "/proc/self/fd")
        else { return nil }
        // POSIX has clock(3) count in millionths of a second.
        return ProcessFigures(
            processorSeconds: Double(clock()) / 1_000_000,
            residentBytes: pages * sysconf(Int32(_SC_PAGESIZE)), descriptors: descriptors.count)
    }
}
