import API
import Ledger
import Node
import Protocol

/// Signs a call, hands it to a node and waits until it stands in a final block.
struct Submission {
    let client: NodeClient
    let signer: PrivateKey
    var timeoutSeconds = 30

    /// What became of a transaction.
    struct Outcome {
        let transaction: Hash32
        let block: UInt64
        let logs: [EventLog]
    }

    /// Sends `data` to `contract`. Throws `refused` with the reason where the ledger would refuse
    /// it, before anything is sent.
    func send(_ data: Bytes, to contract: Address) throws -> Outcome {
        _ = try client.read(contract, data, from: signer.address)
        let hash = try submit(data, to: contract)
        return try outcome(of: hash, data: data, contract: contract)
    }

    /// The household's automatic trader uses the same account, so another transaction may take the
    /// nonce first; then the next one is tried.
    private func submit(_ data: Bytes, to contract: Address) throws -> Hash32 {
        let chainID = try client.chainID()
        var lastRefusal = CommandFailure(.refused, "the node took no transaction")
        for _ in 0..<10 {
            let count = try client.call(
                "eth_getTransactionCount", [.text(signer.address.description), "pending"])
            guard let nonce = count.quantity else {
                throw CommandFailure(.failed, "the account's nonce is no quantity")
            }
            let transaction = Transaction(
                chainID: chainID, nonce: nonce, to: contract, data: data)
            let bytes = transaction.signed(by: signer).encoded
            do {
                let answer = try client.call(
                    "eth_sendRawTransaction", [.text("0x" + Hexadecimal.encode(bytes))])
                guard let hash = answer.text.flatMap({ Hash32(hexadecimal: $0) }) else {
                    throw CommandFailure(.failed, "the transaction's hash cannot be read")
                }
                return hash
            } catch let failure as CommandFailure where failure.reason?.isAboutNonce == true {
                lastRefusal = failure
                Terminal.pause(milliseconds: 100)
            }
        }
        throw lastRefusal
    }

    private func outcome(of hash: Hash32, data: Bytes, contract: Address) throws -> Outcome {
        let deadline = ContinuousClock.now.advanced(by: .seconds(timeoutSeconds))
        while ContinuousClock.now < deadline {
            let receipt = try client.call("eth_getTransactionReceipt", [.text(hash.description)])
            guard receipt != .null else {
                Terminal.pause(milliseconds: 25)
                continue
            }
            guard receipt["status"]?.quantity == 1 else {
                // The call was in order before it was sent; asked again, the node gives the reason.
                _ = try client.read(contract, data, from: signer.address)
                throw CommandFailure(.refused, "the transaction \(hash) failed")
            }
            return Outcome(
                transaction: hash, block: receipt["blockNumber"]?.quantity ?? 0,
                logs: (receipt["logs"]?.list ?? []).compactMap(EventLog.init(json:)))
        }
        throw CommandFailure(
            .late, "\(hash) is not final after \(timeoutSeconds) s; it may still become final")
    }
}

extension EventLog {
    /// Reads a log as JSON-RPC gives it; nil if a field is missing or malformed.
    init?(json: JSONValue) {
        let topics = json["topics"]?.list ?? []
        let hashes = topics.compactMap { $0.text.flatMap { Hash32(hexadecimal: $0) } }
        guard let address = json["address"]?.text.flatMap({ Address(hexadecimal: $0) }),
            let data = json["data"]?.text.flatMap({ Hexadecimal.decode($0) }),
            hashes.count == topics.count
        else { return nil }
        self.init(address: address, topics: hashes, data: data)
    }
}
