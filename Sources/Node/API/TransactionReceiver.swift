import API
import Peering
import Protocol
import Replica

/// Where programs hand transactions in: the sender is recovered here, beside the replica's loop.
struct TransactionReceiver: TransactionSubmission {
    let submissions: PendingSubmissions
    let scheme: any SignatureScheme

    func submit(_ bytes: Bytes) async throws(SubmissionRefusal) -> Hash32 {
        let came = SteadyTime.now
        let transaction: VerifiedTransaction
        do throws(MalformedBytes) {
            transaction = try VerifiedTransaction(decoding: bytes, scheme: scheme)
        } catch {
            submissions.countRefusal(.malformed)
            throw SubmissionRefusal(.malformed, error.reason)
        }
        let arrival = Arrival(source: .client, came: came, verified: .now)
        switch await submissions.submit(transaction, arrival) {
        case nil:
            throw SubmissionRefusal(.busy, "the node has too much to do; try again later")
        case .success(let hash): return hash
        case .failure(let error):
            throw error.refusal
        }
    }
}
