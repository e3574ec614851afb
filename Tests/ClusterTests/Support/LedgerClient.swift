import Foundation
import Ledger
import Protocol

/// A client with a key of its own that hands in one transaction after the other, at whatever node
/// answers, and writes down each that a node has called final. What it wrote down must never be
/// missing anywhere.
actor LedgerClient {
    /// A transaction that a node has called final.
    struct Acknowledged {
        let hash: String
        let block: String
        let blockHash: String
        /// When the client began with it.
        let begun: ContinuousClock.Instant
        /// When the client knew.
        let at: ContinuousClock.Instant
    }

    /// What was written down so far, in order.
    private(set) var record: [Acknowledged] = []
    private let key: PrivateKey
    private let chainID: UInt64
    /// Gets a little with each transaction, so that the aggregator has something to top up.
    private let recipient: Address
    private let urls: [String]
    private var turn = 0

    /// A client of `testnet` with the key of the node `member`, which must not send transactions
    /// itself, asking the nodes called `nodes`.
    init(_ testnet: RunningTestnet, member: String, nodes: [String]) throws {
        key = try testnet.key(of: member)
        chainID = testnet.endpoints.chainId
        recipient = try testnet.node("exchange").address
        urls = try nodes.map { try testnet.node($0).rpc }
    }

    /// Hands in transactions until the task is cancelled.
    func run() async {
        while !Task.isCancelled {
            do {
                try await submitOne()
            } catch {
                // No node answers now; that is what the faults are for.
                try? await Task.sleep(for: .milliseconds(50))
            }
        }
    }

    /// When the first transaction was known to be final that was begun after `moment`.
    func firstAcknowledged(after moment: ContinuousClock.Instant) -> ContinuousClock.Instant? {
        record.first { $0.begun > moment }?.at
    }

    private func submitOne() async throws {
        let begun = ContinuousClock.now
        let nonce = try await finalNonce()
        let transaction = Transaction(
            chainID: chainID, nonce: nonce, to: NativeContract.token,
            data: TokenCall.transfer(to: recipient, amount: TokenAmount(100_000)))
        let raw = "0x" + Hexadecimal.encode(transaction.signed(by: key).encoded)
        let hash = try VerifiedTransaction(transaction.signed(by: key)).hash.description
        // The same bytes to one node after the other: it can be in one block only.
        while !Task.isCancelled {
            turn += 1
            let url = urls[turn % urls.count]
            do {
                _ = try await Self.call(url, [("eth_sendRawTransaction", [raw])])
                if let receipt = try await receipt(of: hash, at: url),
                    let block = receipt["blockNumber"] as? String,
                    let blockHash = receipt["blockHash"] as? String
                {
                    let entry = Acknowledged(
                        hash: hash, block: block, blockHash: blockHash, begun: begun, at: .now)
                    return record.append(entry)
                }
            } catch {
                try? await Task.sleep(for: .milliseconds(20))
            }
        }
    }

    /// Asks for the receipt for up to a second.
    private func receipt(of hash: String, at url: String) async throws -> [String: Any]? {
        let deadline = ContinuousClock.now + .seconds(1)
        while ContinuousClock.now < deadline, !Task.isCancelled {
            let answers = try await Self.call(url, [("eth_getTransactionReceipt", [hash])])
            if let receipt = answers.first as? [String: Any] { return receipt }
            try await Task.sleep(for: .milliseconds(25))
        }
        return nil
    }

    /// The account's nonce by the nodes that answer: whatever is final for one of them is final.
    private func finalNonce() async throws -> UInt64 {
        var highest: UInt64?
        for url in urls {
            let parameters: [Any] = [key.address.description, "latest"]
            let answers = try? await Self.call(url, [("eth_getTransactionCount", parameters)])
            guard let text = answers?.first as? String,
                let nonce = UInt64(text.dropFirst(2), radix: 16)
            else { continue }
            highest = max(highest ?? 0, nonce)
            if nonce >= UInt64(record.count) { return nonce }
        }
        guard let highest else { throw PlainHTTP.Unreachable(port: 0) }
        return highest
    }

    /// Calls methods in one batch; what each gave, nil for null and for errors.
    static func call(
        _ url: String, _ calls: [(method: String, parameters: [Any])], seconds: Int = 2
    ) async throws -> [Any?] {
        let batch = calls.enumerated().map { index, call -> [String: Any] in
            ["jsonrpc": "2.0", "id": index, "method": call.method, "params": call.parameters]
        }
        let body = try JSONSerialization.data(withJSONObject: batch)
        let answer = try JSONSerialization.jsonObject(
            with: try await PlainHTTP.post(url, body, seconds: seconds))
        guard let list = answer as? [[String: Any]], list.count == calls.count else {
            throw PlainHTTP.Unreachable(port: 0)
        }
        var results = [Any?](repeating: nil, count: calls.count)
        for entry in list {
            guard let index = entry["id"] as? Int, results.indices.contains(index) else { continue }
            if let result = entry["result"], !(result is NSNull) { results[index] = result }
        }
        return results
    }
}
