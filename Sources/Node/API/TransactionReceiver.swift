import API
import Protocol
import Replica

/// Where programs hand transactions in: the sender is recovered here, beside the replica's loop.
struct TransactionReceiver: TransactionSubmission {
    let submissions: PendingSubmissions
    let scheme: any SignatureScheme

    func submit(_ bytes: Bytes) async throws(SubmissionRefusal) -> Hash32 {
        let transaction: VerifiedTransaction
        do throws(MalformedBytes) {
            transaction = try VerifiedTransaction(decoding: bytes, scheme: scheme)
        } catch {
            submissions.countRefusal(.malformed)
            throw SubmissionRefusal(.malformed, error.reason)
        }
        switch await submissions.submit(transaction) {
        case nil:
            throw SubmissionRefusal(.busy, "the node has too much to do; try again later")
        case .success(let hash): return hash
        case .failure(let error):
            throw error.refusal
        }
    }
}
