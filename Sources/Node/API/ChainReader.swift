import API
import Protocol
import Storage

/// What the API reads: the store for what was, the latest state for what is.
struct ChainReader: ChainReading {
    let store: ChainStore
    let latest: LatestState

    var genesisHash: Hash32 { store.genesisHash }

    func head() -> ChainView {
        let current = latest.current
        return ChainView(
            header: current.head.block.header, hash: current.head.block.hash,
            state: current.state)
    }

    func block(number: UInt64) async throws -> BlockRecord? {
        try await store.block(number: number).map(BlockRecord.init)
    }

    func block(hash: Hash32) async throws -> BlockRecord? {
        try await store.block(hash: hash).map(BlockRecord.init)
    }

    func blocks(below: UInt64, limit: Int) async throws -> [BlockRecord] {
        try await store.blocks(below: below, limit: limit).map(BlockRecord.init)
    }

    func transaction(hash: Hash32) async throws -> TransactionRecord? {
        try await store.transaction(hash: hash).map(TransactionRecord.init)
    }

    func transaction(block: UInt64, index: UInt64) async throws -> TransactionRecord? {
        try await store.transaction(block: block, index: index).map(TransactionRecord.init)
    }

    func transactions(inBlock block: UInt64) async throws -> [TransactionRecord] {
        try await store.transactions(inBlock: block).map(TransactionRecord.init)
    }

    func receipt(hash: Hash32) async throws -> ReceiptRecord? {
        try await store.receipt(hash: hash).map(ReceiptRecord.init)
    }

    func receipts(inBlock block: UInt64) async throws -> [ReceiptRecord] {
        try await store.receipts(inBlock: block).map(ReceiptRecord.init)
    }

    func logs(_ query: LogQuery) async throws -> LogAnswer {
        let filter = LogFilter(
            blocks: query.blocks, addresses: query.addresses, topics: query.topics)
        return LogAnswer(try await store.logs(matching: filter))
    }

    func transactions(
        from sender: Address, before position: LedgerPosition?, limit: Int
    ) async throws -> [TransactionRecord] {
        try await store.transactions(
            from: sender, before: position.map { ($0.block, $0.index) }, limit: limit
        ).map(TransactionRecord.init)
    }

    func transfers(
        of account: Address, before position: LedgerPosition?, limit: Int
    ) async throws -> [TransferRecord] {
        try await store.transfers(
            of: account, before: position.map { ($0.block, $0.index) }, limit: limit
        ).map(TransferRecord.init)
    }

    func trade(_ id: OfferID) async throws -> TradeRecord? {
        try await store.trade(id).map(TradeRecord.init)
    }

    func trades(_ query: TradeQuery, below: OfferID?, limit: Int) async throws -> [TradeRecord] {
        let filter = TradeFilter(
            state: query.state, seller: query.seller, buyer: query.buyer, party: query.party)
        return try await store.trades(filter, below: below, limit: limit).map(TradeRecord.init)
    }

    func marketFigures() async throws -> MarketRecord {
        let figures = try await store.marketFigures()
        return MarketRecord(
            countByState: figures.countByState, settledEnergy: figures.settledEnergy)
    }

    func balanceTotal() async throws -> TokenAmount { try await store.balanceTotal() }
}
