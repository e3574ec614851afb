import Ledger
import Protocol

/// An aggregator's sales of tokens: purchases within the limit are filled at once, the others left
/// to the operator; and a household with few tokens gets some without asking, once, if the settings
/// say so.
struct TokenSales: Sendable {
    enum UnderWay: Sendable {
        case purchase(TokenPurchase, of: Address)
        case topUp(TokenAmount, of: Address)
    }

    let limit: TokenAmount
    var purchases = PendingPurchases()
    var topUps: TopUps
    var underWay: [CallID: UnderWay] = [:]
    /// What was sold for purchases within a day, by buyer.
    private var sold: [Address: DailyTokens] = [:]

    init(_ settings: AggregatorSettings, restoring memory: AggregatorMemory) {
        limit = settings.purchaseLimit
        topUps = TopUps(settings.topUp, restoring: memory.topUps)
        for sale in memory.sales {
            sold[sale.account, default: DailyTokens()].add(sale.amount, at: sale.soldAt)
        }
    }

    /// Looks at all purchases and balances on the ledger, once.
    mutating func started(_ context: RoleContext) {
        for member in context.state.members() { follow(member.account, context) }
    }

    /// Looks at the purchases and balances that a block changed.
    mutating func blockFinal(_ block: CommittedBlock, _ context: RoleContext) {
        for account in block.changedMembers { follow(account, context) }
        for event in block.tokenEvents {
            switch event {
            case .transfer(let from, let to, _):
                topUps.review(from, context.state)
                topUps.review(to, context.state)
            case .purchaseOpened(let buyer, _, _, _, _), .sold(let buyer, _, _, _),
                .purchaseDeclined(let buyer, _, _, _), .purchaseCancelled(let buyer, _):
                follow(buyer, context)
            case .approval, .minted, .burned: continue
            }
        }
    }

    private mutating func follow(_ account: Address, _ context: RoleContext) {
        let purchase = context.state.tokenPurchase(of: account)
        let isOpen = purchase.map { $0.isOpen && $0.seller == context.account } ?? false
        purchases.follow(account, isOpen ? purchase : nil)
        topUps.review(account, context.state)
    }

    /// How many tokens `buyer` was sold for purchases within the last day.
    mutating func soldWithinADay(to buyer: Address, at now: Timestamp) -> UInt64 {
        guard var sales = sold[buyer] else { return 0 }
        let sum = sales.sum(at: now)
        sold[buyer] = sum == 0 ? nil : sales
        return sum
    }

    /// Takes what a sale came to.
    mutating func finished(
        _ call: CallID, _ outcome: CallOutcome, _ context: inout RoleContext
    ) {
        guard let sale = underWay.removeValue(forKey: call) else { return }
        switch sale {
        case .purchase(let purchase, let buyer):
            finished(purchase, of: buyer, call, outcome, &context)
        case .topUp(let amount, let account):
            switch outcome {
            case .success(let final): keep(amount, to: account, nil, final, &context)
            case .failure(let failure):
                context.log(
                    .warning, "no tokens for \(account): \(failure)",
                    cause: LineCause("top-up failed", by: account))
                topUps.failed(account, context.state, at: context.now)
                context.store(.aggregator(.noTopUp(of: account)))
            }
        }
    }

    private mutating func finished(
        _ purchase: TokenPurchase, of buyer: Address, _ call: CallID, _ outcome: CallOutcome,
        _ context: inout RoleContext
    ) {
        var pause: UInt64 = 0
        switch outcome {
        case .success(let final):
            keep(purchase.amount, to: buyer, purchase.number, final, &context)
        case .failure(let failure):
            context.log(
                .warning, "purchase \(purchase.number) of \(buyer): \(failure)",
                cause: LineCause("sale failed", by: buyer))
            pause = 5_000
        }
        purchases.finished(buyer, call, pause: pause, at: context.now)
    }

    private mutating func keep(
        _ amount: TokenAmount, to account: Address, _ purchase: UInt32?,
        _ final: FinalTransaction, _ context: inout RoleContext
    ) {
        let sale = TokenSale(
            account: account, amount: amount, purchase: purchase, transaction: final.hash,
            block: final.blockNumber, soldAt: context.now)
        if purchase != nil {
            sold[account, default: DailyTokens()].add(amount, at: context.now)
        }
        context.store(.aggregator(.sale(sale)))
    }
}

/// Tokens that went out within the last 24 hours.
struct DailyTokens: Sendable {
    private static let day: UInt64 = 86_400_000

    private var entries: [(at: Timestamp, amount: TokenAmount)] = []

    mutating func add(_ amount: TokenAmount, at time: Timestamp) { entries.append((time, amount)) }

    /// How many they are at `now`; what is older is forgotten.
    mutating func sum(at now: Timestamp) -> UInt64 {
        let since = now.milliseconds - min(Self.day, now.milliseconds)
        entries.removeAll { $0.at.milliseconds < since }
        return entries.reduce(0) { $0.addingSaturating($1.amount.baseUnits) }
    }
}
