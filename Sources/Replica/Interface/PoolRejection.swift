public import Ledger

/// Why a transaction is not taken into the pool; the texts are the ones that Ethereum's clients know.
public enum PoolRejection: Error, Hashable, Sendable {
    /// The pool holds it already.
    case known
    /// The ledger would not take it.
    case inadmissible(AdmissionError)
    /// The pool holds another one of the sender with this nonce.
    case nonceTaken
    /// Transactions of the sender with lower nonces are missing.
    case nonceTooHigh(stated: UInt64, next: UInt64)
    /// The sender's share of the pool is full for now.
    case senderLimit
    /// The sender submits too fast.
    case rateLimited
    /// The pool is full.
    case poolFull
}

extension PoolRejection: CustomStringConvertible {
    /// The text for the one who sent it.
    public var description: String {
        switch self {
        case .known: "already known"
        case .inadmissible(let error): error.description
        case .nonceTaken: "replacement transaction underpriced"
        case .nonceTooHigh(let stated, let next):
            "nonce too high: next nonce \(next), tx nonce \(stated)"
        case .senderLimit: "account limit exceeded"
        case .rateLimited: "transaction rate limit of the sender exceeded"
        case .poolFull: "txpool is full"
        }
    }
}
