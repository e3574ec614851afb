import Consensus
import Ledger
import Protocol
import Testing

@testable import Replica

/// Who waits for the next block where the hour's blocks are spent.
@Suite struct `The chain's pace` {
    private var chain: LocalChain
    private static let trickler = TestCommunity.households[0]
    private static let other = TestCommunity.households[1]

    /// An hour with a block a second lies behind, and then a trickle of `trickler` alone.
    init() throws {
        var stored = try TestCommunity().first
        let begin = TestCommunity.start.milliseconds - 3_610_000
        func mark(_ number: Int, at time: UInt64, _ senders: [Address] = []) -> BlockMark {
            BlockMark(
                number: UInt64(number), time: Timestamp(milliseconds: begin + time), own: 800,
                transactions: senders.count * 180, senders: senders)
        }
        stored.recentBlocks =
            (1...3_600).map { mark($0 + 1, at: 1_000 * UInt64($0)) }
            + (1...400).map { mark($0 + 3_601, at: 3_600_000 + 20 * UInt64($0), [Self.trickler]) }
        chain = LocalChain(stored, pool: Mempool())
        chain.leastPause = 30
    }

    @Test mutating func `one who has caused many waits, and one who has caused few does not`()
        throws
    {
        #expect(!chain.hasWork && !chain.hasUrgentWork)
        #expect(chain.nextContext.pause == 1_000 && chain.nextContext.leastPause == 30)
        let first = try TestCommunity.transaction(of: Self.trickler, nonce: 0)
        _ = try chain.admit(first, isOwn: false, at: TestCommunity.start)
        #expect(chain.hasWork && !chain.hasUrgentWork)
        // What waits for its predecessor is no work.
        let early = try TestCommunity.transaction(of: Self.other, nonce: 1)
        _ = try chain.admit(early, isOwn: false, at: TestCommunity.start)
        #expect(!chain.hasUrgentWork)
        let step = try TestCommunity.transaction(of: Self.other, nonce: 0)
        _ = try chain.admit(step, isOwn: false, at: TestCommunity.start)
        #expect(chain.hasUrgentWork)
    }
}

/// How soon a chain's next block may be proposed, by what its last blocks have taken.
@Suite struct `The pause of a chain` {
    private var community: TestCommunity

    init() throws {
        community = try TestCommunity()
    }

    /// The chain as it is found in a store whose last blocks are these.
    private func chain(after recent: [BlockMark]) -> LocalChain {
        var stored = community.first
        stored.recentBlocks = recent
        return LocalChain(stored, pool: Mempool())
    }

    /// The last two blocks of many that have spent all there was.
    private let spent = [7_000, 7_001].map { number in
        BlockMark(
            number: number,
            time: Timestamp(milliseconds: TestCommunity.start.milliseconds - 10_000 + number),
            own: 800, transactions: 0)
    }

    @Test func `begins with what the store's last blocks have spent`() {
        #expect(chain(after: []).nextContext.pause == 0)
        #expect(chain(after: spent).nextContext.pause == 1_000)
    }

    @Test mutating func `goes on with each block that becomes final`() throws {
        var chain = chain(after: spent)
        // Its bytes are as good as those of some twenty blocks.
        let final = try community.grow([
            TestCommunity.transaction(nonce: 0, padding: 30_000)
        ])
        let execution = try chain.execution(of: final.block)
        _ = chain.append(
            execution, certificate: final.certificate, at: final.block.header.timestamp)
        #expect((900..<1_000).contains(chain.nextContext.pause))
    }

    @Test func `is no shorter than what this machine can keep up with`() {
        let cases: [(recent: [BlockMark], least: UInt64, pause: UInt64)] = [
            ([], 80, 80), (spent, 80, 1_000), (spent, 1_200, 1_200),
        ]
        for (recent, least, pause) in cases {
            var chain = chain(after: recent)
            chain.leastPause = least
            #expect(chain.nextContext.pause == pause)
            #expect(chain.nextContext.leastPause == least)
        }
    }

    @Test func `is told to a replica by its machine`() {
        var replica = TestedReplica(community).replica
        replica.leastPause = 300
        #expect(replica.leastPause == 300 && replica.chain.nextContext.leastPause == 300)
    }
}
