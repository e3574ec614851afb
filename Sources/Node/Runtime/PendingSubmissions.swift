import Protocol
import Replica
import Synchronization

/// Where submissions wait for the replica's answer.
final class PendingSubmissions: Sendable {
    typealias Answer = Result<Hash32, PoolRejection>

    private let queue: EventQueue
    private let refusals = Mutex<[String: UInt64]>([:])
    private let answers = PendingAnswers<Answer>()

    init(queue: EventQueue) {
        self.queue = queue
    }

    /// Every reason that ``refused`` may name.
    static let refusalReasons = RefusalLabel.allCases.map(\.rawValue)

    /// How many submissions were refused, by reason.
    var refused: [String: UInt64] { refusals.withLock { $0 } }

    /// Counts a submission that never came to the replica.
    func countRefusal(_ label: RefusalLabel) {
        refusals.withLock { $0[label.rawValue, default: 0] += 1 }
    }

    /// Hands `transaction`, which came so, to the replica and waits for its answer; nil if the node is too busy
    /// to take it, or is stopping.
    func submit(_ transaction: VerifiedTransaction, _ arrival: Arrival) async -> Answer? {
        await answers.ask { number in
            let isTaken = queue.offer(.submitted(transaction, RequestID(number), arrival))
            if !isTaken { countRefusal(.busy) }
            return isTaken
        }
    }

    /// Gives the answer to `request`; a second one is ignored.
    func answer(_ request: RequestID, _ answer: Answer?) {
        if case .failure(let error)? = answer { countRefusal(RefusalLabel(error)) }
        answers.answer(request.value, answer)
    }

    /// Ends the queue, and turns everyone away who waits or comes later: what waits in the queue is
    /// never answered otherwise, and whoever waits for it could not end.
    func close() {
        queue.finish()
        answers.close()
    }
}

/// The labels under which refused submissions are counted.
enum RefusalLabel: String, CaseIterable {
    case busy, inadmissible, known, malformed
    case nonceTaken = "nonce_taken"
    case nonceTooHigh = "nonce_too_high"
    case poolFull = "pool_full"
    case rateLimited = "rate_limited"
    case senderLimit = "sender_limit"

    init(_ rejection: PoolRejection) {
        self =
            switch rejection {
            case .known: .known
            case .inadmissible: .inadmissible
            case .nonceTaken: .nonceTaken
            case .nonceTooHigh: .nonceTooHigh
            case .senderLimit: .senderLimit
            case .rateLimited: .rateLimited
            case .poolFull: .poolFull
            }
    }
}
