import Foundation
import Protocol
import Testing

/// An error that a node answered with.
struct RPCError: Error, CustomStringConvertible {
    let code: Int
    let message: String

    var description: String { "\(code): \(message)" }
}

extension RunningTestnet {
    /// Calls a method of the node's JSON-RPC; throws ``RPCError`` for an error.
    func rpc(_ name: String, _ method: String, _ parameters: [Any] = []) async throws -> Any? {
        let request: [String: Any] = [
            "jsonrpc": "2.0", "id": 1, "method": method, "params": parameters,
        ]
        let body = try JSONSerialization.data(withJSONObject: request)
        let url = try node(name).rpc
        let command = try await Command.run(
            "curl",
            [
                "-sS", "--max-time", "20", "-H", "content-type: application/json",
                "--data-binary", String(decoding: body, as: UTF8.self), url,
            ])
        try #require(command.exitCode == 0, "\(name): \(command.errors)")
        let answer = try #require(
            try JSONSerialization.jsonObject(with: Data(command.output.utf8)) as? [String: Any])
        if let error = answer["error"] as? [String: Any] {
            throw RPCError(
                code: error["code"] as? Int ?? 0, message: error["message"] as? String ?? "")
        }
        return answer["result"]
    }

    /// The next nonce of `account`, by the node.
    func nonce(of account: Address, at name: String) async throws -> UInt64 {
        let text = try #require(
            try await rpc(name, "eth_getTransactionCount", [account.description, "pending"])
                as? String)
        return try #require(UInt64(text.dropFirst(2), radix: 16))
    }

    /// Hands a raw transaction in at the node; throws ``RPCError`` if it refuses.
    func sendRaw(_ bytes: Bytes, to name: String) async throws -> String {
        let result = try await rpc(
            name, "eth_sendRawTransaction", ["0x" + Hexadecimal.encode(bytes)])
        return try #require(result as? String)
    }

    /// What became of a final transaction.
    struct Outcome {
        var succeeded: Bool
        var block: UInt64
        var reason: String?
    }

    /// Signs a call by `key`, hands it in at the node `name`, and waits until it is final.
    func submit(
        _ data: Bytes, to contract: Address, by key: PrivateKey, at name: String
    ) async throws -> Outcome {
        let transaction = Transaction(
            chainID: endpoints.chainId, nonce: try await nonce(of: key.address, at: name),
            to: contract, data: data)
        let hash = try await sendRaw(transaction.signed(by: key).encoded, to: name)
        return try await outcome(of: hash, at: name)
    }

    /// Waits until the transaction named `hash` is final.
    func outcome(of hash: String, at name: String) async throws -> Outcome {
        var receipt: [String: Any]?
        let isFinal = try await eventually(within: .seconds(30), every: .milliseconds(50)) {
            receipt = try await rpc(name, "eth_getTransactionReceipt", [hash]) as? [String: Any]
            return receipt != nil
        }
        try #require(isFinal, "\(hash) is not final")
        let found = try #require(receipt)
        let block = try #require(found["blockNumber"] as? String)
        let transaction = try await get(name, "/api/v1/transactions/\(hash)")
        return Outcome(
            succeeded: found["status"] as? String == "0x1",
            block: try #require(UInt64(block.dropFirst(2), radix: 16)),
            reason: (transaction.body as? [String: Any])?["reason"] as? String)
    }

    /// GETs a path of the node's REST API over https.
    func get(_ name: String, _ path: String) async throws -> (status: Int, body: Any?) {
        let command = try await Command.run(
            "curl",
            [
                "-sS", "--max-time", "20", "--cacert", endpoints.ca, "-w", "\n%{http_code}",
                try node(name).api + path,
            ])
        try #require(command.exitCode == 0, "\(name): \(command.errors)")
        let lines = command.output.split(separator: "\n", omittingEmptySubsequences: false)
        let body = lines.dropLast().joined(separator: "\n")
        return (
            Int(lines.last ?? "") ?? 0,
            try? JSONSerialization.jsonObject(with: Data(body.utf8))
        )
    }
}
