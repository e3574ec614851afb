import Ledger
import Market
import Protocol
import Replica

/// Watches what the production's roles sign, write down and bring about.
struct MarketChecker {
    private struct Register: Hashable {
        let meter: Address
        let direction: FlowDirection
    }

    /// What a meter has signed of one of its registers.
    private struct Signed {
        var receipts: [OfferID: MeterReceipt] = [:]
        /// Up to where the register has been signed away.
        var end = WattHours.zero
        var endTime = MarketTime.zero

        /// Whether another receipt shares a watt-hour or a second with `receipt`, or does not lie on one
        /// line with it. They may be said in any order: one that was signed before a crash comes late.
        func conflicts(with receipt: MeterReceipt) -> Bool {
            func follows(_ later: MeterReceipt, _ earlier: MeterReceipt) -> Bool {
                later.startRegister >= earlier.endRegister && later.startTime >= earlier.endTime
            }
            return receipts.values.contains { other in
                other.tradeID != receipt.tradeID && !follows(receipt, other)
                    && !follows(other, receipt)
            }
        }
    }

    /// The trades that were picked and are not over, and in which a household with a role takes
    /// part.
    private(set) var underWay: Set<OfferID> = []
    /// How high the chain is that has been looked at.
    private(set) var height: UInt64 = 0
    private(set) var before: LedgerState
    private var signed: [Register: Signed] = [:]
    /// What a household takes: gifts have places of their own beside what it buys.
    private struct Taker: Hashable {
        let account: Address
        let takesGifts: Bool
    }

    /// How many purchases, or gifts, of each household are under way, and whether it has begun again since
    /// there were none: what it called for before it has forgotten.
    private var purchases: [Taker: (count: Int, hasForgotten: Bool)] = [:]
    /// What each node's role has handed in since it began and would do harm when made twice: the call
    /// and its transaction.
    private var onceUnderWay: [Address: [Bytes: VerifiedTransaction]] = [:]
    /// The nodes whose memory was taken.
    private var excused: Set<Address> = []
    /// Those of them that do not know it: they got an old copy, or their clock was wrong when they
    /// began to remember.
    private var unaware: Set<Address> = []
    /// The households with roles, and the keys of their meters.
    private let households: [Address: Address]

    /// How many purchases a household may have under way at once, and as many gifts.
    var mostPurchases = TraderLimits().mostOpenPurchases
    /// Whether the energy of trades that are settled is counted.
    var isMeasuring = true

    /// Whether the run is one without faults.
    private let nothingGoesWrong: Bool

    init(
        community: SimulatedCommunity, nodes: [SimulatedNode], nothingGoesWrong: Bool = false
    ) {
        self.nothingGoesWrong = nothingGoesWrong
        before = community.chain.state
        var households: [Address: Address] = [:]
        for node in nodes {
            if case .household(let meter, _)? = node.part {
                households[node.address] = meter.address
            }
        }
        self.households = households
    }

    /// From now on what a node's role says may contradict what it said before. One that has lost
    /// everything knows that, and still signs nothing away that can be proved as signed before; of
    /// an old copy, which does not know its age, no more is asked than that the ledger stays right.
    mutating func excuse(_ node: SimulatedNode, isEmptied: Bool) {
        excused.insert(node.address)
        if !isEmptied { unaware.insert(node.address) }
    }

    /// Whether a meter that has lost its memory signs a stretch for `receipt` that it has signed for a
    /// trade that can still be proved.
    private func signsAgain(_ receipt: MeterReceipt, after known: Signed) -> Bool {
        known.receipts.values.contains { other in
            other.tradeID != receipt.tradeID && other.startRegister < receipt.endRegister
                && receipt.startRegister < other.endRegister
                && before.trade(other.tradeID)?.status == .paid
        }
    }

    /// A role says something: no stretch of a register may be in two receipts.
    mutating func said(
        _ message: MeterMessage, by node: SimulatedNode, _ checker: inout SafetyChecker
    ) {
        guard case .receipt(let said) = message, !said.receipt.isStart else { return }
        let receipt = said.receipt
        let register = Register(meter: receipt.meter, direction: receipt.direction)
        let known = signed[register, default: Signed()]
        let isExcused = excused.contains(node.address)
        if let same = known.receipts[receipt.tradeID], same == receipt { return }
        if known.receipts[receipt.tradeID] != nil, !isExcused {
            checker.fail(
                "meter \(receipt.meter) signs two receipts for trade \(receipt.tradeID.value)")
        }
        if known.conflicts(with: receipt), !isExcused {
            checker.fail(
                "meter \(receipt.meter) signs \(receipt.startRegister.value) Wh to "
                    + "\(receipt.endRegister.value) Wh for trade \(receipt.tradeID.value), where "
                    + "up to \(known.end.value) Wh is signed away, until \(known.endTime.seconds)")
        }
        if isExcused, !unaware.contains(node.address), signsAgain(receipt, after: known) {
            checker.fail(
                "meter \(receipt.meter), which has lost its memory, signs "
                    + "\(receipt.startRegister.value) Wh to \(receipt.endRegister.value) Wh for "
                    + "trade \(receipt.tradeID.value) a second time")
        }
        if node.roleStore.content.deliveries[receipt.tradeID]?.receipt != said {
            checker.fail("meter \(receipt.meter) sends a receipt that it has not stored")
        }
        signed[register, default: Signed()].receipts[receipt.tradeID] = receipt
        signed[register]?.end = max(known.end, receipt.endRegister)
        signed[register]?.endTime = max(known.endTime, receipt.endTime)
    }

