import Foundation
import Glibc
import Protocol
import Simulation
import TestKit
import Testing

@testable import Testnet

/// A validator that lies, as a process of its own with a genuine key.
@Suite(.serialized) struct ByzantineTests {
    @Test
    func
        `the ledger goes on beside a validator that misbehaves in every way, and only it is named`()
        async throws
    {
        let list = Misbehaviour.allCases.map { "\"\($0.settingName)\"" }
            .joined(separator: ", ")
        let manifest = RunningTestnet.faultManifest + "[byzantine]\nv4 = [\(list)]\n"
        try await RunningTestnet.with(text: manifest) { testnet in
            let honest = testnet.names.filter { $0 != "v4" }
            let client = try LedgerClient(testnet, member: "h02", nodes: ["exchange", "h05", "v1"])
            let guilty = try testnet.node("v4").address
            let check = LedgerCheck(testnet: testnet, guilty: [guilty])
            try await withThrowingTaskGroup { group in
                group.addTask { await client.run() }
                #expect(try await acknowledges(30, client))
                #expect(try await testnet.settles(1, moreThan: 0, within: .seconds(60)))
                #expect(try await isNamed(guilty, in: testnet))
                try await check.expectSafety(of: client, at: honest)
                try await twoMachinesWithOneKey(testnet, client)
                group.cancelAll()
            }
            try await check.expectSafety(of: client)
            try await check.expectWholeDatabases()
        }
    }

    /// Whether an honest validator has proof against `guilty`, and says so.
    private func isNamed(_ guilty: Address, in testnet: RunningTestnet) async throws -> Bool {
        try await eventually(within: .seconds(90)) {
            try ["v1", "v2", "v3"].contains { name in
                let log = try String(contentsOfFile: testnet.node(name).log, encoding: .utf8)
                return log.contains("the validator \(guilty) has broken its promises")
            }
        }
    }

    private func acknowledges(_ count: Int, _ client: LedgerClient) async throws -> Bool {
        let before = await client.record.count
        return try await eventually(within: .seconds(90)) {
            await client.record.count >= before + count
        }
    }

    /// The faulty one is honest now, but its directory is copied and runs on a second machine too.
    private func twoMachinesWithOneKey(
        _ testnet: RunningTestnet, _ client: LedgerClient
    ) async throws {
        try await testnet.send(SIGTERM, to: "v4")
        let data = try testnet.node("v4").data
        let copy = testnet.directory + "/v4-copy"
        try FileManager.default.copyItem(atPath: data, toPath: copy)
        let honest = ["BUSBAR_BYZANTINE": ""]
        let first = try testnet.start("v4", honest)
        let second = try testnet.start(
            "v4", honest,
            options: ["p2p.listen", "api.listen", "app.listen", "rpc.listen", "metrics.listen"]
                .flatMap {
                    ["--set", "\($0)=127.0.0.1:\(try TakenPort.free())"]
                } + ["--set", "data=\(copy)"])
        #expect(try await acknowledges(20, client))
        #expect(first.process.isRunning && second.process.isRunning)
        // One of them goes on; the process in the file is the second.
        kill(second.process.processIdentifier, SIGTERM)
        #expect(try await second.ends(within: .seconds(20)))
        try testnet.note(first.process, of: "v4")
    }

    @Test func `a misbehaviour that does not exist is refused in one line`() async throws {
        try await RunningTestnet.with(
            text: RunningTestnet.faultManifest, ["--households", "0"]
        ) { testnet in
            try await testnet.send(SIGTERM, to: "v1")
            let node = try testnet.start(
                "v1", ["BUSBAR_BYZANTINE": "flattery"], program: RunningTestnet.testnetProgram)
            #expect(try await node.ends(within: .seconds(20)))
            #expect(node.process.terminationStatus == 1)
            let names = Misbehaviour.allCases.map(\.settingName).joined(separator: ", ")
            #expect(
                try node.log().contains("\"flattery\" is no misbehaviour; there are: \(names)"))
        }
    }
}
