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

    /// The time so many microseconds after 1970, to the microsecond.
    package static func text(microseconds: UInt64) -> String {
        let seconds = text(MarketTime(seconds: microseconds / 1_000_000)).dropLast()
        let fraction = String(1_000_000 + microseconds % 1_000_000).dropFirst()
        return "\(seconds).\(fraction)Z"
    }

    /// The microseconds from 1970 until the time that `text` says, which has a fraction of six digits
    /// and is in UTC; nil if it says none.
    package static func microseconds(_ text: String) -> UInt64? {
        let parts = text.split(separator: ".", omittingEmptySubsequences: false)
        guard parts.count == 2, parts[1].count == 7, parts[1].last == "Z",
            let fraction = UInt64(parts[1].dropLast()), let seconds = time("\(parts[0])Z")?.seconds
        else { return nil }
        return seconds * 1_000_000 + fraction
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
