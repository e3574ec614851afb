import Ledger
import Protocol

/// An aggregator's sales of tokens: purchases within the limit are filled at once, the others left
/// to the operator; and households with few tokens get some without asking, if the settings say so.
struct TokenSales: Sendable {
    enum UnderWay: Sendable {
        case purchase(TokenPurchase, of: Address)
        case topUp(TokenAmount, of: Address)
    }

    private static let day: UInt64 = 86_400_000

    let topUp: AggregatorSettings.TopUp?
    let limit: TokenAmount
    var purchases = PendingPurchases()
    var underWay: [CallID: UnderWay] = [:]
    /// The households with a balance that is topped up.
    var poor: Set<Address> = []
    /// Those for whom a top-up is under way.
    var toppedUp: Set<Address> = []
    var topUpPause = Pause.none
    /// What was sold for purchases within a day.
    private var sold: [TokenSale]

    init(_ settings: AggregatorSettings, restoring sales: [TokenSale]) {
        topUp = settings.topUp.amount > .zero ? settings.topUp : nil
        limit = settings.purchaseLimit
        sold = sales
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
                review(from, context)
                review(to, context)
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
        review(account, context)
    }

    /// Looks at the balance of `account`, if there are top-ups.
    private mutating func review(_ account: Address, _ context: RoleContext) {
        guard let topUp else { return }
        let member = context.state.member(account)
        let isHousehold = member.map { $0.meterKey != .zero && !$0.isSuspended } ?? false
        if isHousehold, context.state.account(account).balance < topUp.below {
            poor.insert(account)
        } else {
            poor.remove(account)
        }
    }

    /// How many tokens `buyer` was sold for purchases within the last day.
    mutating func soldWithinADay(to buyer: Address, at now: Timestamp) -> UInt64 {
        let since = now.milliseconds - min(Self.day, now.milliseconds)
        sold.removeAll { $0.soldAt.milliseconds < since }
        return sold.filter { $0.account == buyer }
            .reduce(0) { $0.addingSaturating($1.amount.baseUnits) }
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
            toppedUp.remove(account)
            switch outcome {
            case .success(let final): keep(amount, to: account, nil, final, &context)
            case .failure(let failure):
                context.log(
                    .warning, "no tokens for \(account): \(failure)",
                    cause: LineCause("top-up failed", by: account))
                topUpPause = Pause(from: context.now, milliseconds: 5_000)
            }
        }
    }

    private mutating func finished(
        _ purchase: TokenPurchase, of buyer: Address, _ call: CallID, _ outcome: CallOutcome,
        _ context: inout RoleContext
    ) {
        var pause = Pause.none
        switch outcome {
        case .success(let final):
            keep(purchase.amount, to: buyer, purchase.number, final, &context)
        case .failure(let failure):
            context.log(
                .warning, "purchase \(purchase.number) of \(buyer): \(failure)",
                cause: LineCause("sale failed", by: buyer))
            pause = Pause(from: context.now, milliseconds: 5_000)
        }
        purchases.update(buyer) { entry in
            guard entry.call == call else { return }
            entry.call = nil
            entry.pause = pause
        }
    }

    private mutating func keep(
        _ amount: TokenAmount, to account: Address, _ purchase: UInt32?,
        _ final: FinalTransaction, _ context: inout RoleContext
    ) {
        let sale = TokenSale(
            account: account, amount: amount, purchase: purchase, transaction: final.hash,
            block: final.blockNumber, soldAt: context.now)
        if purchase != nil { sold.append(sale) }
        context.store(.aggregator(.sale(sale)))
    }
}
