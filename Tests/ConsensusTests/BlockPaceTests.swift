import Protocol
import Testing

@testable import Consensus

/// Blocks' own bytes against their transactions', over hours of simulated time.
struct BlockPaceTests {
    /// Bytes of a header and a certificate of four, and of a small transaction.
    private static let (own, transaction) = (800, 171)

    /// What became of transactions that came in a row.
    private struct Course {
        var pace: BlockPace
        var time: UInt64
        var marks: [BlockMark] = []
        var longestWait: UInt64 = 0
    }

    /// After `course`, a transaction comes every `interval` milliseconds for `seconds`; a block takes
    /// all that wait as soon as it may be proposed.
    private static func run(
        interval: UInt64, seconds: UInt64,
        after course: Course = Course(pace: BlockPace(quietSince: .zero), time: 0)
    ) -> Course {
        var course = course
        course.marks = []
        course.longestWait = 0
        let end = course.time + seconds * 1_000
        var arrival = course.time + interval
        while arrival <= end {
            let time = max(arrival, course.time + course.pace.pause)
            course.longestWait = max(course.longestWait, time - arrival)
            let taken = (time - arrival) / interval + 1
            arrival += taken * interval
            let mark = BlockMark(
                number: UInt64(course.marks.count) + 1, time: Timestamp(milliseconds: time),
                own: own, transactions: Int(taken) * transaction)
            course.pace.note(mark)
            course.marks.append(mark)
            course.time = time
        }
        return course
    }

    @Test(arguments: [50, 200, 500, 1_000, 10_000])
    func `over hours blocks take less than half of transactions' bytes, or come once a second`(
        interval: UInt64
    ) {
        let warm = Self.run(interval: interval, seconds: 4 * 3_600)
        let hour = Self.run(interval: interval, seconds: 3_600, after: warm)
        let bytes = Int(3_600_000 / interval) * Self.transaction
        let allowed = max(3_600, bytes / 2 / Self.own)
        #expect(hour.marks.count <= allowed + allowed / 100, "\(hour.marks.count) of \(allowed)")
    }

    @Test func `whoever comes alone waits for nobody, also after hours of trickle`() {
        let busy = Self.run(interval: 100, seconds: 2 * 3_600)
        #expect(busy.longestWait > 500 && busy.longestWait <= 1_000)
        #expect(Self.run(interval: 2_000, seconds: 600, after: busy).longestWait == 0)
    }

    @Test func `after quiet there is no pause for a good while of trickle`() {
        #expect(Self.run(interval: 50, seconds: 90).longestWait == 0)
        #expect(Self.run(interval: 1_000, seconds: 10 * 3_600).longestWait == 0)
    }

    @Test func `who has much to say is never held back`() {
        var pace = BlockPace(quietSince: .zero)
        for number in 1...100_000 {
            // 200 transactions a block are 34 kB against 800 bytes.
            pace.note(
                BlockMark(
                    number: UInt64(number), time: Timestamp(milliseconds: UInt64(number) * 50),
                    own: Self.own, transactions: 200 * Self.transaction))
        }
        #expect(pace.pause == 0)
    }

    @Test func `an hour of quiet gives it all back`() {
        let busy = Self.run(interval: 100, seconds: 2 * 3_600)
        #expect(busy.pace.pause > 500)
        var rested = busy.pace
        rested.note(
            BlockMark(
                number: 1, time: Timestamp(milliseconds: busy.time + 3_600_000), own: 0,
                transactions: 0))
        #expect(rested.pause == 0)
        rested.note(BlockMark(number: 2, time: .zero, own: 0, transactions: 0))
        #expect(rested.pause == 0)
    }

    @Test func `a validator that is started keeps nearly the pace of those that ran on`() {
        func started(after marks: [BlockMark]) -> BlockPace {
            BlockPace(after: Array(marks.suffix(BlockPace.remembered)))
        }
        let first = BlockMark(number: 0, time: .zero, own: 1, transactions: 0)
        #expect(BlockPace(after: []).pause == 0)
        #expect(BlockPace(after: [first]).pause == 0)
        let young = Self.run(interval: 50, seconds: 60)
        #expect(BlockPace(after: [first] + young.marks) == young.pace)
        let busy = Self.run(interval: 100, seconds: 2 * 3_600)
        let again = started(after: busy.marks)
        #expect(again.pause <= 1_000 && again.pause + 100 >= busy.pace.pause)
        let calm = Self.run(interval: 3_000, seconds: 4 * 3_600)
        #expect(started(after: calm.marks).pause == 0)
    }
}
