import API
import Client
import Console
import Foundation
import Glibc
import Protocol
import Storage

/// Measures a testnet's nodes on a chain that was made for them.
struct GrowthMeasuring {
    /// How long nodes run before their memory is looked at, in milliseconds.
    let settleMilliseconds: UInt32
    /// How long an empty node may catch up, in seconds.
    let catchUpSeconds: Int
    /// How often each question is asked.
    let asks: Int

    private static let files = ["chain.sqlite", "chain.sqlite.seal", "votes.mark"]

    /// Puts the chain in `directory` where `node` has its own: as if it had been shut down, or, without
    /// the seal, as if it had been killed.
    static func copy(
        _ directory: String, to node: EndpointsFile.Node, withSeal: Bool = true
    ) throws {
        let files = Self.files.filter { withSeal || !$0.hasSuffix(".seal") }
        for name in Self.files + ["chain.sqlite-wal", "chain.sqlite-shm", "submissions.pool"] {
            try? FileManager.default.removeItem(atPath: "\(node.data)/\(name)")
        }
        for name in files where access("\(directory)/\(name)", F_OK) == 0 {
            try FileManager.default.copyItem(
                atPath: "\(directory)/\(name)", toPath: "\(node.data)/\(name)")
        }
    }

    /// Forgets the ledger of `node`.
    static func empty(_ node: EndpointsFile.Node) throws {
        for name in try FileManager.default.contentsOfDirectory(atPath: node.data) {
            try FileManager.default.removeItem(atPath: "\(node.data)/\(name)")
        }
    }

    /// The nodes that have the chain, one of each role.
    static func holders(_ testnet: Testnet) -> [EndpointsFile.Node] {
        [testnet.nodes(.validator), testnet.nodes(.aggregator), testnet.nodes(.exchange)]
            .compactMap(\.first) + testnet.nodes(.household).prefix(1)
    }

    /// Starts everything, measures, and stops everything again. The chain of `trades` trades is where
    /// the nodes look for it; the second validator has it up to block `behind`, the second household
    /// nothing.
    func sample(
        _ testnet: inout Testnet, chain directory: String, trades: Int, _ chain: GrowthChain,
        behind: UInt64
    ) throws -> GrowthSample {
        var figures: [GrowthSample.Figure] = []
        do {
            for node in Self.holders(testnet) {
                // A file that was put there is read in full, once.
                _ = try start(node, &testnet)
                try testnet.stop([node.name])
                figures.append(try start(node, &testnet))
            }
            Terminal.pause(milliseconds: settleMilliseconds)
            figures += try memory(testnet)
            figures += try reads(testnet)
            figures += try catchUp(&testnet, chain, behind)
            figures += try stop(&testnet)
        } catch {
            try testnet.stop(testnet.nodes.map(\.name))
            throw error
        }
        figures += try disk(directory, trades: trades)
        return GrowthSample(
            trades: trades, transactions: chain.transactionCount, blocks: chain.head.number,
            figures: figures)
    }

    private func start(
        _ node: EndpointsFile.Node, _ testnet: inout Testnet
    ) throws -> GrowthSample.Figure {
        let seconds = try SystemClock.seconds {
            _ = try testnet.start([node.name])
            try wait(for: node, testnet) { testnet.height(of: node) != nil }
        }
        return GrowthSample.Figure(
            name: "start of the \(node.role), s", value: seconds,
            course: .flat(factor: 2, slack: 1))
    }

    /// Waits until `isDone`; throws where the node ends first, or takes five minutes.
    private func wait(
        for node: EndpointsFile.Node, _ testnet: Testnet, until isDone: () -> Bool
    ) throws {
        let deadline = ContinuousClock.now.advanced(by: .seconds(300))
        while !isDone() {
            let process = testnet.process(node.name)
            guard process.pid != nil, ContinuousClock.now < deadline else {
                throw CommandFailure(
                    .failed,
                    (["\(node.name) does not answer:"] + process.lastLogLines())
                        .joined(separator: "\n"))
            }
            Terminal.pause(milliseconds: 10)
        }
    }

    private func memory(_ testnet: Testnet) throws -> [GrowthSample.Figure] {
        try testnet.running.map { running in
            guard let memory = ProcessMemory(of: running.pid) else {
                throw CommandFailure(.failed, "\(running.node.name) has ended meanwhile")
            }
            let isHousehold = running.node.role == "household"
            return GrowthSample.Figure(
                name: "memory of the \(running.node.role), MB",
                value: ProcessMemory.megabytes(memory.resident),
                course: .flat(factor: 1.25, slack: 15),
                limit: isHousehold && Machine.build == "release" ? 100 : nil)
        }
    }

