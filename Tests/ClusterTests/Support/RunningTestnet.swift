import Foundation
import Glibc
import Protocol
import Testing
import Keys

/// A testnet of real processes in a temporary directory, started as its users start it.
struct RunningTestnet {
    let directory: String
    private(set) var endpoints: Endpoints

    struct Endpoints: Decodable {
        struct Node: Decodable {
            var name: String
            var role: String
            var address: Address
            var pid: Int32?
            var api: String
            var rpc: String
            var metrics: String
            var p2p: String
            var data: String
            var log: String
            var keystore: String
            var passwordFile: String
            var config: String
        }

        var chainId: UInt64
        var ca: String
        var contracts: [String: String]
        var nodes: [Node]
    }

    /// The program under test, which the package's build puts beside its tests.
    static let program: String = {
        let bundle = URL(fileURLWithPath: CommandLine.arguments[0])
        return bundle.deletingLastPathComponent().appendingPathComponent("busbar").path
    }()

    /// The checkout that the tests belong to.
    static let checkout = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
        .deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent().path

    /// How much of a testnet is there when a test gets it.
    enum Beginning: String {
        /// Its directories, none of them used yet.
        case made = "init"
        /// All of its nodes, at work.
        case running = "up"
    }

    /// Makes and starts a testnet, hands it to `body`, and stops and removes it.
    static func with(
        _ options: [String], manifest: String? = nil, beginning: Beginning = .running,
        _ body: (inout RunningTestnet) async throws -> Void
    ) async throws {
        let directory = NSTemporaryDirectory() + "busbar-cluster-\(UUID().uuidString)"
        defer { try? FileManager.default.removeItem(atPath: directory) }
        let manifest = manifest ?? checkout + "/cluster/manifests/default.toml"
        let beginning = try await busbar(
            ["network", beginning.rawValue, "--dir", directory, "--manifest", manifest] + options)
        try #require(beginning.exitCode == 0, "\(beginning.text)")
        do {
            var testnet = try RunningTestnet(directory: directory)
            try await body(&testnet)
        } catch {
            _ = try await busbar(["network", "down", "--dir", directory])
            throw error
        }
        let down = try await busbar(["network", "down", "--dir", directory])
        #expect(down.exitCode == 0, "\(down.text)")
    }

    private init(directory: String) throws {
        self.directory = directory
        endpoints = try Self.readEndpoints(directory)
    }

    private static func readEndpoints(_ directory: String) throws -> Endpoints {
        let data = try Data(contentsOf: URL(fileURLWithPath: directory + "/endpoints.json"))
        return try JSONDecoder().decode(Endpoints.self, from: data)
    }

    /// Runs `busbar` with `arguments`.
    static func busbar(_ arguments: [String]) async throws -> Command {
        try await Command.run(program, arguments)
    }

    /// Runs `busbar` with `arguments` on this testnet.
    func busbar(_ arguments: [String]) async throws -> Command {
        try await Self.busbar(arguments + ["--dir", directory])
    }

    /// Starts what does not run.
    mutating func resume() async throws -> Command {
        let up = try await busbar(["network", "up"])
        endpoints = try Self.readEndpoints(directory)
        return up
    }

    /// The node called `name`.
    func node(_ name: String) throws -> Endpoints.Node {
        try #require(endpoints.nodes.first { $0.name == name }, "no node \(name)")
    }

    /// The nodes' names.
    var names: [String] { endpoints.nodes.map(\.name) }

    /// Ends the named nodes at once, as a power cut would.
    mutating func kill(_ names: [String]) throws {
        endpoints = try Self.readEndpoints(directory)
        for name in names {
            let pid = try #require(try node(name).pid, "\(name) does not run")
            #expect(Glibc.kill(pid, SIGKILL) == 0)
        }
        endpoints = try Self.readEndpoints(directory)
    }

    /// The node's account key.
    func key(of name: String) throws -> PrivateKey {
        let node = try node(name)
        return try Keystore.unlock(file: node.keystore, passwordFile: node.passwordFile)
    }

    /// The key in the household's meter.
    func meterKey(of name: String) throws -> PrivateKey {
        let keys = "\(directory)/\(name)/keys/meter"
        return try Keystore.unlock(file: keys + ".json", passwordFile: keys + ".password")
    }
}
