/// What the households of one aggregator needed and had left over in a quarter of an hour, all together.
/// It never tells of a single meter: where few were heard there are no figures.
public struct QuarterSums: Hashable, Sendable {
    /// How long a quarter is, in seconds of the market.
    public static let seconds: UInt64 = 900
    /// With fewer meters than so many a sum would tell of single households.
    public static let fewestMeters: UInt32 = 5
    /// No community has more meters, nor comes to more energy in a quarter: sums of days stay far from
    /// the end of their numbers, whoever tells them.
    public static let mostMeters: UInt32 = 1_000_000
    public static let mostEnergy = WattHours(1_000_000_000_000)

    /// How many meters there are.
    public let meters: UInt32
    /// How many of them were heard at both ends of the quarter.
    public let measured: UInt32
    /// What the households gave to the street; zero where too few were heard.
    public let supply: WattHours
    /// What they drew from it; zero where too few were heard.
    public let need: WattHours

    /// The sums without what they may not tell: figures of fewer than ``fewestMeters``. What is beyond
    /// what a community comes to stands at that bound.
    public init(meters: UInt32, measured: UInt32, supply: WattHours, need: WattHours) {
        self.meters = min(meters, Self.mostMeters)
        self.measured = min(measured, self.meters)
        let isHidden = self.measured < Self.fewestMeters
        self.supply = isHidden ? .zero : min(supply, Self.mostEnergy)
        self.need = isHidden ? .zero : min(need, Self.mostEnergy)
    }
}

/// What an aggregator tells a household of its community: quarters of an hour in a row that are over, of
/// which nothing can change any more.
public struct QuarterReport: Hashable, Sendable {
    /// How many quarters one report has at most.
    public static let most = 8

    /// When the first one began. Of earlier ones that were asked for the aggregator knows nothing.
    public var first: MarketTime
    /// One after the other.
    public var quarters: [QuarterSums]

    public init(first: MarketTime, quarters: [QuarterSums]) {
        self.first = first
        self.quarters = quarters
    }

    /// When the last one ended: up to here all is told that there is.
    public var end: MarketTime { start(of: quarters.count) }

    /// When the quarter numbered `index` in it began.
    public func start(of index: Int) -> MarketTime {
        first.advanced(bySeconds: UInt64(index) * QuarterSums.seconds)
    }
}

extension QuarterSums: RLPDecodable {
    public var rlp: RLP { .fields(meters, measured, supply, need) }

    public init(rlp: RLP) throws(MalformedBytes) {
        let (meters, measured, supply, need): (UInt32, UInt32, WattHours, WattHours) =
            try RLPFields.values(in: rlp, of: "quarter sums")
        self.init(meters: meters, measured: measured, supply: supply, need: need)
        guard self.meters == meters, self.measured == measured, self.supply == supply,
            self.need == need
        else {
            throw MalformedBytes("quarter sums: they tell of too few meters, or what cannot be")
        }
    }
}

extension QuarterReport: RLPDecodable {
    public var rlp: RLP { .list([first.item, .list(of: quarters)]) }

    public init(rlp: RLP) throws(MalformedBytes) {
        var fields = try RLPFields(rlp, of: "quarter report")
        first = try MarketTime(next: &fields)
        quarters = try fields.list(atMost: Self.most)
        try fields.end()
    }
}
