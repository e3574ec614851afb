import NIOCore
import Testing

@testable import Transport

/// When a connection looks at its clocks: seldom while nothing can run out.
@Suite struct ConnectionClockTests {
    private let limits = TransportLimits()
    private let now = NIODeadline.uptimeNanoseconds(1_000_300_000_000)

    @Test func `a clock that runs is looked at each second`() {
        #expect(limits.nextLook(after: now, quietUntil: nil) == now + .seconds(1))
    }

    @Test func `a quiet connection looks before a clock that begins meanwhile can run out`() {
        let next = limits.nextLook(after: now, quietUntil: [now + .seconds(30)])
        #expect(next > now + .seconds(1))
        #expect(next <= now + TimeAmount(limits.headerTimeout) + .seconds(1))
    }

    @Test func `it looks when its own silence runs out`() {
        let next = limits.nextLook(after: now, quietUntil: [now + .seconds(3), now + .seconds(4)])
        #expect(next >= now + .seconds(3) && next < now + .seconds(4))
        // What has run out already is looked at after a tick.
        #expect(limits.nextLook(after: now, quietUntil: [now - .seconds(9)]) == now + .seconds(1))
    }

    @Test func `connections that are due near each other look at the same moment`() {
        let moments = [2_100, 2_400, 2_650].map { now + .milliseconds($0) }
        let looks = Set(moments.map { limits.nextLook(after: now, quietUntil: [$0]) })
        #expect(looks.count == 1)
    }
}
