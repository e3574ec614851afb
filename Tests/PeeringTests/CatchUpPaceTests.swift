import Protocol
import TestKit
import Testing

@testable import Peering

/// A newcomer that gets the whole chain from one peer, over real links.
@Suite struct `Who catches up from one peer` {
    private let community = Community()

    /// A final block with so many transactions, whose senders take their time to recover.
    private static func finalBlock(_ number: UInt64, transactions count: UInt64) throws
        -> FinalBlock
    {
        let key = try #require(PrivateKey(secret: Bytes(repeating: 9, count: 32)))
        let transactions = try (0..<count).map { nonce in
            try VerifiedTransaction(
                Transaction(chainID: 7, nonce: nonce, to: NativeContract.market, data: [])
                    .signed(by: key))
        }
        let header = BlockHeader(
            parentHash: .zero, number: number, timestamp: Timestamp(milliseconds: 1),
            proposer: .zero, stateRoot: .zero,
            transactionsRoot: Block.transactionsRoot(of: transactions), receiptsRoot: .zero,
            logsBloom: LogsBloom(), gasUsed: 0, nextValidatorsHash: .zero)
        return FinalBlock(
            block: Block(header: header, transactions: transactions),
            certificate: Certificate(round: 0, seals: []))
    }

    /// How long it takes to read one such block.
    private static func reading(_ block: FinalBlock) throws -> Duration {
        let message = WireMessage.replica(.blocks([block])).encoded
        return try ContinuousClock().measure {
            _ = try WireMessage(decoding: message, scheme: Secp256k1(), isFinal: { _, _ in true })
        }
    }

    private static let rounds = 3
    private static let answersAtOnce = 4

    /// How long the newcomer with `number` takes to get `block` in some rounds of several answers, which
    /// wait for its loop until all of a round are there, and then a block that it did not ask for. `share`
    /// is what it lets its peer have.
    private func pace(
        _ number: UInt32, from giver: TestNode, _ block: FinalBlock, share: PeerShare
    ) async throws -> Duration {
        let newcomer = try await TestNode.start(
            number: number, in: community, listens: false, seeds: [giver.endpoint], share: share)
        community.add(newcomer)
        community.set(.consumer, of: newcomer.account)
        newcomer.recorder.keepsWaiting()
        let running = Task { await newcomer.network.run() }
        defer { running.cancel() }
        #expect(await newcomer.recorder.wait { $0.linked == [giver.account] })
        #expect(await giver.recorder.wait { $0.linked.contains(newcomer.account) })
        let start = ContinuousClock.now
        for round in 1...Self.rounds {
            for _ in 0..<Self.answersAtOnce {
                let question = ReplicaMessage.blocksRequest(from: 1, count: 1)
                await newcomer.network.send(.replica(question), to: [giver.account])
                _ = await giver.network.answer(.blocks([block]), to: newcomer.account)
            }
            let count = round * Self.answersAtOnce
            #expect(await newcomer.recorder.wait { $0.messages.count == count })
            newcomer.recorder.dealWithWaiting()
        }
        await giver.network.send(.replica(.finalBlock(block)), to: [newcomer.account])
        let count = Self.rounds * Self.answersAtOnce + 1
        #expect(await newcomer.recorder.wait { $0.messages.count == count })
        let time = start.duration(to: .now)
        await newcomer.network.stop()
        return time
    }

    /// Reading all of it takes some times what a peer may be ahead of its share. Were it counted, or
    /// waited for, the newcomer would follow at a twentieth of a core (a fifth in a debug build), and be
    /// the longer behind, the older the chain. The bound is a ratio: both are measured on the same
    /// machine, one after the other.
    @Test func `reads it at full speed, and not at its peer's share of a core`() async throws {
        let giver = try await TestNode.start(number: 1, in: community)
        community.add(giver)
        community.set(.consumer, of: giver.account)
        let usual = PeerShare.usual(of: .consumer)
        // So many that one block is most of what may be owed, on this machine.
        let probe = try Self.reading(Self.finalBlock(1, transactions: 100))
        let transactions = min(max(100 * (usual.burst * 4 / 5 / probe), 100), 7_000)
        let block = try Self.finalBlock(1, transactions: UInt64(transactions))
        var free = usual
        (free.percent, free.burst) = (100, .seconds(3_600))
        let unhindered = try await pace(2, from: giver, block, share: free)
        let shared = try await pace(3, from: giver, block, share: usual)
        #expect(unhindered > usual.burst * 2)
        #expect(shared < unhindered * 2, "with a share \(shared), without one \(unhindered)")
        await giver.network.stop()
    }
}