    private func reads(_ testnet: Testnet) throws -> [GrowthSample.Figure] {
        guard let household = testnet.nodes(.household).first,
            let aggregator = testnet.nodes(.aggregator).first
        else { return [] }
        let (own, broker) = (household.address, aggregator.address)
        let paths = [
            "status", "market", "blocks", "members", "members?role=exchange", "tokens/purchases",
            "offers", "trades", "trades?state=picked", "trades?party=\(own)",
            "trades?seller=\(own)&state=open", "accounts/\(own)", "accounts/\(own)/transfers",
            "accounts/\(own)/transactions", "accounts/\(broker)/transfers",
            "accounts/\(broker)/transactions",
        ]
        let client = try testnet.client(household, timeoutSeconds: 60)
        let names = [(own, "HOUSEHOLD"), (broker, "AGGREGATOR")]
        var figures = try paths.map { path in
            let name = names.reduce(path) {
                $0.replacingOccurrences(of: "\($1.0)", with: $1.1)
            }
            return try read("GET \(name), ms") { _ = try client.get("/api/v1/\(path)") }
        }
        figures.append(
            try read("eth_getLogs of a block, ms") {
                _ = try client.call("eth_getLogs", [["fromBlock": "0x1", "toBlock": "0x1"]])
            })
        figures.append(try read("network status, ms") { _ = try TestnetStatus(testnet) })
        return figures
    }

    private func read(
        _ name: String, _ ask: () throws -> Void
    ) throws -> GrowthSample.Figure {
        var times: [Double] = []
        for _ in 0..<asks {
            times.append(try SystemClock.seconds(of: ask) * 1_000)
            // A node answers so many questions a second.
            Terminal.pause(milliseconds: 20)
        }
        return GrowthSample.Figure(
            name: name, value: Spread(times).median ?? 0,
            course: .flat(factor: 2, slack: Machine.build == "release" ? 5 : 25))
    }

    private func catchUp(
        _ testnet: inout Testnet, _ chain: GrowthChain, _ behind: UInt64
    ) throws -> [GrowthSample.Figure] {
        let laggards =
            testnet.nodes(.validator).dropFirst().prefix(1)
            + testnet.nodes(.household).dropFirst()
        let parts = [("the last two waves", behind), ("from the first block", 0)]
        return try zip(parts, laggards).map { part, node in
            GrowthSample.Figure(
                name: "catch-up, \(part.0), transactions/s",
                value: try rate(of: node, from: part.1, &testnet, chain),
                course: .steady(share: 0.5))
        }
    }

    /// How many transactions `node`, which has block `first`, takes over in a second of its life, until
    /// it has all or the time is over.
    private func rate(
        of node: EndpointsFile.Node, from first: UInt64, _ testnet: inout Testnet,
        _ chain: GrowthChain
    ) throws -> Double {
        let began = ContinuousClock.now
        var (last, ended) = (first, began)
        _ = try testnet.start([node.name])
        try wait(for: node, testnet) {
            let height = testnet.height(of: node) ?? 0
            if height > last { (last, ended) = (height, .now) }
            return height >= chain.head.number
                || began.duration(to: .now) > .seconds(catchUpSeconds)
        }
        let count = chain.transactionCount(after: first, upTo: last)
        return Double(count) / max(began.duration(to: ended) / .seconds(1), 0.001)
    }

    private func stop(_ testnet: inout Testnet) throws -> [GrowthSample.Figure] {
        var figures: [GrowthSample.Figure] = []
        for node in Self.holders(testnet).suffix(1) {
            let seconds = try SystemClock.seconds { try testnet.stop([node.name]) }
            figures.append(
                GrowthSample.Figure(
                    name: "stop of the \(node.role), s", value: seconds, course: .growing))
        }
        try testnet.stop(testnet.nodes.map(\.name))
        return figures
    }

    private func disk(_ directory: String, trades: Int) throws -> [GrowthSample.Figure] {
        let tables = try TableSizes.read(directory: directory)
        let all = tables.reduce(0) { $0 + $1.bytes }
        // These hold what is, not what was.
        let present: Set = [
            "state", "accounts", "members", "validators", "votes", "voting_right", "chain",
            "supply",
        ]
        return [
            GrowthSample.Figure(
                name: "disk, MB", value: Double(all) / 1_000_000, course: .growing),
            GrowthSample.Figure(
                name: "disk a trade, bytes", value: Double(all) / Double(trades),
                course: .flat(factor: 1.25, slack: 0)),
        ]
            + tables.map { table, bytes in
                GrowthSample.Figure(
                    name: "disk: \(table), MB", value: Double(bytes) / 1_000_000,
                    course: present.contains(table) ? .flat(factor: 1.25, slack: 0.5) : .growing)
            }
    }
}

extension SystemClock {
    /// How many seconds `body` takes.
    static func seconds(of body: () throws -> Void) rethrows -> Double {
        let start = ContinuousClock.now
        try body()
        return start.duration(to: .now) / .seconds(1)
    }
}
