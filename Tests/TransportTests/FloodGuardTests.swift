import NIOCore
import Testing

@testable import Transport

/// What a connection may do in each second, and that it may do it again in the next.
@Suite struct FloodGuardTests {
    private let start = NIODeadline.uptimeNanoseconds(1_000_000_000)

    /// How many of `count` such frames pass at `now`.
    private func passed(
        _ flood: inout FloodGuard, _ kind: FloodGuard.Kind, _ count: Int, at now: NIODeadline
    ) -> Int {
        var passed = 0
        for _ in 0..<count where flood.allows(kind, at: now) { passed += 1 }
        return passed
    }

    @Test func `each second has a measure of its own, and each kind`() {
        var limits = TransportLimits()
        limits.pingsPerSecond = 3
        limits.settingsPerSecond = 1
        var flood = FloodGuard(limits)
        for second in 0..<5 {
            let now = start + .seconds(Int64(second))
            #expect(passed(&flood, .ping, 5, at: now) == 3)
            #expect(passed(&flood, .ping, 1, at: now + .milliseconds(999)) == 0)
            #expect(passed(&flood, .settings, 2, at: now) == 1)
        }
    }

    /// How many of `count` pieces of `size` bytes each pass at `now`.
    private func passed(
        _ pieces: inout PieceGuard, _ count: Int, size: Int, at now: NIODeadline
    ) -> Int {
        var passed = 0
        for _ in 0..<count where pieces.allowsNext(at: now) {
            pieces.carried(size)
            passed += 1
        }
        return passed
    }

    @Test func `pieces beyond the free ones must carry something`() {
        var pieces = PieceGuard(free: 10)
        for second in 0..<3 {
            #expect(passed(&pieces, 20, size: 0, at: start + .seconds(Int64(second))) == 10)
        }
        let later = start + .seconds(10)
        #expect(passed(&pieces, 1_000, size: PieceGuard.worth, at: later) == 1_000)
    }

    @Test func `records without content have a measure, and those with content do not count`() {
        var limits = TransportLimits()
        limits.emptyRecordsPerSecond = 3
        var records = RecordGuard(limits)
        for second in 0..<3 {
            let now = start + .seconds(Int64(second))
            for _ in 0..<100 {
                records.began(at: now)
                records.brought(1)
            }
            for _ in 0..<3 { records.began(at: now) }
            #expect(records.breach == nil)
        }
        for _ in 0..<5 { records.began(at: start + .seconds(9)) }
        #expect(records.breach?.kind == .recordFlood)
    }
}
