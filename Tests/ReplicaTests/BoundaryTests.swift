import Consensus
import Ledger
import Protocol
import TestKit
import Testing

@testable import Replica

/// Numbers at the edges of their types in every message between nodes, signed as they stand by
/// whoever may sign them: no replica traps, and none takes a block for final that is not.
@Suite struct `A replica bears every boundary` {
    private static let wide: [UInt64] = [
        0, 1, 2, 255, 1 << 31, 1 << 32, (1 << 32) - 1, 1 << 63, (1 << 63) - 1, .max - 1, .max,
    ]
    private static let narrow: [UInt32] = [0, 1, 2, 255, 1 << 31, (1 << 31) - 1, .max - 1, .max]

    private let community: TestCommunity
    private let genuine: FinalBlock
    private let validators = TestCommunity.validators

    init() throws {
        var community = try TestCommunity()
        try community.grow([try TestCommunity.transaction(nonce: 0)])
        var grown = community
        genuine = try grown.grow([try TestCommunity.transaction(nonce: 1)])
        self.community = community
    }

    private func key(_ number: Int) -> PlainKey { PlainKey(address: validators[number]) }

    /// Hands `messages` to a validator and to a household's node at block 1, each from a validator
    /// and from a member that is none, and lets their clocks go on; what they take as final.
    private func committed(
        after messages: [ReplicaMessage], _ kind: String? = nil, parameters: Int = 0
    ) throws -> [UInt64] {
        var committed: [UInt64] = []
        var count = BoundaryCount()
        (count.parameters, count.values) = (parameters, Self.wide.count)
        for number in [3, nil] {
            var node = TestedReplica(community, validator: number)
            node.connect(
                Array(validators[..<3]) + [TestCommunity.households[0]],
                at: community.announcement(0))
            node.receive(.finalBlock(community.finals[0]), from: validators[0])
            for message in messages {
                for peer in [validators[1], TestCommunity.households[0]] {
                    let effects = node.receive(message, from: peer)
                    committed += effects.committed
                    count.tried += 1
                    for case .misbehaviour(_, let reason) in effects.observations {
                        count.refuse("\(message.priority)", reason)
                    }
                }
            }
            for timer in [
                ReplicaTimer.catchUp, .gossip, .rebroadcast, .sweep, .repetition,
                .transactionsTimeout, .earlySubmission,
            ] {
                node.wait(2_000)
                committed += node.handle(.timer(timer)).committed
            }
        }
        #expect(count.unexplained == [])
        if let kind { count.report(kind) }
        return committed
    }

