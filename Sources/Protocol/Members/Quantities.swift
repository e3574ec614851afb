/// A number of one unit, which the type names.
public protocol Quantity: Hashable, Comparable, Sendable {
    /// What it is counted in.
    associatedtype Number: FixedWidthInteger & UnsignedInteger
    /// How many units it is.
    var number: Number { get }
    /// So many units.
    init(number: Number)
}

extension Quantity {
    /// None of the unit; of moments, the first.
    public static var zero: Self { Self(number: 0) }

    public static func < (left: Self, right: Self) -> Bool { left.number < right.number }
}

/// Energy in whole watt-hours.
public struct WattHours: Quantity, Codable {
    /// The number of watt-hours.
    public let value: UInt64
    /// An energy of `value` watt-hours.
    public init(_ value: UInt64) { self.value = value }
    public var number: UInt64 { value }
    public init(number: UInt64) { value = number }
}

/// Power in whole watts.
public struct Watts: Quantity, Codable {
    /// The number of watts.
    public let value: UInt64
    public init(_ value: UInt64) { self.value = value }
    public var number: UInt64 { value }
    public init(number: UInt64) { value = number }
}

/// An amount of the community's token in base units, 1,000,000 to a token.
public struct TokenAmount: Quantity, Codable {
    /// The number of base units.
    public let baseUnits: UInt64
    /// An amount of `baseUnits` base units.
    public init(_ baseUnits: UInt64) { self.baseUnits = baseUnits }
    public var number: UInt64 { baseUnits }
    public init(number: UInt64) { baseUnits = number }
    /// How many decimals a token has.
    public static let decimals = 6
}

/// Milliseconds since 1970-01-01 00:00 UTC, as blocks and timers count them.
public struct Timestamp: Quantity, Codable {
    /// The number of milliseconds.
    public let milliseconds: UInt64
    /// The moment `milliseconds` after 1970 began.
    public init(milliseconds: UInt64) { self.milliseconds = milliseconds }
    public var number: UInt64 { milliseconds }
    public init(number: UInt64) { milliseconds = number }
    /// The moment `milliseconds` later; the last representable one if that lies beyond.
    public func advanced(byMilliseconds milliseconds: UInt64) -> Timestamp {
        Timestamp(milliseconds: self.milliseconds.addingSaturating(milliseconds))
    }
    /// How many milliseconds have gone by since `earlier`; 0 if it lies in the future.
    public func millisecondsSince(_ earlier: Timestamp) -> UInt64 {
        milliseconds > earlier.milliseconds ? milliseconds - earlier.milliseconds : 0
    }
}

/// Seconds since 1970-01-01 00:00 UTC on the market's own clock, which genesis sets against the
/// ledger's; offers, deadlines and meters' receipts are in market time.
public struct MarketTime: Quantity, Codable {
    /// The number of seconds.
    public let seconds: UInt64
    /// The moment `seconds` after 1970 began.
    public init(seconds: UInt64) { self.seconds = seconds }
    public var number: UInt64 { seconds }
    public init(number: UInt64) { seconds = number }
    /// The moment `seconds` later; the last representable one if that lies beyond.
    public func advanced(bySeconds seconds: UInt64) -> MarketTime {
        MarketTime(seconds: self.seconds.addingSaturating(seconds))
    }
}

/// The number an offer has, and the trade that comes of it.
public struct OfferID: Quantity, Codable {
    /// The number, from 1.
    public let value: UInt32
    public init(_ value: UInt32) { self.value = value }
    public var number: UInt32 { value }
    public init(number: UInt32) { value = number }
}
