import Protocol

/// What users have submitted before its predecessors, which are often on their way: it waits at the
/// door for a moment, and is answered when they have come or when the moment is over. Nobody else
/// hears of it.
struct EarlySubmissions: Sendable {
    struct Submission: Sendable {
        let transaction: VerifiedTransaction
        let request: RequestID
        let deadline: Timestamp
    }

    /// How long one waits, in milliseconds.
    static let timeout: UInt64 = 500
    /// The most that wait, and the most of one sender.
    static let capacity = 256
    static let perSender = 16

    /// In the order in which they came, and so of their deadlines while no clock goes back.
    private var waiting: [Submission] = []
    private var isTimerSet = false

    var isEmpty: Bool { waiting.isEmpty }

    /// Whose they are, in ascending order.
    var senders: [Address] { Set(waiting.map(\.transaction.sender)).sorted() }

    /// Lets `transaction` wait; false if there is no room.
    mutating func add(
        _ transaction: VerifiedTransaction, _ request: RequestID, at now: Timestamp
    ) -> Bool {
        let ofSender = waiting.count { $0.transaction.sender == transaction.sender }
        guard waiting.count < Self.capacity, ofSender < Self.perSender else { return false }
        waiting.append(
            Submission(
                transaction: transaction, request: request,
                deadline: now.advanced(byMilliseconds: Self.timeout)))
        return true
    }

    /// Takes out one of `sender` whose nonce is `nonce` or lower: its moment has come.
    mutating func take(of sender: Address, upTo nonce: UInt64) -> Submission? {
        let index = waiting.firstIndex {
            $0.transaction.sender == sender && $0.transaction.transaction.nonce <= nonce
        }
        return index.map { waiting.remove(at: $0) }
    }

    /// Takes out those that have waited long enough.
    mutating func takeDue(at now: Timestamp) -> [Submission] {
        isTimerSet = false
        let due = waiting.filter { $0.deadline <= now }
        waiting.removeAll { $0.deadline <= now }
        return due
    }

    /// When to look again, if no timer runs.
    mutating func nextTimer() -> Timestamp? {
        guard !isTimerSet, let next = waiting.lazy.map(\.deadline).min() else { return nil }
        isTimerSet = true
        return next
    }

    /// The clock was put back to `moment`.
    mutating func clockWentBack(to moment: Timestamp) {
        let latest = moment.advanced(byMilliseconds: Self.timeout)
        waiting = waiting.map {
            Submission(
                transaction: $0.transaction, request: $0.request,
                deadline: min($0.deadline, latest))
        }
        isTimerSet = false
    }
}
