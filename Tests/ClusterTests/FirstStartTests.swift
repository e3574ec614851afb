import Foundation
import Glibc
import Ledger
import Protocol
import TestKit
import Testing

/// A validator's first start, which may come late or be cut short.
@Suite(.serialized) struct FirstStartTests {
    @Test func `a validator that comes late to a new network votes at once`() async throws {
        try await RunningTestnet.with([], manifest: RunningTestnet.quietManifest, beginning: .made)
        { testnet in
            try await start(["v1", "v2", "v3", "exchange", "aggregator"], of: testnet)
            try await testnet.restart("v4", with: "v1")
            // Nothing more is to be agreed on: the next block would come with the next heartbeat.
            #expect(try await testnet.participates("v4", within: .seconds(10)))
            try await testnet.send(SIGKILL, to: "v1")
            try await makesABlock(testnet)
        }
    }

    @Test func `a first start that is cut short costs no vote, or two blocks`() async throws {
        try await RunningTestnet.with([], manifest: RunningTestnet.quietManifest, beginning: .made)
        { testnet in
            try await start(["v1", "v2", "v3", "exchange", "aggregator"], of: testnet)
            for name in ["v1", "v2", "v3"] { #expect(try !hasMark(name, in: testnet)) }
            #expect(try hasMark("v4", in: testnet))
            let refused = try testnet.start("v4", ["BUSBAR_FAILPOINT": "file.before-removal=error"])
            #expect(try await refused.ends(within: .seconds(20)))
            #expect(refused.process.terminationStatus == 1)
            let reason = try refused.log()
            #expect(reason.contains("has to be gone before it votes"), "\(reason)")
            #expect(reason.split(separator: "\n").count == 1, "\(reason)")
            try await dies("v4", at: "file.before-removal", in: testnet)
            #expect(try hasMark("v4", in: testnet))
            // The mark is gone, and it is not written anywhere yet what follows from that: this
            // directory cannot be told from one that was emptied.
            try await dies("v4", at: "file.after-removal", in: testnet)
            #expect(try !hasMark("v4", in: testnet))
            try await testnet.restart("v4", with: "v1")
            #expect(try await !testnet.participates("v4", within: .seconds(2)))
            let height = try await testnet.height("v1")
            while try await testnet.height("v1") < height + 2 { try await makesABlock(testnet) }
            #expect(try await testnet.participates("v4"))
        }
    }

    private func hasMark(_ name: String, in testnet: RunningTestnet) throws -> Bool {
        let mark = try testnet.node(name).keystore + ".never-voted"
        return FileManager.default.fileExists(atPath: mark)
    }

    private func dies(
        _ name: String, at point: String, in testnet: RunningTestnet
    ) async throws {
        let node = try testnet.start(name, ["BUSBAR_FAILPOINT": point + "=kill"])
        #expect(try await node.ends(within: .seconds(20)), "\(point)")
        #expect(try node.log().hasSuffix("failpoint \(point): killed\n"), "\(point)")
    }

    /// Starts the nodes called `names`, and waits until a block is final.
    private func start(_ names: [String], of testnet: RunningTestnet) async throws {
        for name in names { _ = try testnet.start(name) }
        let hasBegun = try await eventually(within: .seconds(30), every: .milliseconds(50)) {
            (try? await testnet.height("v1")).map { $0 > 0 } ?? false
        }
        try #require(hasBegun, "there is no first block")
    }

    /// Has a transaction made final.
    private func makesABlock(_ testnet: RunningTestnet) async throws {
        let outcome = try await testnet.submit(
            TokenCall.approve(spender: testnet.node("exchange").address, amount: UInt256(1)),
            to: NativeContract.token, by: testnet.key(of: "aggregator"), at: "aggregator")
        #expect(outcome.succeeded)
    }
}
