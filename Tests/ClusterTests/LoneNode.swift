import API
import Client
import Foundation
import Protocol
import TestKit
import Testing

/// A household's node in a directory of its own, as `busbar member new` makes it.
struct LoneNode {
    static let chainID: UInt64 = 2_100_000_001

    let directory: String
    /// Its API.
    let api: String
    /// The arguments by which the aggregator registers it.
    let registration: [String]

    /// Makes a node of a chain whose other members nobody runs, hands it to `body`, and removes it.
    static func with(_ body: (LoneNode) async throws -> Void) async throws {
        try await withTemporaryDirectory { directory in
            let file = directory + "/genesis.json"
            try JSONEncoder().encode(genesis).write(to: URL(fileURLWithPath: file))
            try await with(genesis: file, peer: "127.0.0.1:9", body)
        }
    }

    /// Makes a node that joins the chain of `genesis` by way of `peer`, hands it to `body`, and
    /// removes it.
    static func with(
        genesis: String, peer: String, _ body: (LoneNode) async throws -> Void
    ) async throws {
        let parent = try TemporaryDirectory()
        defer { withExtendedLifetime(parent) {} }
        let place = parent.path + "/h99"
        let api = try TakenPort.free()
        let made = try await RunningTestnet.busbar(
            [
                "member", "new", "--json", "--dir", place, "--name", "h99", "--role", "prosumer",
                "--rated-power", "17250", "--genesis", genesis, "--peer", peer,
                "--api", "127.0.0.1:\(api)", "--app", "127.0.0.1:0", "--rpc", "127.0.0.1:0",
                "--metrics", "127.0.0.1:0",
            ])
        try #require(made.exitCode == 0, "\(made.text)")
        let answer = try JSON(decoding: Array(made.output.utf8))
        let line = try #require(answer["registration"]?.verbatim)
        try await body(
            LoneNode(
                directory: place, api: "https://127.0.0.1:\(api)",
                registration: line.split(separator: " ").dropFirst().map(String.init)))
    }

    private static let genesis = Genesis(
        chainID: chainID, name: "Nobody's testnet",
        timestamp: Timestamp(milliseconds: 1_750_000_000_000),
        marketClock: MarketClock(
            origin: MarketTime(seconds: 1_750_000_000),
            ledgerOrigin: Timestamp(milliseconds: 1_750_000_000_000), rate: 1),
        members: [MemberRole.validator, .aggregator].map { role in
            Member(
                account: PrivateKey.random().address, role: role, meterKey: .zero,
                ratedPower: Watts(0), certificateHash: .zero)
        })

    func path(_ file: String) -> String { "\(directory)/\(file)" }

    /// The way to its API.
    func http() throws -> PinnedHTTP {
        try PinnedHTTP(url: api, certificate: path("tls/api.pem"))
    }

    /// Puts what `change` makes of the file's text in its place.
    func rewrite(_ file: String, _ change: (String) -> String) throws {
        let handle = try FileHandle(forUpdating: URL(fileURLWithPath: path(file)))
        let text = String(decoding: try handle.readToEnd() ?? Data(), as: UTF8.self)
        // The same file, so that it keeps its mode.
        try handle.truncate(atOffset: 0)
        try handle.write(contentsOf: Data(change(text).utf8))
        try handle.close()
    }

    /// Gives the node another genesis.
    func writeGenesis(_ change: (inout Genesis) -> Void) throws {
        var genesis = Self.genesis
        change(&genesis)
        let text = String(decoding: try JSONEncoder().encode(genesis), as: UTF8.self)
        try rewrite("genesis.json") { _ in text }
    }

    /// Starts the node, which is expected to end by itself.
    func start(
        _ options: [String] = [], environment: [String: String] = [:]
    ) async throws -> Command {
        try await Command.run(
            RunningTestnet.program, ["node", "--config", path("node.toml")] + options,
            environment: environment, timeout: .seconds(30))
    }

    /// Expects that the node does not start, says so in one line with each of `parts` in it, and
    /// changes nothing.
    func expectRefusal(
        _ parts: [String], exitCode: Int32 = 7, options: [String] = [],
        environment: [String: String] = [:], sourceLocation: SourceLocation = #_sourceLocation
    ) async throws {
        let before = try contents()
        let command = try await start(options, environment: environment)
        #expect(command.exitCode == exitCode, "\(command.text)", sourceLocation: sourceLocation)
        #expect(command.output.isEmpty, sourceLocation: sourceLocation)
        #expect(
            command.errors.hasSuffix("\n")
                && command.errors.split(separator: "\n").count == 1,
            "\(command.errors)", sourceLocation: sourceLocation)
        for part in parts {
            #expect(
                command.errors.contains(part), "said: \(command.errors)",
                sourceLocation: sourceLocation)
        }
        #expect(try contents() == before, sourceLocation: sourceLocation)
    }

    /// What each file holds, but for the marks of a process that looked at the directory: its
    /// number, SQLite's index of who reads, and its log where nothing stands in it.
    private func contents() throws -> [String: Data] {
        let files = try FileManager.default.subpathsOfDirectory(atPath: directory).filter { name in
            let type = try FileManager.default.attributesOfItem(atPath: path(name))[.type]
            return type as? FileAttributeType == .typeRegular && name != "data/lock"
                && !name.hasSuffix("-shm")
        }
        let pairs = try files.map {
            ($0, try Data(contentsOf: URL(fileURLWithPath: path($0))))
        }
        let known = pairs.filter { !($0.0.hasSuffix("-wal") && $0.1.isEmpty) }
        return Dictionary(uniqueKeysWithValues: known)
    }
}

extension LoneNode {
    /// Starts the node and stops it in order, so that it has a ledger.
    func runOnce() async throws {
        try await whileRunning { _ in }
    }

    /// Starts the node, hands its process to `body` once it runs, and stops it in order.
    func whileRunning(_ body: (Process) async throws -> Void) async throws {
        let log = URL(fileURLWithPath: path("log"))
        try Data().write(to: log)
        let process = Process()
        process.executableURL = URL(fileURLWithPath: RunningTestnet.program)
        process.arguments = ["node", "--config", path("node.toml")]
        process.standardError = try FileHandle(forWritingTo: log)
        process.standardOutput = FileHandle.nullDevice
        process.standardInput = FileHandle.nullDevice
        try process.run()
        defer { if process.isRunning { process.terminate() } }
        let runs = try await eventually(within: .seconds(30)) {
            try String(contentsOf: log, encoding: .utf8).contains("h99 runs")
        }
        let said = try String(contentsOf: log, encoding: .utf8)
        try #require(runs, "\(said)")
        try await body(process)
        process.terminate()
        let hasEnded = try await eventually(within: .seconds(30)) { !process.isRunning }
        #expect(hasEnded)
        #expect(process.terminationStatus == 0)
    }
}
