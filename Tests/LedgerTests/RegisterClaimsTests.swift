import Protocol
import TestKit
import Testing

@testable import Ledger

/// What may be claimed of one register, in any order.
@Suite struct RegisterClaimsTests {
    /// 17,250 W carry 5,750 Wh in 1,200 s.
    private static let power = Watts(17_250)

    private func stretch(
        _ start: (UInt64, UInt64), _ end: (UInt64, UInt64)
    ) -> RegisterStretch {
        RegisterStretch(
            start: RegisterPoint(
                register: WattHours(start.0), time: MarketTime(seconds: start.1)),
            end: RegisterPoint(register: WattHours(end.0), time: MarketTime(seconds: end.1)))
    }

    private func claims(_ stretches: RegisterStretch...) throws -> RegisterClaims {
        var claims = RegisterClaims()
        for stretch in stretches { try claims.claim(stretch, at: Self.power) }
        return claims
    }

    @Test func `proofs come in any order, and those that adjoin become one stretch`() throws {
        let first = stretch((100, 1_000), (200, 1_100))
        let second = stretch((200, 1_100), (300, 1_200))
        let third = stretch((350, 1_300), (400, 1_400))
        for order in [
            [first, second, third], [third, second, first], [second, third, first],
            [first, third, second],
        ] {
            var claims = RegisterClaims()
            for stretch in order { try claims.claim(stretch, at: Self.power) }
            #expect(claims.stretches == [stretch((100, 1_000), (300, 1_200)), third])
            #expect(claims.energy == WattHours(250))
            #expect(claims.end == third.end)
        }
        let middle = stretch((300, 1_200), (350, 1_300))
        var whole = try claims(third, first, second)
        try whole.claim(middle, at: Self.power)
        #expect(whole.stretches == [stretch((100, 1_000), (400, 1_400))])
    }

