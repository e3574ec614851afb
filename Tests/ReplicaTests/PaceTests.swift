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
