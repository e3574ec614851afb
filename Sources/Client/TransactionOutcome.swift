package import API
import Console
import Ledger
package import Protocol

/// A transaction that stands in a final block, as a node tells of it.
package struct TransactionOutcome: Sendable {
    package let hash: Hash32
    package let block: UInt64
    package let blockHash: Hash32
    /// Why its call was reverted; nil if it was not.
    package let failure: UntrustedText?

    package var succeeded: Bool { failure == nil }

    /// Reads the node's answer, which must say that the transaction is final.
    init(_ json: JSON) throws {
        guard let status = json["status"]?.text?.verbatim, ["final", "failed"].contains(status),
            let hash = json["hash"]?.hash,
            let block = json["block"]?.natural,
            let blockHash = json["blockHash"]?.hash
        else { throw CommandFailure(.failed, "the answer tells of no final transaction") }
        self.hash = hash
        self.block = block
        self.blockHash = blockHash
        let reason = json["reason"]?.text ?? "reverted without a reason"
        failure = status == "final" ? nil : reason
    }
}

extension NodeClient {
    /// As ``submit(_:waitingFor:)``; a node that refuses what it has already is asked what became
    /// of it. Refused where it does not have it either.
    package func makeFinal(
        _ transaction: SignedTransaction, waitingFor seconds: Int
    ) throws -> TransactionOutcome? {
        do {
            return try submit(transaction, waitingFor: seconds)
        } catch let refusal as CommandFailure where refusal.status == .refused {
            do {
                let hash = Keccak256.hash(transaction.encoded)
                return try self.transaction(hash, waitingFor: seconds)
            } catch let unknown as CommandFailure where unknown.status == .refused {
                throw refusal
            }
        }
    }

    /// The events of the final transaction called `hash`.
    package func logs(of hash: Hash32) throws -> [EventLog] {
        let receipt = try call("eth_getTransactionReceipt", [.string(hash.description)])
        return (receipt["logs"]?.elements ?? []).compactMap(EventLog.init(json:))
    }

    /// The offer that the transaction called `hash` made.
    package func offerID(madeBy hash: Hash32) throws -> OfferID {
        guard let id = try logs(of: hash).lazy.compactMap(MarketEvent.init).first?.id else {
            throw CommandFailure(.failed, "the receipt of \(hash) names no offer")
        }
        return id
    }
}

extension EventLog {
    /// Reads a log as JSON-RPC gives it; nil if a field is missing or malformed.
    package init?(json: JSON) {
        let topics = json["topics"]?.elements ?? []
        let hashes = topics.compactMap { $0.hash }
        guard let address = json["address"]?.address,
            let data = json["data"]?.data,
            hashes.count == topics.count
        else { return nil }
        self.init(address: address, topics: hashes, data: data)
    }
}
