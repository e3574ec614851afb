import FoundationEssentials
import Ledger
import Protocol

/// Times for people, and of blocks.
enum RFC3339 {
    /// RFC 3339, in UTC, to the second.
    static func text(_ time: MarketTime) -> String {
        Date(timeIntervalSince1970: Double(time.seconds)).formatted(.iso8601)
    }

    /// RFC 3339, in UTC, to the millisecond.
    static func text(_ time: Timestamp) -> String {
        // A floating-point number of seconds would lose the last millisecond.
        let seconds = text(MarketTime(seconds: time.milliseconds / 1_000)).dropLast()
        let fraction = String(1_000 + time.milliseconds % 1_000).dropFirst()
        return "\(seconds).\(fraction)Z"
    }

    /// The time that `text` says (RFC 3339), to the second; nil if it says none.
    static func time(_ text: String) -> MarketTime? {
        let style = Date.ISO8601FormatStyle(includingFractionalSeconds: text.contains("."))
        guard let date = try? Date(text, strategy: style), date.timeIntervalSince1970 >= 0 else {
            return nil
        }
        return MarketTime(seconds: UInt64(date.timeIntervalSince1970))
    }

    /// The ledger's time of each block.
    static func blockTimes(
        _ numbers: [UInt64], _ client: NodeClient
    ) throws -> [UInt64: Timestamp] {
        let distinct = Array(Set(numbers)).sorted()
        guard !distinct.isEmpty else { return [:] }
        let blocks = try client.batch(
            distinct.map { number in
                ("eth_getBlockByNumber", [.text("0x" + String(number, radix: 16)), .flag(false)])
            })
        let pairs = zip(distinct, blocks).compactMap { number, block in
            block.blockTime.map { (number, $0) }
        }
        return Dictionary(uniqueKeysWithValues: pairs)
    }
}

extension JSONValue {
    /// A block's time: the milliseconds that `mixHash` ends in, if they lie in the second that
    /// `timestamp` names; else that second.
    var blockTime: Timestamp? {
        guard let second = self["timestamp"]?.quantity else { return nil }
        if let word = self["mixHash"]?.text.flatMap({ Hash32(hexadecimal: $0) }),
            let milliseconds = UInt64(exactly: UInt256(word: word)), milliseconds / 1_000 == second
        {
            return Timestamp(milliseconds: milliseconds)
        }
        return Timestamp(milliseconds: second * 1_000)
    }
}
