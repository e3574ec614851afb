import FoundationEssentials
package import Protocol

/// Times for people and programs: RFC 3339, in UTC. The year 9999 is the last.
package enum RFC3339 {
    /// The time to the second.
    package static func text(_ time: MarketTime) -> String {
        let seconds = min(time.seconds, 253_402_300_799)
        return Date(timeIntervalSince1970: Double(seconds)).formatted(.iso8601)
    }

    /// The time to the millisecond.
    package static func text(_ time: Timestamp) -> String {
        // A floating-point number of seconds would lose the last millisecond.
        let seconds = text(MarketTime(seconds: time.milliseconds / 1_000)).dropLast()
        let fraction = String(1_000 + time.milliseconds % 1_000).dropFirst()
        return "\(seconds).\(fraction)Z"
    }

    /// The time that `text` says, to the second; nil if it says none.
    package static func time(_ text: String) -> MarketTime? {
        let style = Date.ISO8601FormatStyle(includingFractionalSeconds: text.contains("."))
        guard let date = try? Date(text, strategy: style), date.timeIntervalSince1970 >= 0 else {
            return nil
        }
        return MarketTime(seconds: UInt64(date.timeIntervalSince1970))
    }
}
