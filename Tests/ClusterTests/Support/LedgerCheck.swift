import Foundation
import Protocol
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
        try await expectAgreement(at: names, from: record.last?.block, sourceLocation)
        for name in names { try await expect(record, at: name, sourceLocation) }
        try expectNobodySignsTwice(sourceLocation)
        #expect(try await testnet.status().conservesTokens, sourceLocation: sourceLocation)
    }

    private func expectAgreement(
        at names: [String], from block: String?, _ sourceLocation: SourceLocation
    ) async throws {
        var heights: [String: UInt64] = [:]
        let least = block.flatMap { UInt64($0.dropFirst(2), radix: 16) } ?? 0
        let haveAll = try await eventually(within: .seconds(45)) {
            for name in names { heights[name] = try? await testnet.height(name) }
            return names.allSatisfy { heights[$0].map { $0 >= least } ?? false }
        }
        #expect(haveAll, "block \(least) is not at \(heights)", sourceLocation: sourceLocation)
        guard let common = heights.values.min() else { return }
        var found: Set<String> = []
        for name in names {
            let block = try await testnet.block(common, at: name)
            found.insert("\(block?["hash"] ?? "none") \(block?["stateRoot"] ?? "none")")
        }
        #expect(found.count == 1, "at block \(common): \(found)", sourceLocation: sourceLocation)
    }

    private func expect(
        _ record: [LedgerClient.Acknowledged], at name: String, _ sourceLocation: SourceLocation
    ) async throws {
        let url = try testnet.node(name).rpc
        var lost: [String] = []
        for start in stride(from: 0, to: record.count, by: 50) {
            let part = record[start..<min(start + 50, record.count)]
            var answers: [Any?] = []
            // A node lets in so many questions a second.
            let hasAnswered = try await eventually(within: .seconds(20)) {
                let calls = part.map { ("eth_getTransactionReceipt", [$0.hash]) }
                answers = (try? await LedgerClient.call(url, calls, seconds: 10)) ?? []
                return !answers.isEmpty
            }
            #expect(hasAnswered, "\(name) does not answer", sourceLocation: sourceLocation)
            for (entry, answer) in zip(part, answers) {
                let receipt = answer as? [String: Any]
                if receipt?["blockHash"] as? String != entry.blockHash { lost.append(entry.hash) }
            }
        }
        #expect(
            lost.isEmpty, "\(name) lacks \(lost.count) of \(record.count): \(lost.prefix(3))",
            sourceLocation: sourceLocation)
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
        let stopped = try await testnet.busbar(["network", "down"])
        #expect(stopped.exitCode == 0, "\(stopped.text)", sourceLocation: sourceLocation)
        for node in testnet.endpoints.nodes {
            let check = try await RunningTestnet.busbar(["chain", "verify", "--data", node.data])
            #expect(
                check.exitCode == 0, "\(node.name): \(check.text)", sourceLocation: sourceLocation)
        }
    }
}
