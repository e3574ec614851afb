/// Energy in whole watt-hours.
public struct WattHours: Hashable, Comparable, Codable, Sendable {
    /// The number of watt-hours.
    public let value: UInt64
    /// An energy of `value` watt-hours.
    public init(_ value: UInt64) { self.value = value }
    /// No energy.
    public static let zero = WattHours(0)
    public static func < (left: Self, right: Self) -> Bool { left.value < right.value }
}

/// Power in whole watts.
public struct Watts: Hashable, Comparable, Codable, Sendable {
    /// The number of watts.
    public let value: UInt64
    /// A power of `value` watts.
    public init(_ value: UInt64) { self.value = value }
    public static func < (left: Self, right: Self) -> Bool { left.value < right.value }
}

/// An amount of the community's token in base units, 1,000,000 to a token.
public struct TokenAmount: Hashable, Comparable, Codable, Sendable {
    /// The number of base units.
    public let baseUnits: UInt64
    /// An amount of `baseUnits` base units.
    public init(_ baseUnits: UInt64) { self.baseUnits = baseUnits }
    /// No tokens.
    public static let zero = TokenAmount(0)
    /// How many decimals a token has.
    public static let decimals = 6
    public static func < (left: Self, right: Self) -> Bool { left.baseUnits < right.baseUnits }
}

/// Milliseconds since 1970-01-01 00:00 UTC, as blocks and timers count them.
public struct Timestamp: Hashable, Comparable, Codable, Sendable {
    /// The number of milliseconds.
    public let milliseconds: UInt64
    /// The moment `milliseconds` after 1970 began.
    public init(milliseconds: UInt64) { self.milliseconds = milliseconds }
    /// The moment 1970 began.
    public static let zero = Timestamp(milliseconds: 0)
    public static func < (left: Self, right: Self) -> Bool {
        left.milliseconds < right.milliseconds
    }
    /// The moment `milliseconds` later; the last representable one if that lies beyond.
    public func advanced(byMilliseconds milliseconds: UInt64) -> Timestamp {
        let (sum, overflow) = self.milliseconds.addingReportingOverflow(milliseconds)
        return Timestamp(milliseconds: overflow ? .max : sum)
    }
    /// How many milliseconds have gone by since `earlier`; 0 if it lies in the future.
    public func millisecondsSince(_ earlier: Timestamp) -> UInt64 {
        milliseconds > earlier.milliseconds ? milliseconds - earlier.milliseconds : 0
    }
}

/// Seconds since 1970-01-01 00:00 UTC on the market's own clock, which genesis sets against the
/// ledger's; offers, deadlines and meters' receipts are in market time.
public struct MarketTime: Hashable, Comparable, Codable, Sendable {
    /// The number of seconds.
    public let seconds: UInt64
    /// The moment `seconds` after 1970 began.
    public init(seconds: UInt64) { self.seconds = seconds }
    public static func < (left: Self, right: Self) -> Bool { left.seconds < right.seconds }
    /// The moment `seconds` later; the last representable one if that lies beyond.
    public func advanced(bySeconds seconds: UInt64) -> MarketTime {
        let (sum, overflow) = self.seconds.addingReportingOverflow(seconds)
        return MarketTime(seconds: overflow ? .max : sum)
    }
}

/// The number an offer has, and the trade that comes of it.
public struct OfferID: Hashable, Comparable, Codable, Sendable {
    /// The number, from 1.
    public let value: UInt32
    /// The offer numbered `value`.
    public init(_ value: UInt32) { self.value = value }
    public static func < (left: Self, right: Self) -> Bool { left.value < right.value }
}
