import Protocol
import Testing

@Suite struct BlockTests {
    /// Seals name a block by its header's hash; another body under it would be final too.
    @Test func `a block whose header is about other transactions is not read`() throws {
        let key = try #require(PrivateKey(secret: Bytes(repeating: 5, count: 32)))
        let transactions = try (0..<2).map { nonce in
            try VerifiedTransaction(
                Transaction(chainID: 7, nonce: UInt64(nonce), to: nil, data: []).signed(by: key))
        }
        let header = BlockHeader(
            parentHash: .zero, number: 1, timestamp: .zero, proposer: .zero, stateRoot: .zero,
            transactionsRoot: Block.transactionsRoot(of: transactions), receiptsRoot: .zero,
            logsBloom: LogsBloom(), gasUsed: 0, nextAuthoritiesHash: .zero)
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
}
