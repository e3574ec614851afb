package import Ledger

/// Names a call that a role made, until it is answered.
package struct CallID: Hashable, Comparable, Sendable {
    let value: UInt64

    package static func < (left: Self, right: Self) -> Bool { left.value < right.value }
}

/// Why a call has not taken effect.
package enum CallFailure: Error, Hashable, Sendable, CustomStringConvertible {
    /// The node did not take the transaction, and why. It will never take effect.
    case refused(String)
    /// It is final, but the contract reverted it, and why.
    case reverted(String)
    /// It was not final in time; it may still become so.
    case timedOut

    package var description: String {
        switch self {
        case .refused(let reason): "refused: \(reason)"
        case .reverted(let reason): "reverted: \(reason)"
        case .timedOut: "not final in time"
        }
    }
}

/// What came of a call.
package typealias CallOutcome = Result<FinalTransaction, CallFailure>

/// What the node's pool says to a transaction.
package enum PoolAnswer: Hashable, Sendable {
    /// It is in the pool, now or already.
    case accepted
    /// The account has used the nonce in a final block.
    case nonceTooLow
    /// Another transaction with that nonce waits in the pool.
    case nonceTaken
    /// The pool does not take it, and why.
    case refused(String)
}
