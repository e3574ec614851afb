import API
import Foundation
import Protocol
import TestKit
import Testing

/// What holds after every fault, asked of the nodes that run, and in their databases once they have
/// been stopped.
struct LedgerCheck {
    let testnet: RunningTestnet
    /// The accounts that may have said two things at once; nobody else may.
    var guilty: Set<Address> = []

    /// Expects of the nodes called `names`, all that run where left out, that they come to stand at
    /// one height with one hash and one state root, that everything in the client's record is in
    /// the block that it was in, and that no token came or went.
    func expectSafety(
        of client: LedgerClient, at names: [String]? = nil,
        sourceLocation: SourceLocation = #_sourceLocation
    ) async throws {
        let names = names ?? testnet.names
        let record = await client.record
        try await expectAgreement(
            at: names, from: record.last?.transaction.block ?? 0, sourceLocation)
        var lost = 0
        for name in names { lost = try await max(lost, losses(of: record, at: name)) }
        print("acknowledged final: \(record.count), lost: \(lost)")
        #expect(lost == 0, sourceLocation: sourceLocation)
        try expectNobodySignsTwice(sourceLocation)
        #expect(try await testnet.status().conservesTokens, sourceLocation: sourceLocation)
    }

    private func expectAgreement(
        at names: [String], from least: UInt64, _ sourceLocation: SourceLocation
    ) async throws {
        var heights: [String: UInt64] = [:]
        let haveAll = try await eventually(within: .seconds(45)) {
            for name in names { heights[name] = try? await testnet.height(name) }
            return names.allSatisfy { heights[$0].map { $0 >= least } ?? false }
        }
        #expect(haveAll, "block \(least) is not at \(heights)", sourceLocation: sourceLocation)
        guard let common = heights.values.min() else { return }
        var found: Set<String> = []
        for name in names {
            let block = try await testnet.block(common, at: name)
            found.insert(
                "\(block?["hash"]?.verbatim ?? "none") \(block?["stateRoot"]?.verbatim ?? "none")")
        }
        #expect(found.count == 1, "at block \(common): \(found)", sourceLocation: sourceLocation)
    }

    /// How many of the transactions in `record` the node called `name` does not have in their
    /// blocks.
    private func losses(
        of record: [LedgerClient.Acknowledged], at name: String
    ) async throws -> Int {
        var lost: [Hash32] = []
        for start in stride(from: 0, to: record.count, by: 50) {
            let part = record[start..<min(start + 50, record.count)].map(\.transaction)
            var receipts: [JSON] = []
            // A node lets in so many questions a second.
            let hasAnswered = try await eventually(within: .seconds(20)) {
                let found = try? await testnet.ask(name, seconds: 10) { node in
                    try node.batch(
                        part.map {
                            ("eth_getTransactionReceipt", [.string($0.hash.description)])
                        })
                }
                receipts = found ?? []
                return !receipts.isEmpty
            }
            #expect(hasAnswered, "\(name) does not answer")
            for (transaction, receipt) in zip(part, receipts)
            where receipt["blockHash"]?.verbatim != transaction.blockHash.description {
                lost.append(transaction.hash)
            }
        }
        if !lost.isEmpty { print("\(name) lacks \(lost.prefix(3))") }
        return lost.count
    }

    /// Expects that no log tells of an honest validator that said two things at once, or that was
    /// about to.
    func expectNobodySignsTwice(_ sourceLocation: SourceLocation = #_sourceLocation) throws {
        let excused = guilty.map(\.description)
        for node in testnet.endpoints.nodes where !guilty.contains(node.address) {
            let log = try String(contentsOfFile: node.log, encoding: .utf8)
            let alarm = log.split(separator: "\n").first { line in
                Self.alarms.contains { line.contains($0) }
                    && !excused.contains { line.contains("validator \($0) has broken") }
                    // A proposer whose clock is slow finds its parent's time too late.
                    && !line.contains("its time lies in the future")
            }
            #expect(alarm == nil, "\(node.name)", sourceLocation: sourceLocation)
        }
    }

    private static let alarms = [
        "has broken its promises", "refused to sign a second", "own proposal is not valid",
        "is final for the others but not valid here", "have certificates:",
    ]

    /// Stops the testnet in order and expects every node's database to be whole.
    func expectWholeDatabases(sourceLocation: SourceLocation = #_sourceLocation) async throws {
        let stopped = try await testnet.network("down")
        #expect(stopped.exitCode == 0, "\(stopped.text)", sourceLocation: sourceLocation)
        // All at once: each takes one core.
        try await withThrowingTaskGroup { group in
            for node in testnet.endpoints.nodes {
                group.addTask {
                    let check = try await RunningTestnet.busbar(
                        ["chain", "verify", "--data", node.data])
                    #expect(
                        check.exitCode == 0, "\(node.name): \(check.text)",
                        sourceLocation: sourceLocation)
                }
            }
            try await group.waitForAll()
        }
    }
}
