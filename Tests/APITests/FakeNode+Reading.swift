import API
import Ledger
import Protocol

extension FakeNode: ChainReading {
    private var blocks: [BlockCommitted] { contents.withLock { $0.blocks } }

    func head() -> ChainView {
        ChainView(header: last.block.header, hash: last.block.hash, state: last.state)
    }

    private func record(_ committed: BlockCommitted) -> BlockRecord {
        let block = committed.block
        return BlockRecord(
            header: block.header, hash: block.hash, certificate: Certificate(round: 0, seals: []),
            transactionHashes: block.transactions.map(\.hash),
            byteCount: block.rlp.encoded.count)
    }

    func block(number: UInt64) async throws -> BlockRecord? {
        blocks.first { $0.block.number == number }.map(record)
    }

    func block(hash: Hash32) async throws -> BlockRecord? {
        blocks.first { $0.block.hash == hash }.map(record)
    }

    func blocks(below: UInt64, limit: Int) async throws -> [BlockRecord] {
        blocks.reversed().filter { $0.block.number < below }.prefix(limit).map(record)
    }

    private func receipts(of committed: BlockCommitted) -> [ReceiptRecord] {
        let block = committed.block
        var firstLog = 0
        return zip(block.transactions, committed.receipts).enumerated().map { index, pair in
            let (transaction, receipt) = pair
            defer { firstLog += receipt.logs.count }
            return ReceiptRecord(
                transaction: TransactionRecord(
                    hash: transaction.hash, sender: transaction.sender,
                    signed: SignedTransaction(
                        transaction: transaction.transaction, signature: transaction.signature),
                    blockNumber: block.number, blockHash: block.hash,
                    blockTime: block.header.timestamp, index: index, function: nil,
                    succeeded: receipt.succeeded, revertReason: receipt.revertReason,
                    gasUsed: receipt.gasUsed, cumulativeGasUsed: receipt.cumulativeGasUsed,
                    firstLogIndex: firstLog),
                logs: receipt.logs)
        }
    }

    private var allReceipts: [ReceiptRecord] { blocks.flatMap(receipts) }

    func transaction(hash: Hash32) async throws -> TransactionRecord? {
        allReceipts.first { $0.transaction.hash == hash }?.transaction
    }

    func transaction(block: UInt64, index: UInt64) async throws -> TransactionRecord? {
        try await transactions(inBlock: block).first { $0.index == index }
    }

    func transactions(inBlock block: UInt64) async throws -> [TransactionRecord] {
        try await receipts(inBlock: block).map(\.transaction)
    }

    func receipt(hash: Hash32) async throws -> ReceiptRecord? {
        allReceipts.first { $0.transaction.hash == hash }
    }

    func receipts(inBlock block: UInt64) async throws -> [ReceiptRecord] {
        blocks.first { $0.block.number == block }.map(receipts) ?? []
    }

    func logs(_ query: LogQuery) async throws -> LogAnswer {
        guard query.blocks.upperBound - query.blocks.lowerBound < LogQuery.maximumBlocks else {
            return .tooManyBlocks
        }
        let found = allReceipts.flatMap { receipt in
            receipt.logs.enumerated().map { offset, log in
                let transaction = receipt.transaction
                return LogRecord(
                    log: log, event: nil, blockNumber: transaction.blockNumber,
                    blockHash: transaction.blockHash, blockTime: transaction.blockTime,
                    transactionHash: transaction.hash, transactionIndex: transaction.index,
                    logIndex: transaction.firstLogIndex + offset)
            }
        }
        return .found(
            found.filter { query.blocks.contains($0.blockNumber) && query.matches($0.log) })
    }

    func transactions(
        from sender: Address, before position: LedgerPosition?, limit: Int
    ) async throws -> [TransactionRecord] {
        Array(
            allReceipts.map(\.transaction).reversed().filter { record in
                guard record.sender == sender else { return false }
                guard let position else { return true }
                return (record.blockNumber, UInt64(record.index))
                    < (position.block, position.index)
            }.prefix(limit))
    }

    func transfers(
        of account: Address, before position: LedgerPosition?, limit: Int
    ) async throws -> [TransferRecord] { [] }

    func trade(_ id: OfferID) async throws -> TradeRecord? {
        guard let trade = last.state.trade(id) else { return nil }
        let step = StepRecord(
            name: "OfferAdded", blockNumber: trade.offered.block,
            time: Timestamp(milliseconds: 1_780_000_001_000), marketTime: trade.offered.time,
            transactionHash: .zero)
        return TradeRecord(
            id: id, state: trade.status.name, seller: trade.offer.seller, buyer: trade.buyer,
            energy: trade.offer.energy, price: trade.offer.price,
            offeredAt: trade.offer.timeOffered, expiresAt: trade.offer.expires,
            delivered: trade.deliveredEnergy, sellerAmount: trade.sellerAmount, fee: trade.fee,
            returned: trade.returned, steps: [step])
    }

    func trades(
        _ query: TradeQuery, below: OfferID?, limit: Int
    ) async throws -> [TradeRecord] {
        var found: [TradeRecord] = []
        let end = last.state.nextOfferID?.value ?? 1
        for number in (1..<min(end, below?.value ?? .max)).reversed() {
            guard let trade = try await trade(OfferID(number)), found.count < limit,
                query.state == nil || trade.state == query.state,
                query.seller == nil || trade.seller == query.seller
            else { continue }
            found.append(trade)
        }
        return found
    }

    func marketFigures() async throws -> MarketRecord {
        MarketRecord(countByState: ["open": 2, "settled": 1], settledEnergy: WattHours(500))
    }
}
