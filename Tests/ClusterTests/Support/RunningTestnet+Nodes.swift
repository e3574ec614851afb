import Client
import Foundation
import Glibc
import TestKit
import Testing

@testable import Testnet

/// A node that a test started itself.
struct StartedNode {
    let name: String
    let process: Process
    /// Where its log ended before it was started.
    let logStart: Int
    let logPath: String

    /// What it has logged since it was started.
    func log() throws -> String {
        let data = try Data(contentsOf: URL(fileURLWithPath: logPath))
        return String(decoding: data.dropFirst(logStart), as: UTF8.self)
    }

    /// Waits until it has ended; false if it does not within `limit`.
    func ends(within limit: Duration) async throws -> Bool {
        try await eventually(within: limit, every: .milliseconds(30)) { !process.isRunning }
    }
}

extension RunningTestnet {
    /// A small testnet with a household, h02, that trades nothing by itself, so that a test
    /// can use its key.
    static let faultManifest = """
        name = "Street of faults"
        validators = 4
        households = ["h01", "h05", "h02"]
        data = "\(checkout)/cluster/data"
        begins = "2021-06-15T09:00:00Z"
        speed = 120

        [aggregator]
        delivery_seconds = 300
        top_up_tokens = "1"
        top_up_below = "0.999"
        purchase_limit_tokens = "100000"

        [exchange]
        initial_tokens = "100000"

        [[household]]
        name = "h02"
        enabled = false

        """

    /// As ``with(_:manifest:_:)``, with the manifest's text.
    static func with(
        text manifest: String, _ options: [String] = [], beginning: Beginning = .running,
        _ body: (RunningTestnet) async throws -> Void
    ) async throws {
        try await withTemporaryDirectory { directory in
            let file = directory + "/manifest.toml"
            try Data(manifest.utf8).write(to: URL(fileURLWithPath: file))
            try await with(options, manifest: file, beginning: beginning, body)
        }
    }

    /// The process of the node, whoever started it.
    func pid(_ name: String) throws -> pid_t {
        let text = try String(contentsOfFile: "\(directory)/\(name)/pid", encoding: .utf8)
        return try #require(text.split(separator: " ").first.flatMap { pid_t($0) })
    }

    /// Says that `process` is the node's.
    func note(_ process: Process, of name: String) throws {
        let pid = process.processIdentifier
        try Data("\(pid) \(NodeProcess.beginning(of: pid))\n".utf8).write(
            to: URL(fileURLWithPath: "\(directory)/\(name)/pid"))
    }

    /// Whether the node's process is there, dead ones that nobody has collected apart.
    func isRunning(_ name: String) throws -> Bool { NodeProcess.isAlive(try pid(name)) }

    /// Sends `signal` to the node, and waits for its end if it cannot survive that.
    func send(_ signal: Int32, to name: String) async throws {
        #expect(Glibc.kill(try pid(name), signal) == 0, "\(name) does not run")
        guard signal == SIGKILL || signal == SIGTERM else { return }
        let hasEnded = try await eventually(within: .seconds(20), every: .milliseconds(20)) {
            try !isRunning(name)
        }
        #expect(hasEnded, "\(name) does not end")
    }

    /// Starts the node, which must not run, with `variables` above its settings; `launcher` is a
    /// program and its arguments that is to start it.
    func start(
        _ name: String, _ variables: [String: String] = [:], options: [String] = [],
        launcher: [String] = [], program: String = Self.program
    ) throws -> StartedNode {
        let node = try node(name)
        let process = Process()
        let command =
            launcher + [program, "node", "--config", node.config] + options
        process.executableURL = URL(fileURLWithPath: command[0])
        process.arguments = Array(command.dropFirst())
        process.environment = ProcessInfo.processInfo.environment.merging(variables) { $1 }
        if !FileManager.default.fileExists(atPath: node.log) {
            try Data().write(to: URL(fileURLWithPath: node.log))
        }
        let log = try FileHandle(forWritingTo: URL(fileURLWithPath: node.log))
        let end = try log.seekToEnd()
        process.standardOutput = log
        process.standardError = log
        process.standardInput = FileHandle.nullDevice
        try process.run()
        try note(process, of: name)
        return StartedNode(
            name: name, process: process, logStart: Int(end), logPath: node.log)
    }

    /// Waits until the node answers and stands where `other` stood when this was called, or has
    /// ended.
    func catchesUp(
        _ name: String, with other: String, within limit: Duration = .seconds(40)
    ) async throws -> Bool {
        let height = try await height(other)
        return try await eventually(within: limit, every: .milliseconds(50)) {
            guard try isRunning(name) else { return true }
            return (try? await self.height(name)).map { $0 >= height } ?? false
        }
    }

    /// Starts the node and waits until it has caught up with `other`.
    func restart(
        _ name: String, with other: String, sourceLocation: SourceLocation = #_sourceLocation
    ) async throws {
        let started = try start(name)
        let isBack = try await catchesUp(name, with: other)
        let log = try started.log()
        #expect(
            isBack && started.process.isRunning, "\(name) is not back: \(log.suffix(1_500))",
            sourceLocation: sourceLocation)
    }

    /// Waits until the validator takes part in agreement, by its own metrics.
    func participates(_ name: String, within limit: Duration = .seconds(30)) async throws -> Bool {
        try await eventually(within: limit, every: .milliseconds(100)) {
            (try? await metrics(name))?["busbar_consensus_participating"] == 1
        }
    }

    /// The node's figures, by name and labels.
    func metrics(_ name: String) async throws -> [String: Double] {
        let http = LoopbackHTTP(url: try node(name).metrics, timeoutSeconds: 20)
        let answer = try await BlockingCall.run { try http?.get("/metrics") }
        let text = String(decoding: answer?.body ?? [], as: UTF8.self)
        let pairs = text.split(separator: "\n").compactMap { line -> (String, Double)? in
            guard !line.hasPrefix("#"), let space = line.lastIndex(of: " "),
                let value = Double(line[line.index(after: space)...])
            else { return nil }
            return (String(line[..<space]), value)
        }
        return Dictionary(pairs) { $1 }
    }
}
