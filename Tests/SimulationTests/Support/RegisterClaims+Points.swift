@testable import Ledger
import Protocol

extension RegisterClaims {
    /// All of a register up to `energy`, a second a watt-hour.
    static func upTo(_ energy: UInt64) -> RegisterClaims {
        (try? through([(0, 0), (energy, energy)])) ?? RegisterClaims()
    }

    /// Stretches from each point, of register and time, to the next, which no rule has let in.
    static func through(_ points: [(UInt64, UInt64)]) throws(Revert) -> RegisterClaims {
        var claims = RegisterClaims()
        for (start, end) in zip(points, points.dropFirst()) {
            let stretch = RegisterStretch(
                start: RegisterPoint(
                    register: WattHours(start.0), time: MarketTime(seconds: start.1)),
                end: RegisterPoint(register: WattHours(end.0), time: MarketTime(seconds: end.1)))
            try claims.claim(stretch, at: Watts(UInt64(UInt32.max)))
        }
        return claims
    }
}
