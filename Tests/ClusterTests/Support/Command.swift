import Foundation
import TestKit

/// A program that was run to its end, and what it said.
struct Command {
    let exitCode: Int32
    let output: String
    let errors: String

    /// Everything that it said.
    var text: String { output + errors }

    /// Runs the program at `path` (or found in PATH); a program that takes longer than `timeout`
    /// is ended.
    static func run(
        _ path: String, _ arguments: [String], input: String? = nil,
        environment: [String: String] = [:], timeout: Duration = .seconds(180)
    ) async throws -> Command {
        try await withCheckedThrowingContinuation { continuation in
            // Reading to the end blocks, so it has a thread of its own.
            Thread.detachNewThread {
                continuation.resume(
                    with: Result {
                        try runBlocking(path, arguments, input, environment, timeout)
                    })
            }
        }
    }

    private static func runBlocking(
        _ path: String, _ arguments: [String], _ input: String?,
        _ environment: [String: String], _ timeout: Duration
    ) throws -> Command {
        let process = Process()
        let isPath = path.contains("/")
        process.executableURL = URL(fileURLWithPath: isPath ? path : "/usr/bin/env")
        process.arguments = isPath ? arguments : [path] + arguments
        process.environment = ProcessInfo.processInfo.environment.merging(environment) { $1 }
        let place = try TemporaryDirectory()
        defer { withExtendedLifetime(place) {} }
        let files = ["output", "errors"].map { URL(fileURLWithPath: "\(place.path)/\($0)") }
        for file in files { try Data().write(to: file) }
        process.standardOutput = try FileHandle(forWritingTo: files[0])
        process.standardError = try FileHandle(forWritingTo: files[1])
        process.standardInput = try inputHandle(input, in: place)
        let seconds = Double(timeout.components.seconds)
        try process.run()
        let watchdog = DispatchWorkItem { process.terminate() }
        DispatchQueue.global().asyncAfter(deadline: .now() + seconds, execute: watchdog)
        process.waitUntilExit()
        watchdog.cancel()
        return Command(
            exitCode: process.terminationStatus,
            output: String(decoding: try Data(contentsOf: files[0]), as: UTF8.self),
            errors: String(decoding: try Data(contentsOf: files[1]), as: UTF8.self))
    }

    private static func inputHandle(
        _ text: String?, in place: TemporaryDirectory
    ) throws -> FileHandle {
        guard let text else { return FileHandle.nullDevice }
        let file = URL(fileURLWithPath: place.path + "/input")
        try Data(text.utf8).write(to: file)
        return try FileHandle(forReadingFrom: file)
    }
}
