public import Protocol

/// Whether a transaction can stand in the next block.
public enum Admission: Hashable, Sendable {
    /// It can be the sender's next.
    case ready
    /// It can, once `missing` transactions of the sender with lower nonces stand in blocks.
    case later(missing: UInt64)
}

/// Why a transaction can stand in no block now; the texts are the ones that Ethereum's clients
/// know.
public enum AdmissionError: Error, Hashable, Sendable {
    /// It was signed for another chain.
    case wrongChain(stated: UInt64, expected: UInt64)
    /// Its bytes are too many.
    case tooLarge(bytes: Int)
    /// It would create a contract.
    case createsContract
    /// It would send the native coin, which does not exist.
    case sendsValue(UInt256)
    /// Its fee cap is below its priority fee.
    case priorityFeeAboveCap
    /// It allows less gas than it uses.
    case gasTooLow(limit: UInt64, needed: UInt64)
    /// It allows more gas than a block has.
    case gasTooHigh(limit: UInt64)
    /// Its sender is no member.
    case notMember(Address)
    /// Its sender may not send for now.
    case suspended(Address)
    /// Its nonce is used.
    case nonceTooLow(stated: UInt64, next: UInt64)
    /// Its nonce would be the last one.
    case nonceExhausted
}

extension AdmissionError: CustomStringConvertible {
    /// The text for the one who sent it.
    public var description: String {
        switch self {
        case .wrongChain(let stated, let expected):
            "invalid chain id for signer: have \(stated) want \(expected)"
        case .tooLarge(let bytes):
            "oversized data: transaction size \(bytes), limit \(Limits.transactionBytes)"
        case .createsContract:
            "contract creation is not supported: this chain's contracts are native"
        case .sendsValue(let value):
            "insufficient funds for gas * price + value: "
                + "there is no native coin here, so value \(value) must be 0"
        case .priorityFeeAboveCap:
            "max priority fee per gas higher than max fee per gas"
        case .gasTooLow(let limit, let needed):
            "intrinsic gas too low: have \(limit), want \(needed)"
        case .gasTooHigh(let limit):
            "exceeds block gas limit: have \(limit), limit \(Limits.blockGas)"
        case .notMember(let sender):
            "sender \(sender) is not a registered member"
        case .suspended(let sender):
            "sender \(sender) is suspended"
        case .nonceTooLow(let stated, let next):
            "nonce too low: next nonce \(next), tx nonce \(stated)"
        case .nonceExhausted:
            "nonce has max value"
        }
    }
}

extension LedgerState {
    /// Whether `transaction` can stand in the next block.
    ///
    /// Throws if it can stand in none: wrong chain, too large, value, contract creation, gas, not a
    /// member, suspended, used nonce. That its signature is good, its type says.
    public func admission(
        of transaction: VerifiedTransaction
    ) throws(AdmissionError) -> Admission {
        try transaction.admission(to: self)
    }
}

extension VerifiedTransaction {
    /// Whether it can stand in the next block after `view`.
    func admission(to view: some StateView) throws(AdmissionError) -> Admission {
        try checkForm(chainID: view.parameters.chainID)
        guard let member = view.member(sender) else { throw .notMember(sender) }
        guard !member.isSuspended else { throw .suspended(sender) }
        let next = view.account(sender).nonce
        guard transaction.nonce >= next else {
            throw .nonceTooLow(stated: transaction.nonce, next: next)
        }
        guard transaction.nonce < .max else { throw .nonceExhausted }
        return transaction.nonce == next ? .ready : .later(missing: transaction.nonce - next)
    }

    private func checkForm(chainID: UInt64) throws(AdmissionError) {
        guard transaction.chainID == chainID else {
            throw .wrongChain(stated: transaction.chainID, expected: chainID)
        }
        guard encoded.count <= Limits.transactionBytes else {
            throw .tooLarge(bytes: encoded.count)
        }
        guard transaction.to != nil else { throw .createsContract }
        guard transaction.value == .zero else { throw .sendsValue(transaction.value) }
        guard transaction.maxPriorityFeePerGas <= transaction.maxFeePerGas else {
            throw .priorityFeeAboveCap
        }
        let needed = LedgerState.gasUsed(by: transaction)
        guard transaction.gasLimit >= needed else {
            throw .gasTooLow(limit: transaction.gasLimit, needed: needed)
        }
        guard transaction.gasLimit <= Limits.blockGas else {
            throw .gasTooHigh(limit: transaction.gasLimit)
        }
    }
}
