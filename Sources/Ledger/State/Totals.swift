public import Protocol

/// Sums over the whole ledger, kept as blocks change what they are made of: reading them costs the
/// same however many accounts and trades there are.
///
/// Offers whose time is over count as open until a block marks them. A trade that has left the state
/// still counts: as what it ended as.
public struct Totals: Hashable, Sendable {
    /// How many offers and trades stand in each status, in order of the codes.
    private var counts: [UInt64]
    /// The energy of all trades that are settled.
    public private(set) var settledEnergy: WattHours
    /// The sum of all accounts' balances: with the escrow, what was minted less what was burned.
    public private(set) var balances: TokenAmount

    /// The sums over nothing.
    public static let none = Totals(
        counts: TradeStatus.allCases.map { _ in 0 }, settledEnergy: .zero, balances: .zero)

    /// How many offers and trades stand in `status`.
    public func count(_ status: TradeStatus) -> UInt64 { counts[Self.index(of: status)] }

    private static func index(of status: TradeStatus) -> Int { Int(status.rawValue) - 1 }

    /// Takes in that what stood at a key was changed. Nothing depends on the order: what is taken
    /// out may come before what was put in.
    mutating func note(_ key: StateKey, from before: Bytes?, to after: Bytes?) {
        switch key.bytes.first {
        case StateTable.account.letter:
            let change = Self.balance(after) &- Self.balance(before)
            balances = TokenAmount(balances.baseUnits &+ change)
        case StateTable.trade.letter:
            guard let after = Self.trade(after) else { return }
            if let before = Self.trade(before) { add(before, .max) }
            add(after, 1)
        default: return
        }
    }

    /// Adds `trade` once; takes it out with a `sign` of all ones, which is −1.
    private mutating func add(_ trade: Trade, _ sign: UInt64) {
        counts[Self.index(of: trade.status)] &+= sign
        guard trade.status == .settled else { return }
        let energy = trade.deliveredEnergy.value &* sign
        settledEnergy = WattHours(settledEnergy.value &+ energy)
    }

    // What the ledger itself wrote can be read.
    private static func balance(_ value: Bytes?) -> UInt64 {
        value.flatMap { try? Account(decoding: $0) }?.balance.baseUnits ?? 0
    }

    private static func trade(_ value: Bytes?) -> Trade? {
        value.flatMap { try? Trade(decoding: $0) }
    }
}

extension Totals: Record {
    var encoded: Bytes {
        counts.reduce(into: Self.bytes(of: settledEnergy, balances)) { $1.append(to: &$0) }
    }

    init(decoding bytes: Bytes) throws(MalformedBytes) {
        var reader = RecordReader(bytes, of: "totals")
        settledEnergy = try reader.next()
        balances = try reader.next()
        counts = []
        for _ in TradeStatus.allCases { counts.append(try reader.next()) }
        try reader.end()
    }
}

extension StateKey {
    /// How many offers and trades there are by status, and the sums over all accounts and trades.
    public static let totals = StateKey(.totals)
}

extension StateView {
    /// The sums over the whole ledger.
    public var totals: Totals { record(at: .totals) ?? .none }
}

extension StateOverlay {
    /// Brings the sums over the whole ledger up to what was written. Comes last in a block.
    mutating func countTotals() {
        let before = totals
        var after = before
        for change in valueChanges { after.note(change.key, from: change.before, to: change.after) }
        if after != before { set(.totals, after) }
    }
}
