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

    /// Ten transactions of a community pay for their block, and so does one long one now and then.
    @Test(arguments: [[1_710], [171, 171, 171, 32_768]])
    func `a validator that is started does not slow a chain whose transactions pay for it`(
        _ sizes: [Int]
    ) {
        var pace = BlockPace(quietSince: .zero)
        var marks: [BlockMark] = []
        for number in 1...40_000 {
            let mark = BlockMark(
                number: UInt64(number), time: Timestamp(milliseconds: UInt64(number) * 200),
                own: Self.own, transactions: sizes[number % sizes.count])
            pace.note(mark)
            marks.append(mark)
        }
        #expect(pace.pause == 0)
        #expect(BlockPace(after: Array(marks.suffix(BlockPace.remembered))).pause == 0)
    }

    /// A faulty validator that keeps no pace makes what it likes, and spends no more than there is.
    @Test func `whoever makes blocks before the pause is over does not lengthen it`() {
        var pace = BlockPace(quietSince: .zero)
        for number in 1...50_000 {
            pace.note(
                BlockMark(
                    number: UInt64(number), time: Timestamp(milliseconds: UInt64(number)),
                    own: Self.own, transactions: Self.transaction))
        }
        #expect(pace.pause == 1_000)
        pace.note(
            BlockMark(
                number: 50_001, time: Timestamp(milliseconds: 50_000 + 1_800_000), own: Self.own,
                transactions: Self.transaction))
        #expect(pace.pause < 10)
    }

    // Those who have caused few.

    /// A transaction that comes.
    private struct Arrival {
        let sender: Address
        let time: UInt64
    }

    private static func member(_ number: Int) -> Address {
        Address(reserved: UInt32(0x1000 + number))
    }

    /// What `count` members from the one numbered `first` on send in `hours`, each something every
    /// `interval` milliseconds, spread evenly.
    private static func members(
        _ count: Int, from first: Int = 0, every interval: UInt64, in hours: Range<UInt64>
    ) -> [Arrival] {
        (0..<count).flatMap { place in
            let begin = hour * hours.lowerBound + interval * UInt64(place) / UInt64(count) + 1
            return stride(from: begin, to: hour * hours.upperBound, by: Int(interval)).map {
                Arrival(sender: member(first + place), time: $0)
            }
        }
    }

    /// Lets `arrivals` come after `start`; a block takes all that waits as soon as it may be
    /// proposed. Returns the waits, by sender, and the blocks' times.
    private static func run(
        _ arrivals: [Arrival], _ pace: inout BlockPace, after start: UInt64 = 0
    ) -> (waits: [Address: [UInt64]], blocks: [UInt64]) {
        var (waits, blocks) = ([Address: [UInt64]](), [UInt64]())
        var waiting: [Arrival] = []
        var (last, isUrgent) = (start, false)
        func close(before end: UInt64) {
            guard let first = waiting.first, let newest = waiting.last else { return }
            let pause = isUrgent ? 1 : max(pace.pause, 1)
            let time = max(last + pause, isUrgent ? newest.time : first.time)
            guard time < end else { return }
            pace.note(
                BlockMark(
                    number: UInt64(blocks.count) + 1, time: Timestamp(milliseconds: time),
                    own: own, transactions: waiting.count * transaction,
                    senders: Set(waiting.map(\.sender)).sorted()))
            for arrival in waiting {
                waits[arrival.sender, default: []].append(time - arrival.time)
            }
            blocks.append(time)
            (waiting, last, isUrgent) = ([], time, false)
        }
        for arrival in arrivals.sorted(by: { $0.time < $1.time }) {
            close(before: arrival.time)
            waiting.append(arrival)
            isUrgent = isUrgent || pace.isFavoured(arrival.sender)
        }
        return (waits, blocks)
    }

    /// The longest that one of the members waited.
    private static func longest(
        of members: Range<Int>, _ waits: [Address: [UInt64]]
    ) -> UInt64 {
        members.flatMap { waits[member($0)] ?? [] }.max() ?? .max
    }

    private static let hour: UInt64 = 3_600_000

    @Test func `one who trickles for hours waits, and twenty who send now and then do not`() {
        var pace = BlockPace(quietSince: .zero)
        _ = Self.run(Self.members(1, every: 200, in: 0..<1), &pace)
        #expect(pace.pause > 900)
        let arrivals =
            Self.members(1, every: 200, in: 1..<4)
            + Self.members(20, from: 1, every: 50_000, in: 1..<4)
        let (waits, blocks) = Self.run(arrivals, &pace, after: Self.hour)
        #expect(Self.longest(of: 1..<21, waits) <= 1)
        let trickled = waits[Self.member(0)]?.sorted() ?? []
        #expect(trickled[trickled.count / 2] > 250)
        // A block a second, and less than half as many again.
        let last = blocks.count { $0 > 3 * Self.hour }
        #expect(last > 3_600 && last <= 5_400, "\(last)")
    }

    @Test func `eight accounts that trickle in turns do not make the others wait either`() {
        var pace = BlockPace(quietSince: .zero)
        _ = Self.run(Self.members(8, every: 1_600, in: 0..<1), &pace)
        let arrivals =
            Self.members(8, every: 1_600, in: 1..<3)
            + Self.members(20, from: 8, every: 100_000, in: 1..<3)
        let (waits, blocks) = Self.run(arrivals, &pace, after: Self.hour)
        #expect(Self.longest(of: 8..<28, waits) <= 1)
        #expect(blocks.count { $0 > 2 * Self.hour } <= 5_400)
    }

    @Test func `many who send now and then cause half as many blocks again at most`() {
        var pace = BlockPace(quietSince: .zero)
        // Twenty a second, a little more of each than it gets back of the reserve.
        let (_, blocks) = Self.run(Self.members(1_000, every: 50_000, in: 0..<2), &pace)
        let bytes = 20 * 3_600 * Self.transaction
        let allowed = max(3_600, bytes / 2 / Self.own) + 1_800
        let last = blocks.count { $0 > Self.hour }
        #expect(last <= allowed + allowed / 50, "\(last) of \(allowed)")
    }

    /// A pace that nobody has anything left of, but for the whole reserve.
    private static func spent() -> BlockPace {
        BlockPace(
            after: (1...BlockPace.remembered).map {
                BlockMark(
                    number: UInt64($0) + 1, time: Timestamp(milliseconds: UInt64($0) * 1_000),
                    own: own, transactions: 0)
            })
    }

    /// So many blocks, each two milliseconds after the one before, of somebody else each.
    private static func give(_ senders: [Address], to pace: inout BlockPace) {
        let begin = UInt64(BlockPace.remembered) * 1_000
        for (place, sender) in senders.enumerated() {
            pace.note(
                BlockMark(
                    number: 10_000, time: Timestamp(milliseconds: begin + 2 * UInt64(place + 1)),
                    own: own, transactions: transaction, senders: [sender]))
        }
    }

    @Test func `a sender gets an eighth of what is left of the reserve`() {
        var pace = Self.spent()
        #expect(pace.pause == 1_000)
        let sender = Self.member(0)
        var count = 0
        while pace.isFavoured(sender), count < 2_000 {
            Self.give([sender], to: &pace)
            count += 1
        }
        // n is an eighth of 1,800 - n.
        #expect(count == 200)
        #expect(pace.isFavoured(Self.member(1)))
        #expect(pace.pause > 980)
        // Whoever proposes more of it alone is not paid from what is the others'.
        let before = pace
        Self.give([sender], to: &pace)
        #expect(pace.pause >= before.pause && pace.isFavoured(Self.member(1)))
    }

    @Test func `a block that its transactions pay for is at nobody's expense`() {
        var pace = Self.spent()
        let begin = UInt64(BlockPace.remembered) * 1_000
        for number in 1...500 as ClosedRange<UInt64> {
            pace.note(
                BlockMark(
                    number: number, time: Timestamp(milliseconds: begin + 20 * number),
                    own: Self.own, transactions: 2 * Self.own, senders: [Self.member(0)]))
        }
        #expect(pace.isFavoured(Self.member(0)))
    }

    @Test func `a block that waited for the pause is at nobody's expense`() {
        var pace = Self.spent()
        let begin = UInt64(BlockPace.remembered) * 1_000
        for number in 1...500 as ClosedRange<UInt64> {
            pace.note(
                BlockMark(
                    number: number, time: Timestamp(milliseconds: begin + 1_000 * number),
                    own: Self.own, transactions: 1, senders: [Self.member(0)]))
        }
        #expect(pace.isFavoured(Self.member(0)) && pace.pause > 990)
    }

    @Test func `nobody is favoured when the reserve is spent, and a minute gives some of it back`()
    {
        var pace = Self.spent()
        let many = (0..<1_000).map(Self.member)
        Self.give(many + many + (1_000..<1_010).map(Self.member), to: &pace)
        #expect(![0, 999, 1_009, 1_020].contains { pace.isFavoured(Self.member($0)) })
        let later = UInt64(BlockPace.remembered) * 1_000 + 64_000
        pace.note(
            BlockMark(
                number: 20_000, time: Timestamp(milliseconds: later), own: Self.own,
                transactions: 0))
        #expect(pace.isFavoured(Self.member(1_020)))
    }

    @Test func `what so many have caused is known of a thousand, and of others again later`() {
        var pace = Self.spent()
        Self.give((0..<1_024).map(Self.member), to: &pace)
        #expect(pace.isFavoured(Self.member(5)) && !pace.isFavoured(Self.member(2_000)))
        let later = UInt64(BlockPace.remembered) * 1_000 + 90_000
        pace.note(
            BlockMark(
                number: 20_000, time: Timestamp(milliseconds: later), own: Self.own,
                transactions: 0))
        #expect(pace.isFavoured(Self.member(2_000)))
    }

    @Test func `a validator that is started knows who has caused many`() {
        var pace = BlockPace(quietSince: .zero)
        var marks: [BlockMark] = []
        for number in 0..<4_000 as Range<UInt64> {
            marks.append(
                BlockMark(
                    number: number, time: Timestamp(milliseconds: 50 * number), own: Self.own,
                    transactions: number == 0 ? 0 : Self.transaction,
                    senders: number == 0 ? [] : [Self.member(0)]))
        }
        for mark in marks.dropFirst() { pace.note(mark) }
        #expect(pace.pause > 0 && !pace.isFavoured(Self.member(0)))
        #expect(BlockPace(after: marks) == pace)
    }

    @Test func `a block's mark names its senders once, unless it pays for itself`() throws {
        func mark(_ count: UInt64) throws -> BlockMark {
            let transactions = try (0..<count).map(ToyChain.transaction)
            let block = ToyChain.block(
                on: ToyChain.genesis, at: ToyChain.start, proposer: .zero, transactions)
            return BlockMark(
                FinalBlock(block: block, certificate: Certificate(round: 0, seals: [])))
        }
        #expect(try mark(2).senders == [Address(reserved: 0xabcd)])
        #expect(try mark(200).senders.isEmpty)
    }
}