    @Test func `in requests and announcements`() throws {
        var messages: [ReplicaMessage] = []
        for number in Self.wide {
            messages.append(.head(TestCommunity.boast(number)))
            messages.append(.proposalRequest(height: number, hash: .zero))
            messages += Self.wide.map { .blocksRequest(from: number, count: $0) }
            messages.append(.transactionsRequest(number: number, hashes: [.zero]))
            messages.append(.transactionsAnswer(number: number, transactions: []))
            messages.append(.transactionsAnnounced([.zero, .zero]))
            messages += Self.narrow.map {
                .consensusStatus(ConsensusStatus(height: number, round: $0, hasProposal: true))
            }
            let digest = community.domain.commitDigest(height: number, round: .max, block: .zero)
            let certificate = Certificate(
                round: .max, seals: (0..<3).map { key($0).sign(digest) })
            messages.append(
                .head(
                    CertifiedHead(
                        head: ChainHead(height: number, hash: .zero), certificate: certificate)))
        }
        #expect(
            try committed(after: messages, "requests and announcements, sealed", parameters: 7)
                == [])
    }

    @Test func `in votes`() throws {
        let (domain, hash) = (community.domain, genuine.block.hash)
        var messages: [ReplicaMessage] = []
        for height in Self.wide {
            for round in Self.narrow {
                let prepared = domain.prepareDigest(height: height, round: round, block: hash)
                let sealed = domain.commitDigest(height: height, round: round, block: hash)
                let claims = [nil] + Self.narrow.map { PreparedClaim(round: $0, digest: hash) }
                for author in 0..<2 {
                    let prepare = Prepare(
                        height: height, round: round, digest: hash,
                        signature: key(author).sign(prepared))
                    messages.append(.consensus(.prepare(prepare)))
                    messages.append(
                        .consensus(
                            .commit(
                                Commit(
                                    height: height, round: round, digest: hash,
                                    seal: key(author).sign(sealed)))))
                    for claim in claims {
                        let vote = RoundChangeVote(
                            height: height, round: round, prepared: claim,
                            signature: key(author).sign(
                                domain.roundChangeDigest(
                                    height: height, round: round, prepared: claim)))
                        messages.append(
                            .consensus(
                                .roundChange(
                                    RoundChange(
                                        vote: vote, block: claim.map { _ in genuine.block },
                                        prepares: claim.map { _ in [prepare] } ?? []))))
                    }
                }
            }
        }
        #expect(try committed(after: messages, "signed votes", parameters: 7) == [])
    }

    /// The block at each edge of each number in its header.
    private var blocks: [Block] {
        let changes: [(inout BlockHeader, UInt64) -> Void] = [
            { $0.number = $1 }, { $0.timestamp = Timestamp(milliseconds: $1) },
            { $0.gasUsed = $1 },
        ]
        return changes.flatMap { change in
            Self.wide.map { edge in
                var header = genuine.block.header
                change(&header, edge)
                return Block(header: header, transactions: genuine.block.transactions)
            }
        }.filter { $0.hash != genuine.block.hash }
    }

    @Test func `in blocks`() throws {
        var messages: [ReplicaMessage] = []
        for block in blocks {
            messages.append(.proposalBlock(block))
            messages.append(.finalBlock(community.sealed(block, by: [0, 1])))
            messages.append(.blocks([community.sealed(block, by: [0, 1], round: .max)]))
            // Sealed by a quorum of liars, it ends this replica's work, and not its process.
            #expect(try committed(after: [.finalBlock(community.sealed(block))]) == [])
            for round in Self.narrow {
                let signed = community.domain.proposalDigest(
                    height: block.number, round: round, block: block.hash)
                let votes = (0..<3).map { author in
                    RoundChangeVote(
                        height: block.number, round: round, prepared: nil,
                        signature: key(author).sign(
                            community.domain.roundChangeDigest(
                                height: block.number, round: round, prepared: nil)))
                }
                messages += (0..<4).map { author in
                    .consensus(
                        .proposal(
                            Proposal(
                                round: round, block: block, signature: key(author).sign(signed),
                                roundChanges: round == 0 ? [] : votes)))
                }
            }
        }
        #expect(try committed(after: messages, "signed blocks", parameters: 4) == [])
    }

    @Test func `in transactions`() throws {
        let household = TestCommunity.households[0]
        let changes: [(inout Transaction, UInt64) -> Void] = [
            { $0.nonce = $1 }, { $0.gasLimit = $1 }, { $0.chainID = $1 },
            { $0.maxFeePerGas = UInt256($1) }, { $0.value = UInt256($1) },
        ]
        var transactions: [VerifiedTransaction] = []
        for change in changes {
            for edge in Self.wide {
                var transaction = Transaction(
                    chainID: 99, nonce: 1, gasLimit: 10_000_000, to: NativeContract.market,
                    data: MarketCall.addOffer(energy: 100, price: 1))
                change(&transaction, edge)
                let signed = transaction.signed(by: PlainKey(address: household))
                transactions.append(try VerifiedTransaction(signed, scheme: PlainScheme()))
            }
        }
        #expect(try committed(after: transactions.map { .transactions([$0]) }) == [])
        var node = TestedReplica(community, validator: 3)
        var count = BoundaryCount()
        (count.parameters, count.values) = (changes.count, Self.wide.count)
        for transaction in transactions {
            count.tried += 1
            guard let refusal = node.submit(transaction) else { continue }
            count.refuse("\(transaction.hash)", refusal.description)
        }
        #expect(count.refused > transactions.count / 2)
        #expect(count.unexplained == [])
        count.report("signed transactions")
    }
}
