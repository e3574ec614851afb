import Foundation
import Glibc
import TestKit
import Testing

/// A node that dies at any of its durable steps comes back, and nothing is lost.
@Suite(.serialized) struct FailpointTests {
    @Test func `a node dies at each of its failpoints and comes back`() async throws {
        let all = try await Self.failpoints()
        #expect(all.count >= 20)
        #expect(Set(all) == Set(FailpointWalk.lanes.flatMap(\.trials).map(\.point)))
        try await RunningTestnet.with(text: RunningTestnet.faultManifest) { testnet in
            let client = try LedgerClient(testnet, member: "h02", nodes: ["exchange", "h05", "v1"])
            let walk = FailpointWalk(testnet: testnet)
            try await withThrowingTaskGroup { group in
                group.addTask { await client.run() }
                let lanes = FailpointWalk.lanes
                try await withThrowingTaskGroup { inner in
                    for lane in lanes { inner.addTask { try await walk.walk(lane) } }
                    try await inner.waitForAll()
                }
                group.cancelAll()
            }
            let names = ["v1", "v2", "v3", "v4"]
            for name in names { #expect(try await testnet.participates(name), "\(name)") }
            let check = LedgerCheck(testnet: testnet)
            try await check.expectSafety(of: client)
            #expect(await client.record.count > 50)
            try await check.expectWholeDatabases()
        }
    }

    @Test func `a disk that fails at a step ends the node with one line that says where`()
        async throws
    {
        try await RunningTestnet.with(text: RunningTestnet.faultManifest) { testnet in
            try await testnet.send(SIGTERM, to: "v3")
            let node = try testnet.start("v3", ["BUSBAR_FAILPOINT": "block.after-state=error"])
            #expect(try await node.ends(within: .seconds(40)))
            #expect(node.process.terminationStatus == 1)
            let last = try node.log().split(separator: "\n").last ?? ""
            #expect(last.contains("failpoint block.after-state: injected disk failure"), "\(last)")
            try await testnet.restart("v3", with: "v1")
            #expect(try await testnet.participates("v3"))
        }
    }

    @Test func `a failpoint or action that does not exist is refused in one line`() async throws {
        let wrong = [
            ("votes.nowhere=kill", "there is no failpoint \"votes.nowhere\""),
            ("votes.in-transaction", "is not NAME=ACTION"),
            ("votes.in-transaction=explode", "neither kill nor error"),
            ("votes.in-transaction=kill@0", "names no pass"),
        ]
        try await LoneNode.with { node in
            for (text, line) in wrong {
                try await node.expectRefusal(
                    [line], exitCode: 1, environment: ["BUSBAR_FAILPOINT": text])
            }
        }
    }

    @Test(arguments: [
        "file.before-temporary", "file.before-rename", "file.before-directory-sync",
    ])
    func `a command that dies while it writes a keystore leaves it whole or not there`(
        point: String
    ) async throws {
        let place = try TemporaryDirectory()
        defer { withExtendedLifetime(place) {} }
        let directory = place.path
        let password = directory + "/password"
        try Data("one that is long enough\n".utf8).write(to: URL(fileURLWithPath: password))
        #expect(chmod(password, 0o600) == 0)
        let keystore = directory + "/key.json"
        let arguments = [
            "key", "new", "--keystore", keystore, "--password-file", password, "--cost", "light",
        ]
        let killed = try await Command.run(
            RunningTestnet.program, arguments, environment: ["BUSBAR_FAILPOINT": point + "=kill"]
        )
        #expect(killed.exitCode == SIGKILL)
        #expect(killed.errors.contains("failpoint \(point): killed"))
        let isThere = FileManager.default.fileExists(atPath: keystore)
        #expect(isThere == (point == "file.before-directory-sync"))
        if !isThere {
            let again = try await RunningTestnet.busbar(arguments)
            #expect(again.exitCode == 0, "\(again.text)")
        }
        let address = try await RunningTestnet.busbar(
            ["key", "address", keystore, "--password-file", password])
        #expect(address.exitCode == 0, "\(address.text)")
    }

    private static func failpoints() async throws -> [String] {
        let list = try await RunningTestnet.busbar(["node", "--failpoints"])
        #expect(list.exitCode == 0)
        let names = list.output.split(separator: "\n").map(String.init)
        return names.filter { !$0.hasPrefix("file.") }
    }
}
