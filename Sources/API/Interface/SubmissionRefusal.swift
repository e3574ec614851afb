package import Ledger
package import Replica

/// Why a transaction was not taken: a reason for programs, and a text for people. No program needs
/// to read the text.
package struct SubmissionRefusal: Error, Hashable, Sendable {
    /// The reasons, under the names that clients are told.
    package enum Reason: String, Hashable, Sendable, CaseIterable {
        /// The bytes are no transaction, or its signature is none.
        case malformed
        /// The node has too much to do, the pool is full, the sender's share of it is, or the sender
        /// submits too fast: it may be sent again later.
        case busy, poolFull, senderLimit, rateLimited
        /// The pool has it already, or it is final.
        case known
        /// It is not of a form that this chain takes.
        case wrongChain, tooLarge, createsContract, sendsValue, priorityFeeAboveCap, gasTooLow,
            gasTooHigh
        /// Its sender may not send.
        case notMember, suspended
        /// Its nonce is used, is the last one, belongs to another one that waits, or others before
        /// it are missing.
        case nonceTooLow, nonceExhausted, nonceTaken, nonceTooHigh
    }

    /// The reason.
    package let reason: Reason
    /// The text for the sender, in the words of Ethereum's clients.
    package let message: String

    package init(_ reason: Reason, _ message: String) {
        self.reason = reason
        self.message = message
    }

    package init(_ error: AdmissionError) {
        let reason: Reason =
            switch error {
            case .wrongChain: .wrongChain
            case .tooLarge: .tooLarge
            case .createsContract: .createsContract
            case .sendsValue: .sendsValue
            case .priorityFeeAboveCap: .priorityFeeAboveCap
            case .gasTooLow: .gasTooLow
            case .gasTooHigh: .gasTooHigh
            case .notMember: .notMember
            case .suspended: .suspended
            case .nonceTooLow: .nonceTooLow
            case .nonceExhausted: .nonceExhausted
            }
        self.init(reason, error.description)
    }
}

extension SubmissionRefusal.Reason {
    /// Whether the same transaction may be taken a little later.
    package var isPressure: Bool {
        switch self {
        case .busy, .poolFull, .senderLimit, .rateLimited: true
        default: false
        }
    }

    /// Whether another transaction of the account came first: the next nonce may do.
    package var isAboutNonce: Bool {
        switch self {
        case .known, .nonceTooLow, .nonceTaken, .nonceTooHigh: true
        default: false
        }
    }
}

extension PoolRejection {
    /// What a program is told that handed the transaction in.
    package var refusal: SubmissionRefusal {
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
