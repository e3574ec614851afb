import Ledger
import Protocol
import Replica

/// What members do by hand, sensible or not: those that have no node of their own, and strangers
/// who send meters' messages.
struct Workload {
    /// A member and the node that it uses.
    struct Client {
        let account: Address
        let role: MemberRole
        let node: Int
    }

    let clients: [Client]
    var hasStopped = false
    private let community: SimulatedCommunity
    private var requests: UInt64 = 0

    init(community: SimulatedCommunity, nodes: Int) {
        self.community = community
        let working = community.genesis.members.filter {
            $0.role != .validator && !community.hasRole($0.account)
                && $0.account != community.hostile
        }
        clients = working.enumerated().map { index, member in
            Client(account: member.account, role: member.role, node: (nodes - 1 + index) % nodes)
        }
    }

    /// What `client` sends next, judging by `view`; nil if it has nothing to do.
    mutating func next(
        of client: Client, seeing view: MarketView, generator: inout SeededGenerator
    ) -> Event? {
        guard let call = call(of: client, view: view, generator: &generator) else { return nil }
        let transaction = Transaction(
            chainID: community.genesis.chainID, nonce: view.nextNonce, to: call.contract,
            data: call.data)
        let signed = transaction.signed(by: SimulatedKey(address: client.account))
        requests += 1
        guard let verified = try? VerifiedTransaction(signed, scheme: SimulatedScheme()) else {
            return nil
        }
        return .submitted(verified, RequestID(requests))
    }

    struct Call {
        let contract: Address
        let data: Bytes

        static func market(_ data: Bytes) -> Call {
            Call(contract: NativeContract.market, data: data)
        }
        static func token(_ data: Bytes) -> Call {
            Call(contract: NativeContract.token, data: data)
        }
    }

    private func call(
        of client: Client, view: MarketView, generator: inout SeededGenerator
    ) -> Call? {
        switch client.role {
        case .exchange: mint(view)
        case .aggregator: sell(view)
        case .prosumer: offer(view, generator: &generator)
        case .consumer: pick(view, generator: &generator)
        case .observer: Self.anything
        case .validator: nil
        }
    }
}

// What each does by hand.
extension Workload {
    private static let mintedAmount: UInt64 = 1_000_000_000
    private static let soldAmount: UInt64 = 50_000_000
    /// What a member sends that has nothing to do: no offer has this number.
    private static let anything = Call.market(MarketCall.cancelOffer(OfferID(9_999_999)))

    private func mint(_ view: MarketView) -> Call? {
        let balance = view.state.account(community.aggregator).balance
        guard balance.baseUnits < Self.mintedAmount else { return nil }
        return .token(
            TokenCall.mint(
                to: community.aggregator, amount: TokenAmount(Self.mintedAmount),
                reference: "payment-\(requests)"))
    }

    /// An aggregator without a node sells tokens, and does nothing for trades.
    private func sell(_ view: MarketView) -> Call? {
        let poor = community.consumers.first {
            view.state.account($0).balance.baseUnits < Self.soldAmount / 10
        }
        return poor.map {
            .token(TokenCall.transfer(to: $0, amount: TokenAmount(Self.soldAmount)))
        }
    }

    private func offer(_ view: MarketView, generator: inout SeededGenerator) -> Call? {
        let own = view.openOffers.filter { $0.seller == view.account }
        if let first = own.first, generator.chance(permille: 100) {
            return .market(MarketCall.cancelOffer(first.id))
        }
        if generator.chance(permille: 100) {
            // Beyond what is sold in a day without the operator's word, now and then.
            let amount = generator.next(in: 1...60_000_000)
            return .token(
                TokenCall.purchaseTokens(
                    of: community.aggregator, amount: TokenAmount(amount), reference: "by hand"))
        }
        guard own.count < 4 else { return nil }
        let expires = view.time.advanced(bySeconds: 3_600)
        let energy = UInt32(generator.next(in: 100...800))
        let price = UInt32(generator.next(in: 1_000...400_000))
        let end = generator.chance(permille: 300) ? expires.seconds : nil
        guard price.isMultiple(of: 4) else {
            return .market(MarketCall.addOffer(energy: energy, price: price, expires: end))
        }
        // One in four is to one alone, half of those for nothing; now and then to one who may pick nothing.
        let consumer = community.consumers[Int(price / 8) % community.consumers.count]
        return .market(
            MarketCall.addOffer(
                energy: energy, price: price.isMultiple(of: 8) ? 0 : price,
                to: price.isMultiple(of: 64) ? community.aggregator : consumer, expires: end))
    }

