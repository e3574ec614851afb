import Protocol
import Testing

@testable import Consensus

/// What a pace is never more generous than, however long a chain has been quiet.
struct BlockPaceBoundsTests {
    private static func member(_ number: UInt32) -> Address { Address(reserved: 0x1000 + number) }

    /// A block of four validators with a small transaction of each of `senders`.
    private static func mark(at time: UInt64, _ senders: [Address] = []) -> BlockMark {
        BlockMark(
            number: 10_000, time: Timestamp(milliseconds: time), own: 800,
            transactions: max(senders.count, 1) * 171, senders: senders)
    }

    /// A pace that nobody has anything left of, after so many blocks a second apart.
    private static func spent(after count: UInt64) -> BlockPace {
        var pace = BlockPace(after: (1...UInt64(3_600)).map { mark(at: 1_000 * $0) })
        for second in 3_601..<(count + 1) { pace.note(mark(at: 1_000 * second)) }
        return pace
    }

    /// How many blocks of `senders` may come two milliseconds apart while one of them is favoured.
    private static func favours(
        _ senders: [Address], _ pace: inout BlockPace, after start: UInt64
    ) -> Int {
        var count = 0
        while count < 2_000, senders.contains(where: pace.isFavoured) {
            count += 1
            pace.note(mark(at: start + 2 * UInt64(count), senders))
        }
        return count
    }

    @Test func `ten hours of quiet give no more blocks than one`() {
        func trickle(after hours: UInt64) -> Int {
            var pace = BlockPace(quietSince: .zero)
            let start = hours * 3_600_000
            if hours > 0 { pace.note(Self.mark(at: start)) }
            var count: UInt64 = 0
            while count < 20_000, pace.pause == 0 {
                count += 1
                pace.note(Self.mark(at: start + 10 * count))
            }
            return Int(count)
        }
        #expect(trickle(after: 0) > 1_800)
        #expect(abs(trickle(after: 10) - trickle(after: 0)) < 5)
    }

    @Test func `the reserve of two hours is no larger than that of one`() {
        for seconds in [3_600, 7_200, 14_400] as [UInt64] {
            var pace = Self.spent(after: seconds)
            #expect(pace.pause == 1_000)
            let count = Self.favours([Self.member(0)], &pace, after: seconds * 1_000)
            #expect((200...201).contains(count))
        }
    }

    @Test func `all whose transactions a block holds have caused it`() {
        let both = [Self.member(0), Self.member(1)]
        var pace = Self.spent(after: 3_600)
        #expect(Self.favours(both, &pace, after: 3_600_000) == 200)
        #expect(both.allSatisfy { !pace.isFavoured($0) } && pace.isFavoured(Self.member(2)))
    }

    @Test func `what is urgent waits no longer than the rest`() {
        var chain = ToyChain(validators: ValidatorSet([Self.member(0)]))
        for (pause, least, expected) in [(100, 200, 100), (200, 100, 100)]
            as [(UInt64, UInt64, UInt64)]
        {
            (chain.pause, chain.leastPause) = (pause, least)
            #expect(chain.context.pause == pause && chain.context.leastPause == expected)
        }
    }
}
