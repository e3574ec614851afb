import Protocol
import TestKit
import Testing

@testable import API
@testable import Node

/// A node that runs, and a client of its API.
struct RunningNode {
    let node: Node
    let client: PlainClient

    var snapshot: NodeSnapshot { node.latest.current }

    /// What the API answers to a call of `sender`, at its next nonce unless one is given.
    func submit(
        _ data: Bytes, to contract: Address = NativeContract.market, by sender: PrivateKey,
        nonce: UInt64? = nil, wait: String = ""
    ) async throws -> Answer {
        let signed = Transaction(
            chainID: node.store.genesis.chainID,
            nonce: nonce ?? snapshot.nextNonce(of: sender.address), to: contract, data: data
        ).signed(by: sender)
        let raw = "0x" + Hexadecimal.encode(signed.encoded)
        return try await client.post("/api/v1/transactions\(wait)", #"{"raw": "\#(raw)"}"#)
    }

    /// Submits a call and waits until it is final; its hash.
    func finalize(
        _ data: Bytes, to contract: Address = NativeContract.market, by sender: PrivateKey
    ) async throws -> String {
        let answer = try await submit(data, to: contract, by: sender, wait: "?wait=final")
        let json = try answer.json
        guard answer.status == 200, json["status"] == "final", let hash = json["hash"]?.verbatim
        else {
            throw NotFinal(answer: answer.body)
        }
        return hash
    }

    struct NotFinal: Error {
        let answer: String
    }

    /// The text of the event stream from now on, until it ends or holds `end`; begun once the
    /// node has taken the listener in.
    func events(until end: String? = nil) async throws -> Task<String, any Error> {
        let before = node.feed.listenerCount
        let stream = Task { [client] in
            try await client.exchange(
                "GET /api/v1/events HTTP/1.1\r\nhost: 127.0.0.1:\(client.port)\r\n\r\n", until: end)
        }
        try await eventually("the node has a listener") { node.feed.listenerCount > before }
        return stream
    }
}