    private func pick(_ view: MarketView, generator: inout SeededGenerator) -> Call? {
        if let late = view.recentTrades.first(where: { view.isRefundable($0) }) {
            return .market(MarketCall.refund(late.offer.id))
        }
        // Some take no heed of whom an offer is for, nor does who finds nothing else.
        let open = view.openOffers
        let own = open.filter { $0.isFor(view.account) }
        let offers = own.isEmpty || view.time.seconds.isMultiple(of: 3) ? open : own
        guard !offers.isEmpty else { return nil }
        // Now and then someone picks what is gone by the time, or was never there.
        let id = generator.chance(permille: 20) ? OfferID(9_999_999) : generator.pick(offers).id
        return .market(MarketCall.pickOffer(id))
    }

    /// A message that a stranger sends to a role, who sees `view`: a command, a receipt that no meter has
    /// signed, or what only an aggregator tells.
    func forgery(
        seeing view: MarketView, by stranger: SimulatedKey, generator: inout SeededGenerator
    ) -> MeterMessage? {
        let trades = view.recentTrades.filter { $0.buyer != nil }
        guard !trades.isEmpty else { return nil }
        let trade = generator.pick(trades)
        let isExport = generator.chance(permille: 500)
        let household = isExport ? trade.offer.seller : trade.buyer ?? .zero
        let meter = view.state.member(household)?.meterKey ?? .zero
        let command = DeliveryCommand(
            tradeID: trade.offer.id, direction: isExport ? .export : .import,
            energy: trade.offer.energy)
        let receipt = MeterReceipt(
            tradeID: trade.offer.id, meter: meter, direction: command.direction,
            startRegister: .zero, endRegister: trade.offer.energy, startTime: view.time,
            endTime: view.time)
        switch generator.index(below: 6) {
        case 0: return .begin(command)
        case 1: return .end(command)
        case 2: return .refusal(trade.offer.id, reason: "a stranger says so")
        case 3: return .suspension(reason: "a stranger says so")
        case 4: return .quarters(forgedReport(view))
        default: return .receipt(receipt.signed(by: stranger, in: community.domain))
        }
    }
}

extension Workload {
    /// Quarters of the last hours that nobody has measured.
    private func forgedReport(_ view: MarketView) -> QuarterReport {
        let sums = QuarterSums(
            meters: 9, measured: 9, supply: WattHours(999_999), need: WattHours(999_999))
        let now = view.time.seconds / QuarterSums.seconds
        return QuarterReport(
            first: MarketTime(seconds: (now - min(now, 4)) * QuarterSums.seconds),
            quarters: [sums, sums])
    }
}

extension World {
    /// The node that a member uses: its own, or the next one if that has left. Once everything works
    /// again it is an honest one: another may keep to itself what it is given.
    private func home(of client: Workload.Client) -> Int {
        let isHealed = if case .healed = phase { true } else { false }
        let places = (0..<nodes.count).map { (client.node + $0) % nodes.count }
        return places.first {
            nodes[$0].presence == .present && !(isHealed && byzantineNodes[$0] != nil)
        } ?? client.node
    }

    /// Lets a member act, and plans its next action.
    mutating func act(_ client: Int) {
        guard !workload.hasStopped else { return }
        // Whether the network has come back shows only where there is work for it.
        let isHealed = if case .healed = phase { true } else { false }
        let pace = isHealed ? min(plan.pace, 1_000) : plan.pace
        scheduler.add(.action(client: client), at: time + 1 + generator.next(below: 2 * pace))
        let member = workload.clients[client]
        let node = home(of: member)
        guard nodes[node].pausedUntil <= time,
            let replica = nodes[node].replica
        else { return }
        let view = MarketView(replica: replica, account: member.account, community: community)
        if generator.chance(permille: 100) { forge(seeing: view) }
        guard let event = workload.next(of: member, seeing: view, generator: &generator) else {
            return
        }
        counters.add("transaction submitted")
        hand(event, to: node)
    }

    /// Has a validator's node say to a neighbour with a role what it has no right to.
    private mutating func forge(seeing view: MarketView) {
        let node = generator.index(below: plan.validators)
        let targets = network.neighbours[node].filter { nodes[$0].part != nil }
        guard !targets.isEmpty,
            let message = workload.forgery(
                seeing: view, by: nodes[node].key, generator: &generator)
        else { return }
        counters.add("forged meter message")
        send(.meter(message), from: node, to: [nodes[generator.pick(targets)].address])
    }
}
