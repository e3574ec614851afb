import Client
import Foundation
import Glibc
import Keys
import Protocol
import TestKit
import Testing

/// A testnet of real processes in a temporary directory, started as its users start it.
struct RunningTestnet {
    let directory: String
    /// Where its nodes are; which processes run, ``pid(_:)`` tells.
    let endpoints: EndpointsFile

    /// The program of households, which the package's build puts beside its tests.
    static let program = built("busbar")
    /// The program of testnets.
    static let testnetProgram = built("busbar-testnet")

    private static func built(_ name: String) -> String {
        let bundle = URL(fileURLWithPath: CommandLine.arguments[0])
        return bundle.deletingLastPathComponent().appendingPathComponent(name).path
    }

    /// The checkout that the tests belong to.
    static let checkout = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
        .deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent().path

    /// A manifest of a testnet whose households trade only by hand.
    static let quietManifest = checkout + "/Tests/ClusterTests/quiet.toml"

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
        _ body: (RunningTestnet) async throws -> Void
    ) async throws {
        let place = try TemporaryDirectory()
        defer { withExtendedLifetime(place) {} }
        let directory = place.path + "/testnet"
        let manifest = manifest ?? checkout + "/cluster/manifests/default.toml"
        let beginning = try await Command.run(
            testnetProgram,
            ["network", beginning.rawValue, "--dir", directory, "--manifest", manifest] + options)
        try #require(beginning.exitCode == 0, "\(beginning.text)")
        let testnet = RunningTestnet(
            directory: directory, endpoints: try EndpointsFile(directory: directory))
        do {
            try await body(testnet)
        } catch {
            _ = try await testnet.network("down")
            throw error
        }
        let down = try await testnet.network("down")
        #expect(down.exitCode == 0, "\(down.text)")
    }

    /// Runs `busbar` with `arguments`.
    static func busbar(_ arguments: [String]) async throws -> Command {
        try await Command.run(program, arguments)
    }

    /// Runs `busbar` with `arguments` on this testnet.
    func busbar(_ arguments: [String]) async throws -> Command {
        try await Self.busbar(arguments + ["--dir", directory])
    }

    /// Runs `busbar-testnet network` with `arguments` on this testnet.
    func network(_ arguments: String...) async throws -> Command {
        try await Command.run(
            Self.testnetProgram, ["network"] + arguments + ["--dir", directory])
    }

    /// Starts what does not run.
    func resume(sourceLocation: SourceLocation = #_sourceLocation) async throws {
        let up = try await network("up")
        #expect(up.exitCode == 0, "\(up.text)", sourceLocation: sourceLocation)
    }

    /// The node called `name`.
    func node(_ name: String) throws -> EndpointsFile.Node { try endpoints.node(name) }

    /// The nodes' names.
    var names: [String] { endpoints.nodes.map(\.name) }

    /// Ends the named nodes at once, as a power cut would.
    func kill(_ names: [String]) throws {
        for name in names {
            #expect(Glibc.kill(try pid(name), SIGKILL) == 0, "\(name) does not run")
        }
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
