import Foundation
import Node

/// From which sources this program was made, as far as it can know.
enum SourceVersion {
    /// The commit of the checkout that the command is run in, with a plus sign if files differ from
    /// it; outside of one, the version.
    static var current: String {
        let version = "busbar \(BusbarVersion.text)"
        guard let top = git("rev-parse", "--show-toplevel"),
            FileManager.default.fileExists(atPath: top + "/Sources/busbar/SourceVersion.swift"),
            let commit = git("rev-parse", "HEAD")
        else { return version }
        let isChanged = git("status", "--porcelain").map { !$0.isEmpty } ?? true
        return "\(version), commit \(commit)\(isChanged ? "+" : "")"
    }

    /// What git says; nil if it fails or is not there.
    private static func git(_ arguments: String...) -> String? {
        let process = Process()
        process.executableURL = URL(fileURLWithPath: "/usr/bin/env")
        process.arguments = ["git"] + arguments
        let output = Pipe()
        process.standardOutput = output
        process.standardError = FileHandle.nullDevice
        do {
            try process.run()
            let data = try output.fileHandleForReading.readToEnd() ?? Data()
            process.waitUntilExit()
            guard process.terminationStatus == 0 else { return nil }
            return String(decoding: data, as: UTF8.self)
                .trimmingCharacters(in: .whitespacesAndNewlines)
        } catch {
            return nil
        }
    }
}
