import Protocol
import TestKit
import Testing

/// Messages of every kind that has a list in it: as long as they may be, and one longer.
@Suite struct `The longest message of each kind` {
    private static let key = PlainKey(address: Address(reserved: 1))
    private static let seals = Array(repeating: key.sign(.zero), count: Limits.validators + 1)

    private static func hashes(_ count: Int) -> [Hash32] {
        (0..<count).map { Keccak256.hash(UInt32($0).bigEndianBytes) }
    }

    private static func transactions(_ count: Int) throws -> [VerifiedTransaction] {
        try (0..<count).map { nonce in
            try VerifiedTransaction(
                Transaction(chainID: 7, nonce: UInt64(nonce), to: NativeContract.market, data: [])
                    .signed(by: key), scheme: PlainScheme())
        }
    }

    private static func block(_ transactions: [VerifiedTransaction]) -> Block {
        Block(
            header: BlockHeader(
                parentHash: .zero, number: 1, timestamp: Timestamp(milliseconds: 1),
                proposer: .zero, stateRoot: .zero,
                transactionsRoot: Block.transactionsRoot(of: transactions), receiptsRoot: .zero,
                logsBloom: LogsBloom(), gasUsed: 0, nextValidatorsHash: .zero),
            transactions: transactions)
    }

    private static func final(seals count: Int = 1) -> FinalBlock {
        FinalBlock(
            block: block([]),
            certificate: Certificate(round: .max, seals: Array(seals.prefix(count))))
    }

    /// A message with `more` items than it may have in the list that is meant.
    private static func messages(more: Int) throws -> [WireMessage] {
        let many = try transactions(Limits.blockTransactions + more)
        let some = Array(many.prefix(Limits.gossipTransactions + more))
        let validators = Limits.validators + more
        let votes = Array(
            repeating: RoundChangeVote(
                height: .max, round: .max,
                prepared: PreparedClaim(round: .max, digest: .zero), signature: seals[0]),
            count: validators)
        let prepares = Array(
            repeating: Prepare(height: .max, round: .max, digest: .zero, signature: seals[0]),
            count: validators)
        func proposal(
            _ votes: [RoundChangeVote], _ prepares: [Prepare] = []
        ) -> ReplicaMessage {
            .consensus(
                .proposal(
                    Proposal(
                        round: .max, block: block([]), signature: seals[0],
                        roundChanges: votes, prepares: prepares)))
        }
        let messages: [ReplicaMessage] = [
            .head(
                CertifiedHead(
                    head: ChainHead(height: .max, hash: .zero),
                    certificate: final(seals: validators).certificate)),
            .finalBlock(final(seals: validators)),
            .transactions(some), .transactionsAnswer(number: .max, transactions: some),
            .transactionsAnnounced(hashes(Limits.announcedTransactions + more)),
            .transactionsRequest(
                number: .max, hashes: hashes(Limits.requestedTransactions + more)),
            .blocks(Array(repeating: final(), count: Int(Limits.syncBlocks) + more)),
            .proposalBlock(block(many)), proposal(votes), proposal([], prepares),
            .consensus(
                .roundChange(RoundChange(vote: votes[0], block: nil, prepares: prepares))),
        ]
        let peers = (0..<(Limits.peerAddresses + more)).map { _ in
            PeerEndpoint(
                certificateHash: .zero, endpoint: String(repeating: "a", count: Limits.textBytes))
        }
        return messages.map(WireMessage.replica) + [.link(.peers(peers))]
    }

    @Test func `is read, and fits a frame of its kind; with one item more it is not`() throws {
        var kinds: Set<WireMessage.Kind> = []
        for message in try Self.messages(more: 0) {
            let bytes = message.encoded
            #expect(bytes.count <= message.kind.mostBytes, "\(message.kind)")
            #expect(try WireMessage(decoding: bytes, scheme: PlainScheme()) == message)
            kinds.insert(message.kind)
        }
        for message in try Self.messages(more: -1) {
            #expect(try WireMessage(decoding: message.encoded, scheme: PlainScheme()) == message)
        }
        for message in try Self.messages(more: 1) {
            #expect(throws: MalformedBytes.self, "\(message.kind)") {
                try WireMessage(decoding: message.encoded, scheme: PlainScheme())
            }
        }
        let withoutLists: Set<WireMessage.Kind> = [
            .hello, .consensusStatus, .blocksRequest, .proposalRequest, .meter,
        ]
        #expect(kinds.union(withoutLists) == Set(WireMessage.Kind.allCases))
    }

    @Test func `of answers with blocks fits a frame, whatever the blocks hold`() {
        // Blocks of a quorum of a hundred's seals, as many as one answer carries.
        let blocks = Array(
            repeating: Self.final(seals: Limits.validators), count: Int(Limits.syncBlocks))
        let empty = WireMessage.replica(.blocks(blocks)).encoded.count
        #expect(empty + Limits.syncBytes <= WireMessage.Kind.blocks.mostBytes)
    }
}
