import Foundation
import Market
import Protocol

@testable import API
@testable import Node
@testable import Testnet
@testable import Keys

extension FuzzTarget {
    /// Files and texts that people and programs write.
    static let textTargets = [
        FuzzTarget("json", decode: { try JSON(decoding: $0) }, encode: \.encoded),
        rpc,
        FuzzTarget("keystore", decode: { try Keystore(json: $0) }, encode: \.json),
        FuzzTarget(
            "genesis-file",
            decode: { try JSONDecoder().decode(Genesis.self, from: Data($0)) },
            encode: { genesis in
                (try? JSONEncoder().encode(genesis)).map { Array($0) } ?? []
            }),
        FuzzTarget(
            "node-configuration",
            decode: { try NodeConfiguration(toml: text($0), file: "/fuzz/node.toml") },
            encode: { Array($0.toml.utf8) }),
        FuzzTarget("network-manifest") { bytes in
            let manifest = try? NetworkManifest(toml: text(bytes), file: "/fuzz/network.toml")
            return manifest == nil ? .refused : .taken
        },
        FuzzTarget("household-profile") { bytes in
            let profile = try? HouseholdProfile(csv: text(bytes), household: "h01", name: "csv")
            guard let profile else { return .refused }
            return profile.slots.isEmpty ? .wrong("a profile without slots") : .taken
        },
    ]

    /// JSON-RPC: a request's text, and its parameters read as everything that they may be.
    private static var rpc: FuzzTarget {
        FuzzTarget("rpc") { bytes in
            guard let json = try? JSON(decoding: bytes) else { return .refused }
            let calls = json.elements ?? [json]
            for call in calls.prefix(RPCService.batch) {
                guard let parameters = try? RPCParameters(call["params"]) else { continue }
                for index in 0..<3 { readAll(parameters, index) }
            }
            return .taken
        }
    }

    private static func readAll(_ parameters: RPCParameters, _ index: Int) {
        _ = try? parameters.address(index)
        _ = try? parameters.hash(index)
        _ = try? parameters.bytes(index)
        _ = try? parameters.quantity(index)
        _ = try? parameters.block(index)
        _ = parameters.flag(index)
        _ = try? parameters[index]?.wideQuantity(as: "value")
        _ = try? parameters[index].map { try LogCriteria($0) }
        _ = try? parameters[index].map { try CallRequest($0) }
        if let bytes = try? parameters.bytes(index) {
            _ = try? SignedTransaction(decoding: bytes)
        }
    }

    private static func text(_ bytes: [UInt8]) -> String {
        String(decoding: bytes, as: UTF8.self)
    }
}
