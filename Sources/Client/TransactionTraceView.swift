package import API
import Console
package import Protocol

/// A transaction's way through a node, as the node tells it.
package struct TransactionTraceView: Sendable {
    /// What the node is called by whoever asks it.
    package let node: String
    /// The node's account.
    package let account: Address
    /// The way; its times are by the node's own clock.
    package let trace: TransactionTrace

    /// Reads the answer of the node called `node` about the transaction `hash`; nil if it is none.
    package init?(_ json: JSON, of hash: Hash32, from node: String) {
        guard json["hash"]?.hash == hash, let account = json["account"]?.address,
            let told = json["stages"]?.elements, !told.isEmpty
        else { return nil }
        let stages = told.compactMap { TransactionTrace.Reached(json: $0) }
        guard stages.count == told.count else { return nil }
        let block = json["block"]?.natural.flatMap { number in
            json["round"]?.natural.flatMap(UInt32.init(exactly:)).map {
                TransactionTrace.Place(number: number, round: $0)
            }
        }
        self.node = node
        self.account = account
        trace = TransactionTrace(
            hash: hash,
            source: (json["source"]?.text?.verbatim).flatMap(TransactionTrace.Source.init),
            block: block, stages: stages)
    }

    /// When the transaction reached `stage`, in microseconds since 1970; nil if it has not.
    package func time(of stage: TransactionTrace.Stage) -> UInt64? {
        trace.stages.first { $0.stage == stage }?.microseconds
    }
}

extension TransactionTrace.Reached {
    fileprivate init?(json: JSON) {
        guard
            let stage = (json["stage"]?.text?.verbatim).flatMap(TransactionTrace.Stage.init),
            let time = (json["time"]?.text?.verbatim).flatMap(RFC3339.microseconds)
        else { return nil }
        self.init(stage, microseconds: time)
    }
}

extension NodeClient {
    /// The way of the transaction `hash` through the node. Refused, in the node's own words, where it
    /// does not remember it.
    package func trace(of hash: Hash32) throws -> TransactionTraceView {
        let answer = try get("/api/v1/transactions/\(hash)/trace", refusedBy: [400, 404])
        guard let view = TransactionTraceView(answer, of: hash, from: name) else {
            throw CommandFailure(.failed, "\(name): its answer tells of no transaction's way")
        }
        return view
    }
}
