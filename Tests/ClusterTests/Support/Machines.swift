import API
import Client
import Foundation
import Glibc
import Ledger
import Protocol
import TestKit
import Testing

/// Nodes of a testnet, each in a network namespace of its own, with two bridges in a further
/// one between them: all at the first at the start. Nothing of it is linked with the machine's own
/// network.
final class Machines: Sendable {
    private let testnet: RunningTestnet
    private let names: [String]
    private let prefix = "busbar-\(getpid())-\(UInt16.random(in: 0...UInt16.max))"
    private let submitter: Submitter
    private var hub: String { prefix + "-hub" }

    /// Starts the nodes called `names`, which must not run; nil where the system does not let us.
    init?(_ testnet: RunningTestnet, names: [String]) async throws {
        self.testnet = testnet
        self.names = names
        submitter = Submitter(
            key: try testnet.key(of: "h02"), chainID: testnet.endpoints.chainId)
        guard try await ip("netns", "add", hub) == nil else { return nil }
        do {
            try await wire()
            for name in names { try start(name) }
            for name in names { try await waitForAnswer(of: name) }
        } catch {
            remove()
            throw error
        }
    }

    private func namespace(_ name: String) -> String { "\(prefix)-\(name)" }

    private func address(_ name: String) throws -> String {
        "10.77.0.\(try #require(names.firstIndex(of: name)) + 1)"
    }

    /// Runs `ip`; what it complains of, nil if nothing.
    @discardableResult
    private func ip(_ arguments: String...) async throws -> String? {
        let command = try await Command.run("/usr/sbin/ip", arguments)
        return command.exitCode == 0 ? nil : command.text
    }

    private func mustIP(_ arguments: String...) async throws {
        let command = try await Command.run("/usr/sbin/ip", arguments)
        try #require(command.exitCode == 0, "ip \(arguments): \(command.text)")
    }

    private func wire() async throws {
        for bridge in Bridge.allCases {
            try await mustIP("-n", hub, "link", "add", bridge.rawValue, "type", "bridge")
            try await mustIP("-n", hub, "link", "set", bridge.rawValue, "up")
        }
        for name in names {
            let place = namespace(name)
            try await mustIP("netns", "add", place)
            try await mustIP(
                "-n", hub, "link", "add", name, "type", "veth", "peer", "name", "eth0", "netns",
                place)
            try await mustIP("-n", hub, "link", "set", name, "up")
            try await plug(name, into: .first)
            try await mustIP("-n", place, "link", "set", "lo", "up")
            try await mustIP("-n", place, "addr", "add", try address(name) + "/24", "dev", "eth0")
            try await mustIP("-n", place, "link", "set", "eth0", "up")
        }
    }

    private func start(_ name: String) throws {
        func endpoint(_ name: String) throws -> String {
            let port = try #require(testnet.node(name).p2p.split(separator: ":").last)
            return "\(try address(name)):\(port)"
        }
        let peers = try names.filter { $0 != name }.map(endpoint).joined(separator: ",")
        let settings = [
            "p2p.listen=\(try endpoint(name))", "p2p.advertised=\(try endpoint(name))",
            "p2p.peers=\(peers)",
        ]
        _ = try testnet.start(
            name, options: settings.flatMap { ["--set", $0] },
            launcher: ["/usr/sbin/ip", "netns", "exec", namespace(name)])
    }

    private func waitForAnswer(of name: String) async throws {
        let answers = try await eventually(within: .seconds(30)) {
            (try? await height(name)) != nil
        }
        try #require(answers, "\(name) does not answer in its namespace")
    }

    /// What nodes are linked by; nothing goes from one to the other.
    enum Bridge: String, CaseIterable {
        case first = "br0"
        case second = "br1"
    }

    /// Moves the node's link to `bridge`.
    func plug(_ name: String, into bridge: Bridge) async throws {
        try await mustIP("-n", hub, "link", "set", name, "master", bridge.rawValue)
    }

    /// Takes the node's link to its bridge down, or up again.
    func setLink(_ name: String, up: Bool) async throws {
        try await mustIP("-n", hub, "link", "set", name, up ? "up" : "down")
    }

    /// Ends the nodes in order.
    func stop() async throws {
        for name in names { try await testnet.send(SIGTERM, to: name) }
    }

    /// Takes everything away, whatever still runs there.
    func remove() {
        for name in names where (try? testnet.isRunning(name)) == true {
            if let pid = try? testnet.pid(name) { kill(pid, SIGKILL) }
        }
        for place in names.map(namespace) + [hub] {
            let process = Process()
            process.executableURL = URL(fileURLWithPath: "/usr/sbin/ip")
            process.arguments = ["netns", "delete", place]
            process.standardError = FileHandle.nullDevice
            try? process.run()
            process.waitUntilExit()
        }
    }

    /// A node that does not answer.
    private struct Silent: Error {
        let name: String
        let reason: String
    }

    private func ask(_ name: String, _ method: String, _ parameters: [JSON]) async throws -> JSON {
        let request: JSON = [
            "jsonrpc": "2.0", "id": 1, "method": .string(method), "params": .array(parameters),
        ]
        let command = try await Command.run(
            "/usr/sbin/ip",
            [
                "netns", "exec", namespace(name), "curl", "-sS", "--max-time", "5", "-H",
                "content-type: application/json", "--data-binary", request.compact,
                try testnet.node(name).rpc,
            ])
        guard command.exitCode == 0 else { throw Silent(name: name, reason: command.text) }
        return try JSON(decoding: Array(command.output.utf8))["result"] ?? .null
    }

    /// The height of the node's last final block.
    func height(_ name: String) async throws -> UInt64 {
        try #require(try await ask(name, "eth_blockNumber", []).quantity)
    }

    /// The hash of a block as the node has it.
    func hash(of block: UInt64, at name: String) async throws -> String {
        let found = try await ask(name, "eth_getBlockByNumber", [.quantity(block), false])
        return try #require(found["hash"]?.verbatim)
    }

    /// Whether the nodes come to stand above `height`, with a transaction handed in at the first of
    /// them each time one is asked.
    func rises(_ names: [String], above height: UInt64) async throws -> Bool {
        try await eventually(within: .seconds(60), every: .milliseconds(150)) {
            try await handIn(at: names[0])
            for name in names where try await self.height(name) <= height { return false }
            return true
        }
    }

    /// Hands a transaction in at the node: the next of the one account that the test has.
    func handIn(at name: String) async throws {
        let account: [JSON] = [.string(submitter.address.description), "latest"]
        let nonce = try #require(
            try await ask(name, "eth_getTransactionCount", account).quantity)
        let transaction = submitter.sign(
            TokenCall.transfer(to: submitter.address, amount: .zero), to: NativeContract.token,
            nonce: nonce)
        // It may wait there already.
        _ = try await ask(
            name, "eth_sendRawTransaction",
            [.string("0x" + Hexadecimal.encode(transaction.encoded))])
    }
}
