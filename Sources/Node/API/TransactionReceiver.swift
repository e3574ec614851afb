import API
import Protocol
import Replica

/// Where programs hand transactions in: the sender is recovered here, beside the replica's loop.
struct TransactionReceiver: TransactionSubmission {
    let submissions: PendingSubmissions
    let monitor: NodeMonitor
    let latest: LatestState
    let scheme: any SignatureScheme
    let feed: EventFeed

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
        case .success(let hash):
            feed.notePending(hash)
            return hash
        case .failure(let error):
            throw error.refusal
        }
    }

    func pending(_ hash: Hash32) async -> VerifiedTransaction? {
        monitor.pool.transaction(hash)
    }

    func nextNonce(of account: Address) async -> UInt64 {
        let final = latest.current.state.account(account).nonce
        return max(final, monitor.pool.nextNonce(of: account) ?? 0)
    }
}

extension PoolRejection {
    /// What a program is told that handed the transaction in.
    var refusal: SubmissionRefusal {
        switch self {
        case .known: SubmissionRefusal(.known, description)
        case .inadmissible(let error): SubmissionRefusal(error)
        case .nonceTaken: SubmissionRefusal(.nonceTaken, description)
        case .nonceTooHigh: SubmissionRefusal(.nonceTooHigh, description)
        case .senderLimit: SubmissionRefusal(.senderLimit, description)
        case .rateLimited: SubmissionRefusal(.rateLimited, description)
        case .poolFull: SubmissionRefusal(.poolFull, description)
        }
    }
}
