import Foundation
import Glibc
import Testing

/// Faults of single machines, one after the other on one running testnet: what a node called
/// final stays so, nobody signs twice, and each node comes back.
@Suite(.serialized) struct FaultTests {
    private static let validators = ["v1", "v2", "v3", "v4"]

    @Test func `paused, killed, out of time, out of space and damaged nodes come back`()
        async throws
    {
        try await RunningTestnet.with(text: RunningTestnet.faultManifest) { testnet in
            let client = try LedgerClient(
                testnet, member: "h02", nodes: ["exchange", "h05", "aggregator"])
            let trial = FaultTrial(testnet: testnet, client: client)
            try await withThrowingTaskGroup { group in
                group.addTask { await client.run() }
                try await trial.pauses()
                try await trial.killsProposers()
                try await trial.shiftsClocks()
                try await trial.fillsDisks()
                try await trial.damages()
                group.cancelAll()
            }
            let check = LedgerCheck(testnet: testnet)
            for name in Self.validators { #expect(try await testnet.participates(name)) }
            try await check.expectSafety(of: client)
            print("acknowledged final: \(await client.record.count), lost: 0")
            try await check.expectWholeDatabases()
        }
    }
}
