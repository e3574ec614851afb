/// The market's clock against the ledger's.
public struct MarketClock: Hashable, Sendable, Codable {
    /// The market's time when the ledger began.
    public var origin: MarketTime
    /// The ledger's time then.
    public var ledgerOrigin: Timestamp
    /// How many market seconds go by in one second of the ledger: 1 in real use.
    public var rate: UInt32

    /// A clock that shows `origin` at `ledgerOrigin` and runs `rate` times as fast.
    public init(origin: MarketTime, ledgerOrigin: Timestamp, rate: UInt32) {
        self.origin = origin
        self.ledgerOrigin = ledgerOrigin
        self.rate = rate
    }

    /// The market's time when the ledger's is `timestamp`.
    public func time(at timestamp: Timestamp) -> MarketTime {
        let elapsed = timestamp.millisecondsSince(ledgerOrigin)
        let (product, overflow) = elapsed.multipliedReportingOverflow(by: UInt64(rate))
        return origin.advanced(bySeconds: overflow ? .max : product / 1_000)
    }

    /// How many milliseconds of the ledger's time `seconds` of the market's take, rounded up.
    public func milliseconds(forMarketSeconds seconds: UInt64) -> UInt64 {
        let (product, overflow) = seconds.multipliedReportingOverflow(by: 1_000)
        let divisor = UInt64(max(rate, 1))
        return overflow ? .max : product / divisor + (product % divisor == 0 ? 0 : 1)
    }
}

/// Everything that a new chain begins with. Its parameters are part of the first block's state,
/// so that block's hash commits to all of it.
public struct Genesis: Hashable, Sendable, Codable {
    /// The chain's id (EIP-155), from 2 to 2^53 - 1 so that every client can hold it.
    public var chainID: UInt64
    /// The community's name.
    public var name: String
    /// The token's name.
    public var tokenName: String
    /// The token's symbol.
    public var tokenSymbol: String
    /// The first block's time.
    public var timestamp: Timestamp
    /// The market's clock.
    public var marketClock: MarketClock
    /// The shortest time between two blocks, in milliseconds.
    public var minimumBlockInterval: UInt64
    /// The age of the last block from which an empty one is allowed, in milliseconds.
    public var heartbeat: UInt64
    /// How long round 0 lasts, in milliseconds; each further round twice as long.
    public var roundTimeout: UInt64
    /// The aggregator's share of each payment, in millionths.
    public var aggregatorFee: UInt32
    /// How long after a pick delivery may be proved, in seconds of the market.
    public var deliveryWindow: UInt64
    /// What the seller gets, per mille, of the price of what its meter's receipt shows, where the
    /// buyer's meter shows less or nothing.
    public var sellerShare: UInt32
    /// Which rules of the ledger hold from which block on, the first from block 0.
    public var rules: [RuleChange]
    /// The first members. Those with the role `validator` decide on blocks.
    public var members: [Member]

    public init(
        chainID: UInt64, name: String, tokenName: String = "Community Energy Token",
        tokenSymbol: String = "CET", timestamp: Timestamp, marketClock: MarketClock,
        minimumBlockInterval: UInt64 = 2, heartbeat: UInt64 = 60_000,
        roundTimeout: UInt64 = 1_000, aggregatorFee: UInt32 = 0, deliveryWindow: UInt64 = 3_600,
        sellerShare: UInt32 = 500,
        rules: [RuleChange] = [RuleChange(from: 0, version: RuleVersion(1))], members: [Member]
    ) {
        self.chainID = chainID
        self.name = name
        self.tokenName = tokenName
        self.tokenSymbol = tokenSymbol
        self.timestamp = timestamp
        self.marketClock = marketClock
        self.minimumBlockInterval = minimumBlockInterval
        self.heartbeat = heartbeat
        self.roundTimeout = roundTimeout
        self.aggregatorFee = aggregatorFee
        self.deliveryWindow = deliveryWindow
        self.sellerShare = sellerShare
        self.rules = rules
        self.members = members
    }

    /// The first validators.
    public var validators: ValidatorSet {
        ValidatorSet(members.filter { $0.role == .validator }.map(\.account))
    }
}

extension Genesis: RLPDecodable {
    public var rlp: RLP {
        .list([
            .number(chainID), .text(name), .text(tokenName), .text(tokenSymbol),
            .number(timestamp.milliseconds), .number(marketClock.origin.seconds),
            .number(marketClock.ledgerOrigin.milliseconds), .number(marketClock.rate),
            .number(minimumBlockInterval), .number(heartbeat), .number(roundTimeout),
            .number(aggregatorFee), .number(deliveryWindow), .number(sellerShare),
            .list(of: rules), .list(of: members),
        ])
    }

    public init(rlp: RLP) throws(MalformedBytes) {
        var fields = try RLPFields(rlp, of: "genesis")
        chainID = try fields.number()
        name = try fields.text().verbatim
        tokenName = try fields.text().verbatim
        tokenSymbol = try fields.text().verbatim
        timestamp = Timestamp(milliseconds: try fields.number())
        marketClock = MarketClock(
            origin: MarketTime(seconds: try fields.number()),
            ledgerOrigin: Timestamp(milliseconds: try fields.number()), rate: try fields.number())
        minimumBlockInterval = try fields.number()
        heartbeat = try fields.number()
        roundTimeout = try fields.number()
        aggregatorFee = try fields.number()
        deliveryWindow = try fields.number()
        sellerShare = try fields.number()
        rules = try fields.list(atMost: 1_000)
        members = try fields.list(atMost: 100_000)
        try fields.end()
    }
}
