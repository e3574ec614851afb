import Foundation
import Glibc
import Testing

extension FaultTrial {
    /// A change to the files of a node that is stopped or was killed.
    private struct Damage: Sendable {
        let name: String
        /// Whether the node was killed before, so that its log is there and no seal.
        let afterKill: Bool
        let apply: @Sendable (_ data: String) throws -> Void
    }

    /// Files of a validator are cut short and altered: it refuses to start, with the way back, or
    /// starts and comes to agree; it never signs twice.
    func damages() async throws {
        var (refusals, notices) = (0, 0)
        for damage in Self.damages {
            try await testnet.send(damage.afterKill ? SIGKILL : SIGTERM, to: "v2")
            let data = try testnet.node("v2").data
            try damage.apply(data)
            let node = try testnet.start("v2")
            #expect(try await testnet.catchesUp("v2", with: "v1"), "\(damage.name)")
            // A refusal comes before it answers anybody, and the system knows of an end a little
            // before Foundation does.
            if try !testnet.isRunning("v2") {
                refusals += 1
                let hasEnded = try await node.ends(within: .seconds(60))
                let log = try node.log()
                try #require(hasEnded, "\(damage.name): \(log.suffix(2_000))")
                try expectRefusal(of: node, damage.name)
                let aside = try await RunningTestnet.busbar(
                    ["chain", "repair", "--data", data])
                #expect(aside.exitCode == 0, "\(damage.name): \(aside.text)")
                try await testnet.restart("v2", with: "v1")
            } else if try node.log().contains("has lost something") {
                // Where all of the log was in the database already, nothing was lost with it.
                notices += 1
            }
            #expect(try await testnet.participates("v2"), "\(damage.name)")
            try check.expectNobodySignsTwice()
        }
        print(
            "damaged \(Self.damages.count) times: \(refusals) refusals, "
                + "\(notices) times noticed what was missing")
        #expect(refusals >= 3)
        #expect(notices > 0)
    }

    private func expectRefusal(of node: StartedNode, _ name: String) throws {
        let log = try node.log()
        #expect(node.process.terminationReason == .exit, "\(name)")
        #expect(node.process.terminationStatus == 5, "\(name): \(log)")
        // What only shows when the next blocks are written is said then.
        #expect(
            log.split(separator: "\n").count == 1 || log.contains("has lost something"),
            "\(name): \(log)")
        #expect(log.contains("'busbar chain repair'"), "\(name): \(log)")
    }

    private static let damages: [Damage] = [
        Damage(name: "a flipped bit in the header", afterKill: false) {
            try flip($0 + "/chain.sqlite", at: 0)
        },
        Damage(name: "a flipped bit in the middle", afterKill: false) {
            try flip($0 + "/chain.sqlite", at: 0.5)
        },
        Damage(name: "half a database", afterKill: false) {
            try cut($0 + "/chain.sqlite", to: 0.5)
        },
        Damage(name: "an empty database", afterKill: false) {
            try cut($0 + "/chain.sqlite", to: 0)
        },
        Damage(name: "half a log", afterKill: true) {
            try cut($0 + "/chain.sqlite-wal", to: 0.5)
        },
        Damage(name: "a log without its last frame", afterKill: true) { data in
            let path = data + "/chain.sqlite-wal"
            let size = try Data(contentsOf: URL(fileURLWithPath: path)).count
            #expect(truncate(path, size - 4_120) == 0)
        },
        Damage(name: "no log", afterKill: true) {
            try FileManager.default.removeItem(atPath: $0 + "/chain.sqlite-wal")
        },
        Damage(name: "a flipped bit early in the log", afterKill: true) {
            try flip($0 + "/chain.sqlite-wal", at: 0.1)
        },
    ]

    private static func flip(_ path: String, at place: Double) throws {
        var data = try Data(contentsOf: URL(fileURLWithPath: path))
        data[min(data.count - 1, Int(Double(data.count) * place) + 18)] ^= 0x08
        try data.write(to: URL(fileURLWithPath: path))
    }

    private static func cut(_ path: String, to part: Double) throws {
        let size = try Data(contentsOf: URL(fileURLWithPath: path)).count
        #expect(truncate(path, Int(Double(size) * part)) == 0)
    }
}
