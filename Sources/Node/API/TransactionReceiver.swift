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
            submissions.countRefusal("malformed")
            throw SubmissionRefusal(.malformed, error.reason)
        }
        switch await submissions.submit(transaction) {
        case nil:
            throw SubmissionRefusal(.busy, "the node has too much to do; try again later")
        case .success(let hash):
            feed.notePending(hash)
            return hash
        case .failure(let error):
            throw SubmissionRefusal(error.refusal, error.message)
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
    fileprivate var refusal: SubmissionRefusal.Kind {
        switch kind {
        case .known: .known
        case .rateLimited, .poolFull: .busy
        case .inadmissible, .nonceTaken, .nonceTooLow, .nonceTooHigh, .senderLimit: .refused
        }
    }
}