    /// Each differs from what could be claimed in one number.
    @Test func `what shares a watt-hour or a second with another claim is refused`() throws {
        let claimed = try claims(stretch((100, 1_000), (200, 1_100)))
        for (wrong, right) in [
            (stretch((199, 1_100), (250, 1_200)), stretch((200, 1_100), (250, 1_200))),
            (stretch((200, 1_099), (250, 1_200)), stretch((200, 1_100), (250, 1_200))),
            (stretch((50, 900), (101, 1_000)), stretch((50, 900), (100, 1_000))),
            (stretch((50, 900), (100, 1_001)), stretch((50, 900), (100, 1_000))),
            (stretch((120, 1_020), (140, 1_040)), stretch((220, 1_120), (240, 1_140))),
            (stretch((50, 900), (300, 1_300)), stretch((50, 900), (60, 950))),
            // Below in the register and after in time, and the other way round.
            (stretch((50, 1_200), (60, 1_300)), stretch((250, 1_200), (260, 1_300))),
            (stretch((250, 900), (260, 950)), stretch((50, 900), (60, 950))),
        ] {
            var claims = claimed
            #expect(
                throws: Revert(
                    "\(wrong) overlaps 100 to 200 Wh from 1000 to 1100, "
                        + "which is already claimed")
            ) { try claims.claim(wrong, at: Self.power) }
            #expect(claims == claimed)
            try claims.claim(right, at: Self.power)
        }
    }

    @Test func `three deliveries over the same time do not go through one connection`() throws {
        var claims = try claims(stretch((0, 1_000), (5_750, 2_200)))
        for start in [5_750, 11_500] as [UInt64] {
            let same = stretch((start, 1_000), (start + 5_750, 2_200))
            #expect(throws: Revert.self) { try claims.claim(same, at: Self.power) }
            // A second of its own for each makes it no better: the time between is as short.
            let moved = stretch((start, 2_200), (start + 5_750, 2_201))
            #expect(throws: Revert.self) { try claims.claim(moved, at: Self.power) }
        }
        try claims.claim(stretch((5_750, 2_200), (11_500, 3_400)), at: Self.power)
    }

    /// 100 Wh take 20.87 s at 17,250 W; a watt-hour may be due to rounding.
    @Test func `the register must have had the time to come from one claim to another`() throws {
        let claimed = try claims(stretch((1_000, 1_000), (1_010, 1_100)))
        for (register, time, isPossible) in [
            (1_110, 1_121, true), (1_110, 1_120, false), (1_106, 1_120, true),
        ] as [(UInt64, UInt64, Bool)] {
            var claims = claimed
            let later = stretch((register, time), (register, time + 10))
            if isPossible {
                try claims.claim(later, at: Self.power)
            } else {
                #expect(
                    throws: Revert(
                        "\(later) and what is already claimed are together more than a connection "
                            + "of 17250 W can carry")
                ) { try claims.claim(later, at: Self.power) }
            }
        }
        // And backwards: what comes to be claimed before it.
        var claims = claimed
        #expect(throws: Revert.self) {
            try claims.claim(stretch((890, 970), (900, 980)), at: Self.power)
        }
        try claims.claim(stretch((890, 970), (910, 980)), at: Self.power)
    }

    @Test func `old gaps are given up, and nothing can be claimed before them`() throws {
        var claims = try claims(
            stretch((100, 1_000), (200, 1_100)), stretch((300, 1_200), (400, 1_300)),
            stretch((500, 1_400), (600, 1_500)))
        claims.close(before: MarketTime(seconds: 1_101), keeping: 32)
        #expect(claims.floor.register == WattHours(200))
        #expect(claims.stretches.count == 2)
        for wrong in [stretch((199, 1_100), (210, 1_150)), stretch((200, 1_099), (210, 1_150))] {
            #expect(
                throws: Revert(
                    "\(wrong) begins before register 200 Wh or time 1100, up to which all is "
                        + "claimed or over")
            ) { try claims.claim(wrong, at: Self.power) }
        }
        try claims.claim(stretch((200, 1_100), (210, 1_150)), at: Self.power)
        #expect(claims.stretches.count == 3)
        claims.close(before: .zero, keeping: 2)
        #expect(claims.floor.register == WattHours(210))
        #expect(claims.energy == WattHours(310))
        #expect(claims.end.register == WattHours(600))
    }

    /// A register that moves as it likes within the connection's power, cut into stretches that are
    /// claimed in any order: every true one is taken, and no sum of claims is more than has flowed.
    @Test(arguments: 1...20 as ClosedRange<UInt64>)
    func `whatever a real register shows can be claimed, once`(_ seed: UInt64) throws {
        var random = SeededGenerator(seed: seed)
        var wattSeconds: UInt64 = 5_000 * 3_600
        var time: UInt64 = 10_000
        var points = [(wattSeconds / 3_600, time)]
        for _ in 0..<30 {
            let seconds = UInt64.random(in: 1...120, using: &random)
            time += seconds
            wattSeconds += UInt64.random(in: 0...Self.power.value, using: &random) * seconds
            points.append((wattSeconds / 3_600, time))
        }
        let shown = zip(points, points.dropFirst()).map { stretch($0, $1) }
        var claims = RegisterClaims()
        var sum: UInt64 = 0
        for stretch in shown.shuffled(using: &random).dropLast(8) {
            try claims.claim(stretch, at: Self.power)
            sum += stretch.energy.value
            #expect(throws: Revert.self) {
                var again = claims
                try again.claim(stretch, at: Self.power)
            }
        }
        #expect(claims.energy.value == sum)
        #expect(sum <= points[30].0 - points[0].0)
        var meter = Meter(owner: TestCommunity.anna)
        meter.exportClaims = claims
        #expect(try Meter(decoding: meter.encoded) == meter)
        #expect(throws: MalformedBytes.self) {
            try Meter(decoding: Bytes(meter.encoded.dropLast()))
        }
        #expect(throws: MalformedBytes.self) { try Meter(decoding: meter.encoded + [0]) }
    }

    @Test func `a meter's record whose claims are out of order is damaged`() throws {
        var meter = Meter(owner: TestCommunity.anna)
        meter.exportClaims = try claims(
            stretch((100, 1_000), (200, 1_100)), stretch((300, 1_200), (400, 1_300)))
        var bytes = meter.encoded
        // The last stretch's end, eight bytes before its time.
        bytes[bytes.count - 9] = 0
        bytes[bytes.count - 10] = 0
        #expect(throws: MalformedBytes.self) { try Meter(decoding: bytes) }
    }
}
