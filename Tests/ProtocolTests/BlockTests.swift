import Protocol
import Testing

@Suite struct BlockTests {
    /// Seals name a block by its header's hash; another body under it would be final too.
    @Test func `M21: a block whose header is about other transactions is not read`() throws {
        let key = try #require(PrivateKey(secret: Bytes(repeating: 5, count: 32)))
        let transactions = try (0..<2).map { nonce in
            try VerifiedTransaction(
                Transaction(chainID: 7, nonce: UInt64(nonce), to: nil, data: []).signed(by: key))
        }
        let header = BlockHeader(
            parentHash: .zero, number: 1, timestamp: .zero, proposer: .zero, stateRoot: .zero,
            transactionsRoot: Block.transactionsRoot(of: transactions), receiptsRoot: .zero,
            logsBloom: LogsBloom(), gasUsed: 0, nextValidatorsHash: .zero)
        let whole = Block(header: header, transactions: transactions)
        #expect(try Block(rlp: whole.rlp, scheme: Secp256k1()) == whole)
        for body in [[], [transactions[0]], Array(transactions.reversed())] {
            let altered = Block(header: header, transactions: body)
            #expect(altered.hash == whole.hash)
            #expect(throws: MalformedBytes.self) {
                try Block(rlp: altered.rlp, scheme: Secp256k1())
            }
        }
    }

    /// What is hashed often is written without the items of an RLP tree.
    @Test(arguments: [0, 1, 127, 128, 255, 256, 70_000, 1 << 40, .max] as [UInt64])
    func `headers and receipts are hashed as their RLP says`(number: UInt64) {
        let word = Keccak256.hash(number.bigEndianBytes)
        let header = BlockHeader(
            parentHash: word, number: number, timestamp: Timestamp(milliseconds: number),
            proposer: Address(reserved: UInt32(truncatingIfNeeded: number)), stateRoot: word,
            transactionsRoot: word, receiptsRoot: .zero, logsBloom: LogsBloom(), gasUsed: number,
            nextValidatorsHash: word)
        #expect(header.hash == Keccak256.hash(header.rlp.encoded))
        let logs = [
            EventLog(address: header.proposer, topics: [], data: []),
            EventLog(address: header.proposer, topics: [word, .zero], data: word.bytes + [1]),
            EventLog(address: .zero, topics: [word], data: [UInt8(truncatingIfNeeded: number)]),
        ]
        for (reason, count) in [(nil, 0), ("", 1), ("no", 2), ("refused", 3)] as [(String?, Int)] {
            let receipt = TransactionReceipt(
                transactionHash: word, revertReason: reason, gasUsed: number,
                cumulativeGasUsed: number, logs: Array(logs.prefix(count)))
            let items: [RLP] = [
                .hash(word), .flag(reason == nil), .text(reason ?? ""), .number(number),
                .number(number),
                .list(
                    logs.prefix(count).map { log in
                        let topics = RLP.list(log.topics.map(RLP.hash))
                        return .list([.address(log.address), topics, .bytes(log.data)])
                    }),
            ]
            #expect(
                Block.receiptsRoot(of: [receipt])
                    == MerkleList.root(of: [RLP.list(items).encoded]))
        }
    }

    @Test(arguments: [0, 1, 200, 70_000, .max] as [UInt64], [0, 7, .max] as [UInt32])
    func `votes are signed as their RLP says`(height: UInt64, round: UInt32) {
        let hash = Keccak256.hash([1])
        let domain = SigningDomain(chainID: height, genesisHash: hash)
        let items: [RLP] = [.number(height), .number(round), .hash(hash)]
        #expect(
            domain.proposalDigest(height: height, round: round, block: hash)
                == domain.digest(of: "proposal", items))
        #expect(
            domain.prepareDigest(height: height, round: round, block: hash)
                == domain.digest(of: "prepare", items))
        #expect(
            domain.commitDigest(height: height, round: round, block: hash)
                == domain.digest(of: "commit", items))
    }
}
