import Foundation
import Glibc
import TestKit
import Testing

/// What `busbar node` says when it cannot start: one line, an exit code, and nothing changed.
@Suite(.serialized) struct BadStartTests {
    @Test func `a file that is no TOML is named with line and column`() async throws {
        try await LoneNode.with { node in
            try node.rewrite("node.toml") { _ in "name = \nrole = \"household\"\n" }
            try await node.expectRefusal(["node.toml:1:8", "a value is expected"])
        }
    }

    @Test func `a key that does not exist is named`() async throws {
        try await LoneNode.with { node in
            try node.rewrite("node.toml") {
                $0.replacingOccurrences(of: "\nlinks = ", with: "\nlnks = ")
            }
            try await node.expectRefusal(["node.toml: p2p.lnks: unknown key"])
        }
        try await LoneNode.with { node in
            try await node.expectRefusal(
                ["--set: p2p.lnks: unknown key"], options: ["--set", "p2p.lnks=4"])
        }
    }

    @Test func `a missing configuration, genesis or password file is named`() async throws {
        for file in ["node.toml", "genesis.json", "keys/account.password", "keys/meter.password"] {
            try await LoneNode.with { node in
                try FileManager.default.removeItem(atPath: node.path(file))
                try await node.expectRefusal(["\(file): there is no such file"])
            }
        }
    }

    @Test func `a secret that others may use is named with what to do about it`() async throws {
        for file in ["keys/account.json", "keys/meter.password", "tls/node-key.pem"] {
            try await LoneNode.with { node in
                #expect(chmod(node.path(file), 0o644) == 0)
                try await node.expectRefusal(
                    [file, "mode 644", "chmod 600 \(node.path(file))"])
            }
        }
    }

    @Test func `the program of households misbehaves for nobody`() async throws {
        try await LoneNode.with { node in
            try await node.expectRefusal(
                ["byzantine: only the node of busbar-testnet misbehaves"], exitCode: 1,
                environment: ["BUSBAR_BYZANTINE": "equivocation"])
        }
    }

    @Test func `a wrong password, and a certificate's foreign key, are refused`() async throws {
        try await LoneNode.with { node in
            try node.rewrite("keys/account.password") { _ in "wrong\n" }
            try await node.expectRefusal(["keys/account.password: does not open"])
        }
        try await LoneNode.with { node in
            let other = try String(contentsOfFile: node.path("tls/api-key.pem"), encoding: .utf8)
            try node.rewrite("tls/node-key.pem") { _ in other }
            try await node.expectRefusal(["tls/node.pem", "does not belong to the certificate"])
        }
    }

    @Test func `a genesis that is none, or contradicts itself, is refused`() async throws {
        try await LoneNode.with { node in
            try node.rewrite("genesis.json") { _ in "{}" }
            try await node.expectRefusal(["genesis.json: is no genesis: the file lacks chainID"])
        }
        try await LoneNode.with { node in
            try node.writeGenesis { $0.members.append($0.members[0]) }
            try await node.expectRefusal(["genesis.json", "stands twice"])
        }
    }

    @Test func `a directory of another chain is refused and stays as it is`() async throws {
        try await LoneNode.with { node in
            try await node.runOnce()
            try node.writeGenesis { $0.chainID += 1 }
            try await node.expectRefusal(
                [
                    "belongs to chain \(LoneNode.chainID)", "not to chain \(LoneNode.chainID + 1)",
                ], exitCode: 1)
        }
    }

    @Test func `a directory in use is refused, and its node goes on`() async throws {
        try await LoneNode.with { node in
            try await node.whileRunning { process in
                let second = try await node.start()
                #expect(second.exitCode == 1)
                #expect(second.errors.contains("in use by process \(process.processIdentifier)"))
                #expect(second.errors.split(separator: "\n").count == 1, "\(second.errors)")
                #expect(process.isRunning)
            }
        }
    }

    @Test func `a crash shows neither registers nor memory, and no dump holds a key`() async throws
    {
        try await LoneNode.with { node in
            try await node.whileRunning { process in
                let place = "/proc/\(process.processIdentifier)"
                let limits = try String(contentsOfFile: "\(place)/limits", encoding: .utf8)
                #expect(limits.contains(#/Max core file size +0 +0 /#))
                let filter = try String(contentsOfFile: "\(place)/coredump_filter", encoding: .utf8)
                #expect(filter == "00000000\n")
                let environment = try Data(contentsOf: URL(filePath: "\(place)/environ"))
                let report = String(decoding: environment, as: UTF8.self)
                    .split(separator: "\0").first { $0.hasPrefix("SWIFT_BACKTRACE=") }
                #expect(report?.contains("registers=none") == true)
            }
        }
    }

    @Test func `a port in use is named, and an existing ledger stays as it is`() async throws {
        let taken = try TakenPort()
        try await LoneNode.with { node in
            try await node.runOnce()
            for key in ["p2p.listen", "api.listen", "app.listen", "rpc.listen", "metrics.listen"] {
                try await node.expectRefusal(
                    ["127.0.0.1:\(taken.port)", "Address already in use"], exitCode: 1,
                    options: ["--set", "\(key)=127.0.0.1:\(taken.port)"])
            }
        }
    }
}