    /// A role's transaction is in its pool: what would do harm when made twice is under way once, and
    /// where nothing goes wrong no household has to fetch its money itself.
    mutating func handedIn(
        _ transaction: VerifiedTransaction, by node: SimulatedNode, _ checker: inout SafetyChecker
    ) {
        let data = transaction.transaction.data
        if nothingGoesWrong, households[node.address] != nil, data.isCall(to: Self.rescues) {
            let id = OfferID(UInt32(bigEndian: data.suffix(4)) ?? 0)
            let status = before.trade(id)?.status.name ?? "gone"
            checker.fail(
                "\(node.address) has to fetch its money itself, where nothing goes wrong: trade "
                    + "\(id.value) is still \(status)")
        }
        guard data.isCall(to: Self.harmfulTwice) else { return }
        // A node that is behind signs with nonces that are used; nothing can come of that.
        let next = before.account(node.address).nonce
        let known = onceUnderWay[node.address]?[data]
        if let known, known != transaction, known.transaction.nonce >= next {
            checker.fail(
                "\(node.address) makes a call a second time, as its nonces "
                    + "\(known.transaction.nonce) and \(transaction.transaction.nonce)")
        }
        onceUnderWay[node.address, default: [:]][data] = transaction
    }

    private static let rescues = [
        MarketCall.refund(OfferID(0)), MarketCall.claim(OfferID(0)),
        MarketCall.releaseOffer(OfferID(0)),
    ]
    private static let harmfulTwice = [
        MarketCall.pickOffer(OfferID(0)), TokenCall.transfer(to: .zero, amount: .zero),
    ]

    /// A role begins: what it has called for before it has forgotten.
    mutating func begins(_ node: SimulatedNode) {
        for takesGifts in [false, true] {
            let taker = Taker(account: node.address, takesGifts: takesGifts)
            purchases[taker, default: (0, false)].hasForgotten = true
        }
        if node.clockOffset != 0 { unaware.insert(node.address) }
        onceUnderWay[node.address] = nil
    }

    /// A role has begun again: what it has written down is what the ledger has.
    mutating func started(
        _ node: SimulatedNode, at state: LedgerState, _ checker: inout SafetyChecker
    ) {
        // A ledger that was cut short is behind the books until it is fetched again.
        guard !excused.contains(node.address), node.store.height >= node.toldHeight else { return }
        let content = node.roleStore.content
        for kept in content.trades.values.sorted(by: { $0.id < $1.id }) {
            let id = kept.id
            guard let status = state.trade(id)?.status, status != kept.status else { continue }
            checker.fail(
                "the aggregator's books have trade \(id.value) as \(kept.status.name), the ledger "
                    + "as \(status.name)")
        }
        for sale in content.sales {
            guard let number = sale.purchase, let last = state.tokenPurchase(of: sale.account),
                last.number == number, last.status != .sold
            else { continue }
            checker.fail("the books have purchase \(number) of \(sale.account) as sold")
        }
        guard let key = households[node.address], let meter = state.meter(key) else { return }
        guard let registers = content.registers,
            registers.register(.export) >= meter.exportClaims.end.register,
            registers.register(.import) >= meter.importClaims.end.register
        else { return checker.fail("meter \(key) has forgotten what was proved of it") }
    }

    /// A block is new: what it proves is what the meters signed.
    mutating func check(
        _ block: CommittedBlock, _ checker: inout SafetyChecker,
        _ counters: inout SimulationCounters
    ) {
        height = block.header.number
        let forgotten = block.state.forgottenTradeCount - before.forgottenTradeCount
        if forgotten > 0 { counters.add("trade that left the state", UInt64(forgotten)) }
        if before.ruleSchedule.change(at: height).from == height {
            counters.add("change of rules")
        }
        for id in block.changes.compactMap(\.trade) {
            let last = before.trade(id)
            guard let trade = block.state.trade(id),
                isWatched(trade) || last.map(isWatched) ?? false
            else { continue }
            let earlier = last?.status
            count(trade, after: last, &counters)
            if isMeasuring, trade.status == .settled, earlier != .settled {
                counters.add(Self.settledEnergy, trade.deliveredEnergy.value)
            }
            let isReleased = trade.releaseCount != last?.releaseCount ?? 0
            if let last, isReleased, last.status.isPicked { end(last) }
            follow(
                trade, isNew: isReleased || !(earlier?.isPicked ?? false), &checker)
            if earlier != .delivered, trade.delivered != nil, before.trade(id)?.delivered == nil,
                let fault = fault(ofProved: trade)
            {
                checker.fail(fault)
            }
        }
        before = block.state
    }

