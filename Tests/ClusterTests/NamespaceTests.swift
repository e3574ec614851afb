import Foundation
import Glibc
import TestKit
import Testing

/// Four validators on machines of their own, as far as the network goes: each in a namespace, all
/// joined by a bridge whose links can be taken down. Needs root and iproute2.
@Suite(.serialized) struct NamespaceTests {
    private static let names = ["v1", "v2", "v3", "v4"]

    @Test func `validators whose links go down and up again agree and go on`() async throws {
        guard geteuid() == 0, FileManager.default.fileExists(atPath: "/usr/sbin/ip") else {
            print("skipped: network namespaces need root and /usr/sbin/ip")
            return
        }
        let manifest = RunningTestnet.faultManifest.replacingOccurrences(
            of: "[\"h01\", \"h05\", \"h02\"]", with: "[\"h02\"]")
        try await RunningTestnet.with(text: manifest) { testnet in
            for name in testnet.names { try await testnet.send(SIGTERM, to: name) }
            guard let machines = try await Machines(testnet, names: Self.names) else {
                print("skipped: network namespaces cannot be made here")
                try await testnet.resume()
                return
            }
            defer { machines.remove() }
            let start = try await machines.height("v1")
            #expect(try await machines.rises(["v1"], above: start + 2))
            // One is alone: the others go on, and it comes back.
            try await machines.setLink("v4", up: false)
            let alone = try await machines.height("v4")
            #expect(try await machines.rises(["v1", "v2", "v3"], above: alone + 3))
            try await machines.setLink("v4", up: true)
            #expect(try await machines.rises(["v4"], above: alone + 3))
            // Two and two, then each alone: nothing becomes final, afterwards everything does.
            for name in ["v1", "v2"] { try await machines.plug(name, into: .second) }
            try await expectStandstill(machines)
            var still = try await machines.height("v1")
            for name in ["v1", "v2"] { try await machines.plug(name, into: .first) }
            #expect(try await machines.rises(Self.names, above: still + 3))
            for name in ["v1", "v2", "v3"] { try await machines.setLink(name, up: false) }
            try await expectStandstill(machines)
            still = try await machines.height("v1")
            for name in ["v1", "v2", "v3"] { try await machines.setLink(name, up: true) }
            #expect(try await machines.rises(Self.names, above: still + 3))
            try await expectOneChain(machines)
            try LedgerCheck(testnet: testnet).expectNobodySignsTwice()
            try await machines.stop()
        }
    }

    /// Nothing becomes final, though both halves have a transaction to agree on.
    private func expectStandstill(_ machines: Machines) async throws {
        // What was said before the links went down may still make a block or two.
        var before: [UInt64] = []
        let isStill = try await eventually(within: .seconds(30), every: .seconds(5)) {
            for name in ["v1", "v3"] { try await machines.handIn(at: name) }
            var now: [UInt64] = []
            for name in Self.names { now.append(try await machines.height(name)) }
            defer { before = now }
            return now == before
        }
        #expect(isStill)
    }

    private func expectOneChain(_ machines: Machines) async throws {
        var heights: [UInt64] = []
        for name in Self.names { heights.append(try await machines.height(name)) }
        let common = try #require(heights.min())
        var found: Set<String> = []
        for name in Self.names { found.insert(try await machines.hash(of: common, at: name)) }
        #expect(found.count == 1, "at block \(common): \(found)")
    }
}
