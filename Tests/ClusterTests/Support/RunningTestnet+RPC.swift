import API
import Client
import Foundation
import Protocol
import TestKit
import Testing

extension RunningTestnet {
    /// What `ask` makes of a client of the node; it may block.
    func ask<Result: Sendable>(
        _ name: String, seconds: Int = 20,
        _ ask: @escaping @Sendable (NodeClient) throws -> Result
    ) async throws -> Result {
        let client = try node(name).client(timeoutSeconds: seconds)
        return try await BlockingCall.run { try ask(client) }
    }

    /// The height of the node's last final block.
    func height(_ name: String) async throws -> UInt64 {
        try await ask(name, seconds: 2) { try $0.height() }
    }

    /// The block as the node has it, the last one where no number is given.
    func block(_ number: UInt64? = nil, at name: String) async throws -> JSON? {
        try await ask(name) { try $0.block(number) }
    }

    /// Hands raw bytes in at the node as a transaction.
    func sendRaw(_ bytes: Bytes, to name: String) async throws {
        try await ask(name) {
            _ = try $0.call(
                "eth_sendRawTransaction", [.string("0x" + Hexadecimal.encode(bytes))])
        }
    }

    /// Signs a call by `key`, hands it in at the node `name`, and waits until it is final.
    func submit(
        _ data: Bytes, to contract: Address, by key: PrivateKey, at name: String
    ) async throws -> TransactionOutcome {
        let submitter = Submitter(key: key, chainID: endpoints.chainId)
        let final = try await ask(name) { node in
            let nonce = try node.nonce(of: key.address)
            return try node.submit(
                submitter.sign(data, to: contract, nonce: nonce), waitingFor: 30)
        }
        return try #require(final, "not final in time")
    }

    /// GETs a path of the node's REST API over https.
    func get(_ name: String, _ path: String) async throws -> (status: Int, body: JSON?) {
        let command = try await Command.run(
            "curl",
            [
                "-sS", "--max-time", "20", "--cacert", endpoints.ca, "-w", "\n%{http_code}",
                try node(name).api + path,
            ])
        try #require(command.exitCode == 0, "\(name): \(command.errors)")
        let lines = command.output.split(separator: "\n", omittingEmptySubsequences: false)
        let body = lines.dropLast().joined(separator: "\n")
        return (Int(lines.last ?? "") ?? 0, try? JSON(decoding: Array(body.utf8)))
    }
}
