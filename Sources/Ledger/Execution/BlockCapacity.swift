import Protocol

/// How much still fits in a block.
struct BlockCapacity {
    private var transactions = Limits.blockTransactions
    private var gas = Limits.blockGas
    /// Each transaction's header takes up to five bytes; 1,024 hold the block's own fields.
    private var bytes = Limits.blockBytes - 1_024

    /// Takes the room of `transaction`; tells what is lacking, and takes none, if it does not fit.
    mutating func take(_ transaction: VerifiedTransaction) -> String? {
        let size = transaction.encoded.count + 5
        let needed = LedgerState.gasUsed(by: transaction)
        if transactions == 0 { return "more than \(Limits.blockTransactions) transactions" }
        if gas < needed { return "more than \(Limits.blockGas) gas" }
        if bytes < size { return "more than \(Limits.blockBytes) bytes" }
        transactions -= 1
        gas -= needed
        bytes -= size
        return nil
    }
}