    /// A purchase is over.
    private mutating func end(_ trade: Trade) {
        underWay.remove(trade.offer.id)
        guard let buyer = trade.buyer, households[buyer] != nil else { return }
        let taker = Taker(account: buyer, takesGifts: trade.offer.isGift)
        var purchases = self.purchases[taker, default: (0, false)]
        purchases.count -= 1
        if purchases.count == 0 { purchases.hasForgotten = false }
        self.purchases[taker] = purchases
    }

    private func count(
        _ trade: Trade, after last: Trade?, _ counters: inout SimulationCounters
    ) {
        if let step = Self.step(from: last?.status, to: trade.status) { counters.add(step) }
        if trade.releaseCount != last?.releaseCount ?? 0 { counters.add("pick of a role released") }
        if trade.firstReceipt != nil, last?.firstReceipt == nil {
            counters.add("receipt of a role by itself")
        }
        if trade.offer.isGift, trade.status == .settled, last?.status != .settled {
            counters.add("gift of a role settled")
        }
        if trade.status == .settled, trade.imported == nil, last?.status != .settled {
            counters.add("trade of a role paid in part for a silent buyer")
        }
    }

    private mutating func follow(_ trade: Trade, isNew: Bool, _ checker: inout SafetyChecker) {
        let id = trade.offer.id
        guard let buyer = trade.buyer, trade.status.isPicked || underWay.contains(id) else {
            return
        }
        guard trade.status.isPicked else { return end(trade) }
        underWay.insert(id)
        guard households[buyer] != nil else { return }
        let taker = Taker(account: buyer, takesGifts: trade.offer.isGift)
        var purchases = self.purchases[taker, default: (0, false)]
        purchases.count += isNew ? 1 : 0
        if purchases.count == 0 { purchases.hasForgotten = false }
        if purchases.count > mostPurchases, !purchases.hasForgotten {
            checker.fail("\(buyer) buys \(purchases.count) times at once, with trade \(id.value)")
        }
        self.purchases[taker] = purchases
    }

    private func isWatched(_ trade: Trade) -> Bool {
        households[trade.offer.seller] != nil || trade.buyer.map { households[$0] != nil } == true
    }

    private func fault(ofProved trade: Trade) -> String? {
        let id = trade.offer.id
        var energy = trade.offer.energy
        for (account, direction) in [
            (trade.offer.seller, FlowDirection.export), (trade.buyer ?? .zero, .import),
        ] {
            guard let meter = households[account] else { continue }
            let register = Register(meter: meter, direction: direction)
            guard let receipt = signed[register]?.receipts[id] else {
                return "trade \(id.value) is proved by what meter \(meter) has not signed"
            }
            energy = min(
                energy, WattHours(receipt.endRegister.value - receipt.startRegister.value))
        }
        guard trade.deliveredEnergy <= energy else {
            return "trade \(id.value): \(trade.deliveredEnergy.value) Wh are proved, and "
                + "\(energy.value) Wh signed"
        }
        return nil
    }

    /// Under which name the energy of settled trades is counted, in Wh.
    static let settledEnergy = "Wh settled"

    private static func step(from earlier: TradeStatus?, to status: TradeStatus) -> String? {
        guard earlier != status else { return nil }
        return switch status {
        case .picked: "trade of a role begun"
        case .delivered: "trade of a role delivered"
        case .settled: "trade of a role settled"
        case .refunded: "trade of a role refunded"
        case .open, .paid, .cancelled, .expired: nil
        }
    }

    /// What is late where everything works, for people; nil if nothing is.
    var late: String? {
        guard let first = underWay.min(), let trade = before.trade(first) else { return nil }
        return
            "trade \(first.value) is still \(trade.status.name), and \(underWay.count - 1) others"
    }
}

extension Bytes {
    /// Whether it calls the function of one of `examples`.
    fileprivate func isCall(to examples: [Bytes]) -> Bool {
        examples.contains { starts(with: $0.prefix(4)) }
    }
}

extension TradeStatus {
    /// Whether somebody has picked it and it is not over.
    var isPicked: Bool {
        switch self {
        case .picked, .paid, .delivered: true
        case .open, .settled, .cancelled, .expired, .refunded: false
        }
    }
}
