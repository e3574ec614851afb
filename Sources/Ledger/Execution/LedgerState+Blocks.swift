public import Protocol

extension LedgerState {
    /// Builds the next block, in order, of those `candidates` that can stand in it and fit.
    ///
    /// Where this program does not know the rules of the next height (``rules(at:)``) nobody else,
    /// nor this state itself, takes the block for valid.
    ///
    /// - Parameters:
    ///   - parent: the block that led to this state.
    ///   - timestamp: the block's time; the parent's, should that be later.
    public func build(
        on parent: Block, at timestamp: Timestamp, proposer: Address,
        candidates: [VerifiedTransaction]
    ) -> Execution {
        let context = BlockContext(
            number: parent.number + 1, timestamp: max(timestamp, parent.header.timestamp),
            proposer: proposer)
        var run = BlockExecutor(over: self, in: context)
        var room = BlockCapacity()
        var chosen: [VerifiedTransaction] = []
        var receipts: [TransactionReceipt] = []
        for candidate in candidates {
            guard case .ready? = try? candidate.admission(to: run.overlay),
                room.take(candidate) == nil
            else { continue }
            let gasBefore = receipts.last?.cumulativeGasUsed ?? 0
            receipts.append(run.run(candidate, gasBefore: gasBefore))
            chosen.append(candidate)
        }
        return Execution(
            of: run, on: self, parent: parent, transactions: chosen, receipts: receipts)
    }

    /// Executes `block` in full and compares everything that its header states.
    ///
    /// Throws, with what is wrong, unless the block is valid on `parent`, whose state this is. Who
    /// may propose when, and how far a time may lie ahead, is not looked at.
    public func execute(_ block: Block, on parent: Block) throws(BlockError) -> Execution {
        let header = block.header
        try checkLink(header, to: parent)
        do throws(UnknownRules) {
            _ = try rules(at: header.number)
        } catch {
            throw .unknownRules(error)
        }
        let context = BlockContext(
            number: header.number, timestamp: header.timestamp, proposer: header.proposer)
        var run = BlockExecutor(over: self, in: context)
        var room = BlockCapacity()
        var receipts: [TransactionReceipt] = []
        for (index, transaction) in block.transactions.enumerated() {
            try checkPlace(of: transaction, at: index, in: run.overlay)
            if let lacking = room.take(transaction) { throw .aboveLimit(lacking) }
            let gasBefore = receipts.last?.cumulativeGasUsed ?? 0
            receipts.append(run.run(transaction, gasBefore: gasBefore))
        }
        let result = Execution(
            of: run, on: self, parent: parent, transactions: block.transactions,
            receipts: receipts)
        try compare(header, with: result.block.header)
        return Execution(
            block: block, state: result.state, receipts: result.receipts, changes: result.changes)
    }

    /// What a call would come to in the block `context`; nothing changes.
    public func call(
        from sender: Address?, to target: Address, data: Bytes, context: BlockContext
    ) -> CallResult {
        var run = BlockExecutor(over: self, in: context)
        return run.call(from: sender ?? .zero, to: target, data: data)
    }
}

extension LedgerState {
    private func checkLink(_ header: BlockHeader, to parent: Block) throws(BlockError) {
        let expected = parent.hash
        guard header.parentHash == expected else {
            throw .wrongParent(stated: header.parentHash, expected: expected)
        }
        let (next, overflow) = parent.number.addingReportingOverflow(1)
        guard !overflow, header.number == next else {
            throw .wrongNumber(stated: header.number, parent: parent.number)
        }
        guard header.timestamp >= parent.header.timestamp else {
            throw .timeBeforeParent(stated: header.timestamp, parent: parent.header.timestamp)
        }
    }

    private func checkPlace(
        of transaction: VerifiedTransaction, at index: Int, in overlay: StateOverlay
    ) throws(BlockError) {
        let admission: Admission
        do throws(AdmissionError) {
            admission = try transaction.admission(to: overlay)
        } catch {
            throw .inadmissible(index: index, error)
        }
        guard admission == .ready else { throw .nonceGap(index: index) }
    }

    private func compare(
        _ stated: BlockHeader, with computed: BlockHeader
    ) throws(BlockError) {
        func check(
            _ field: String, _ value: (BlockHeader) -> some Equatable & CustomStringConvertible
        ) throws(BlockError) {
            guard value(stated) == value(computed) else {
                throw .wrongResult(
                    field: field, stated: value(stated).description,
                    computed: value(computed).description)
            }
        }
        try check("transactionsRoot", \.transactionsRoot)
        try check("gasUsed", \.gasUsed)
        try check("receiptsRoot", \.receiptsRoot)
        try check("logsBloom", \.logsBloom.bytes)
        try check("stateRoot", \.stateRoot)
        try check("nextValidatorsHash", \.nextValidatorsHash)
    }
}
