public import Protocol

/// What things cost in gas: as in Ethereum for the data, flat for a native contract. Gas is free;
/// it only bounds what fits in a block.
enum Gas {
    /// Any transaction (Yellow Paper, appendix G).
    static let transaction: UInt64 = 21_000
    /// A zero byte of call data.
    static let zeroByte: UInt64 = 4
    /// Any other byte of call data (EIP-2028).
    static let otherByte: UInt64 = 16
    /// A call of a native contract.
    static let nativeCall: UInt64 = 40_000
}

extension LedgerState {
    /// The gas that `transaction` uses, whether it takes effect or reverts.
    public static func gasUsed(by transaction: Transaction) -> UInt64 {
        gasUsed(to: transaction.to, data: transaction.data)
    }

    /// The gas that `transaction` uses, whether it takes effect or reverts.
    public static func gasUsed(by transaction: VerifiedTransaction) -> UInt64 {
        gasUsed(by: transaction.transaction)
    }

    /// The gas that a call of `target` with `data` uses.
    public static func gasUsed(to target: Address?, data: Bytes) -> UInt64 {
        let zeros = UInt64(data.reduce(0) { $0 + ($1 == 0 ? 1 : 0) })
        let isNative = target?.isReserved ?? false
        return Gas.transaction + zeros * Gas.zeroByte + (UInt64(data.count) - zeros) * Gas.otherByte
            + (isNative ? Gas.nativeCall : 0)
    }
}
