import Client
import Console
import FoundationEssentials
import Glibc
import Keys
import Protocol

/// A program that was run to its end, and all that it said.
struct ProgramRun {
    let output: String
    /// Whether it had to be ended.
    let wasEnded: Bool

    /// Whether a terminal takes nothing of what it said for more than text.
    var isPlain: Bool {
        output.unicodeScalars.allSatisfy { $0 == "\n" || UntrustedText.isPlain($0) }
    }

    /// Runs the program at `path`, for `seconds` at most.
    init(_ path: String, _ arguments: [String], seconds: Double) throws {
        let suffix = Hexadecimal.encode(Bytes.random(count: 8))
        let file = FileManager.default.temporaryDirectory.path + "/busbar-attack-\(suffix)"
        defer { unlink(file) }
        let pid = try NodeProcess.spawn(path, arguments, log: file)
        let deadline = ContinuousClock.now + .seconds(seconds)
        while NodeProcess.isRunning(pid), ContinuousClock.now < deadline {
            Terminal.pause(milliseconds: 20)
        }
        wasEnded = NodeProcess.isRunning(pid)
        if wasEnded {
            kill(pid, SIGKILL)
            while NodeProcess.isRunning(pid) { Terminal.pause(milliseconds: 20) }
        }
        output = String(
            decoding: try DurableFile.read(at: file, limit: 64 << 20), as: UTF8.self)
    }
}
