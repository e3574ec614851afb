import Protocol
import Testing

@testable import Node

/// What the times of blocks tell of this machine's clock.
struct ClockWatchTests {
    private let now = Timestamp(milliseconds: 1_800_000_000_000)

    private func block(_ number: UInt64, at time: Timestamp) -> BlockHeader {
        BlockHeader(
            parentHash: .zero, number: number, timestamp: time, proposer: .zero,
            stateRoot: .zero, transactionsRoot: .zero, receiptsRoot: .zero,
            logsBloom: LogsBloom(), gasUsed: 0, nextValidatorsHash: .zero)
    }

    private func earlier(_ milliseconds: UInt64) -> Timestamp {
        Timestamp(milliseconds: now.milliseconds - milliseconds)
    }

    @Test func `blocks of now, and of the last seconds, are no reason for doubt`() {
        var watch = ClockWatch()
        for number in UInt64(1)...20 {
            let time = number.isMultiple(of: 2) ? now : now.advanced(byMilliseconds: 4_900)
            #expect(watch.note(block(number, at: time), isNewest: true, at: now) == nil)
        }
    }

    @Test func `a final block that is ahead shows a slow clock, said once in ten minutes`() {
        var watch = ClockWatch()
        let ahead = now.advanced(byMilliseconds: 3_600_000)
        let first = watch.note(block(7, at: ahead), isNewest: true, at: now)
        #expect(first?.contains("3600 s slow or more: block 7") == true)
        #expect(watch.note(block(8, at: ahead), isNewest: true, at: now) == nil)
        let later = now.advanced(byMilliseconds: 601_000)
        let again = watch.note(
            block(9, at: later.advanced(byMilliseconds: 3_600_000)), isNewest: true, at: later)
        #expect(again != nil)
    }

    @Test func `three old blocks in a row show a fast clock; one after a standstill does not`() {
        var watch = ClockWatch()
        let old = earlier(3_600_000)
        #expect(watch.note(block(1, at: old), isNewest: true, at: now) == nil)
        #expect(watch.note(block(2, at: now), isNewest: true, at: now) == nil)
        #expect(watch.note(block(3, at: old), isNewest: true, at: now) == nil)
        #expect(watch.note(block(4, at: old), isNewest: true, at: now) == nil)
        let third = watch.note(block(5, at: old), isNewest: true, at: now)
        #expect(third?.contains("3600 s fast") == true)
    }

    @Test func `old blocks that come while catching up are no reason for doubt`() {
        var watch = ClockWatch()
        for number in UInt64(1)...50 {
            let time = earlier(3_600_000 - number * 1_000)
            #expect(watch.note(block(number, at: time), isNewest: number == 50, at: now) == nil)
        }
    }
}
