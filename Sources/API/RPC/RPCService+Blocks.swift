internal import Protocol
internal import Storage

extension RPCService {
    /// Answers the methods about blocks, transactions and receipts; nil if `method` is none.
    func callAboutBlocks(
        _ method: String, _ parameters: RPCParameters, _ caller: Caller
    ) async throws -> JSON? {
        switch method {
        case "eth_getBlockByNumber", "eth_getBlockByHash":
            guard let block = try await block(parameters, method) else { return .null }
            guard parameters.flag(1) else { return RPCFormat.block(block, transactions: nil) }
            try require(UInt64(block.transactionHashes.count), of: caller)
            let whole = try await store.transactions(inBlock: block.header.number)
            return RPCFormat.block(block, transactions: whole)
        case "eth_getBlockTransactionCountByNumber", "eth_getBlockTransactionCountByHash":
            guard let block = try await block(parameters, method) else { return .null }
            return RPCFormat.quantity(block.transactionHashes.count)
        case "eth_getUncleCountByBlockNumber", "eth_getUncleCountByBlockHash":
            return try await block(parameters, method) == nil ? .null : "0x0"
        case "eth_getTransactionByBlockNumberAndIndex", "eth_getTransactionByBlockHashAndIndex":
            let index = try parameters.quantity(1)
            guard let block = try await block(parameters, method) else { return .null }
            return try await store.transaction(block: block.header.number, index: index)
                .map(RPCFormat.transaction) ?? .null
        case "eth_getBlockReceipts":
            guard let block = try await block(parameters, method) else { return .null }
            try require(UInt64(block.transactionHashes.count), of: caller)
            let receipts = try await store.receipts(inBlock: block.header.number)
            return .array(receipts.map(RPCFormat.receipt))
        case "eth_getTransactionByHash": return try await transaction(parameters.hash(0))
        case "eth_getTransactionReceipt":
            return try await store.receipt(hash: parameters.hash(0)).map(RPCFormat.receipt) ?? .null
        default: return nil
        }
    }

    private func transaction(_ hash: Hash32) async throws -> JSON {
        if let final = try await store.transaction(hash: hash) {
            return RPCFormat.transaction(final)
        }
        let pool = snapshot.pool
        if let pending = pool.transaction(hash) { return RPCFormat.transaction(pending: pending) }
        return pool.droppedTransaction(hash).map(RPCFormat.transaction(dropped:)) ?? .null
    }

    /// The block that the first parameter names, or nil if there is none.
    private func block(
        _ parameters: RPCParameters, _ method: String
    ) async throws -> StoredBlock? {
        if method.contains("ByHash") || method.contains("BlockHash") {
            return try await store.block(hash: parameters.hash(0))
        }
        return try await block(BlockReference(parameters.required(0)))
    }

    /// The block that `reference` names, or nil if there is none.
    func block(_ reference: BlockReference) async throws -> StoredBlock? {
        switch reference {
        case .latest: try await store.block(hash: snapshot.hash)
        case .number(let number): try await store.block(number: number)
        case .hash(let hash): try await store.block(hash: hash)
        }
    }
}
