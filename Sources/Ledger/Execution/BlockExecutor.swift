import Protocol

/// A block as it runs: the state in the making, and what the call at hand has emitted. Contracts
/// are written as its extensions, each in a folder of its own.
///
/// ```swift
/// var run = BlockExecutor(over: state, in: context)
/// let receipt = run.run(transaction, gasBefore: 0)
/// let after = state.applying(run.overlay.changes)
/// ```
struct BlockExecutor {
    let context: BlockContext
    let chain: ChainParameters
    let time: MarketTime
    /// By which the block is executed: the one place where a contract asks for them.
    let rules: Rules
    var overlay: StateOverlay
    private(set) var sender: Address = .zero
    private(set) var logs: [EventLog] = []

    init(over state: LedgerState, in context: BlockContext) {
        self.context = context
        chain = state.chain
        rules = state.knownRules(at: context.number)
        time = state.parameters.marketClock.time(at: context.timestamp)
        overlay = StateOverlay(over: state)
    }

    var parameters: Genesis { chain.genesis }

    /// The step that is taken now.
    var step: TradeStep { TradeStep(block: context.number, time: time) }

    mutating func emit(_ log: EventLog) { logs.append(log) }

    /// Runs an admissible transaction: it takes effect, or nothing but the sender's nonce moves.
    mutating func run(
        _ transaction: VerifiedTransaction, gasBefore: UInt64
    ) -> TransactionReceipt {
        overlay.update(transaction.sender) { $0.nonce += 1 }
        let result = call(
            from: transaction.sender, to: transaction.transaction.to ?? .zero,
            data: transaction.transaction.data)
        let gas = LedgerState.gasUsed(by: transaction.transaction)
        var reason: String?
        if case .reverted(let text, _) = result { reason = text }
        return TransactionReceipt(
            transactionHash: transaction.hash, revertReason: reason, gasUsed: gas,
            cumulativeGasUsed: gasBefore + gas, logs: logs)
    }

    /// Calls whatever stands at `target`. An ordinary account takes any data and does nothing.
    mutating func call(from sender: Address, to target: Address, data: Bytes) -> CallResult {
        self.sender = sender
        logs.removeAll()
        overlay.begin()
        do throws(Revert) {
            return .returned(try Contracts.at(target)?.call(data, in: &self) ?? [])
        } catch {
            overlay.rollBack()
            logs.removeAll()
            return .reverted(for: error.reason)
        }
    }
}
