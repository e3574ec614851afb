import Ledger
import Market
import Protocol
import Replica
import Testing

@testable import Simulation

/// The market's checker is fed a history that is wrong in what it watches.
@Suite struct `The market's checker finds` {
    private let community: SimulatedCommunity
    private let seller: SimulatedNode
    private let buyer: SimulatedNode
    private let aggregator: SimulatedNode
    private let meters: [FlowDirection: SimulatedKey]
    private let checker: MarketChecker

    init() throws {
        var generator = SeededGenerator(seed: 4)
        community = SimulatedCommunity(validators: 4, others: 4, generator: &generator)
        let nodes = community.nodes()
        (aggregator, seller, buyer) = (nodes[4], nodes[5], nodes[6])
        var meters: [FlowDirection: SimulatedKey] = [:]
        if case .household(let meter, _)? = seller.part { meters[.export] = meter }
        if case .household(let meter, _)? = buyer.part { meters[.import] = meter }
        self.meters = meters
        checker = MarketChecker(community: community, nodes: nodes)
    }

    /// The failure that `history` leads to.
    private func failure(
        _ history: (inout MarketChecker, inout SafetyChecker) throws -> Void
    ) rethrows -> String {
        var safety = SafetyChecker(community: community)
        var checker = checker
        try history(&checker, &safety)
        return safety.failure ?? "none"
    }

    private func receipt(
        _ trade: UInt32, _ direction: FlowDirection = .export, from start: UInt64, to end: UInt64,
        after seconds: UInt64 = 0
    ) throws -> SignedMeterReceipt {
        let meter = try #require(meters[direction])
        return MeterReceipt(
            tradeID: OfferID(trade), meter: meter.address, direction: direction,
            startRegister: WattHours(start), endRegister: WattHours(end),
            startTime: paid.advanced(bySeconds: seconds),
            endTime: paid.advanced(bySeconds: seconds + 300)
        ).signed(by: meter, in: community.domain)
    }

    /// When payments are confirmed; delivery lasts five minutes.
    private var paid: MarketTime {
        community.genesis.marketClock.origin.advanced(bySeconds: 1_500)
    }

    /// The node stores what its meter says, and sends it.
    private func say(
        _ receipt: SignedMeterReceipt, by node: SimulatedNode, _ checker: inout MarketChecker,
        _ safety: inout SafetyChecker
    ) {
        var delivery = MeterDelivery(
            tradeID: receipt.receipt.tradeID, direction: receipt.receipt.direction,
            began: MeterReading(
                meter: receipt.receipt.meter, time: paid, importRegister: .zero,
                exportRegister: .zero, power: 0))
        delivery.receipt = receipt
        node.roleStore.store(.household(.delivery(delivery)))
        checker.said(.receipt(receipt), by: node, &safety)
    }

    @Test(arguments: [FlowDirection.export, .import])
    func `nothing where each stretch is signed once`(_ direction: FlowDirection) throws {
        let node = direction == .export ? seller : buyer
        let found = try failure { checker, safety in
            let first = try receipt(1, direction, from: 0, to: 10)
            say(first, by: node, &checker, &safety)
            say(first, by: node, &checker, &safety)
            say(
                try receipt(2, direction, from: 10, to: 30, after: 300), by: node, &checker,
                &safety)
        }
        #expect(found == "none")
        let sameTime = try failure { checker, safety in
            say(try receipt(1, direction, from: 0, to: 10), by: node, &checker, &safety)
            say(
                try receipt(2, direction, from: 10, to: 30, after: 299), by: node, &checker,
                &safety)
        }
        #expect(sameTime.contains("up to 10 Wh is signed away"), "\(sameTime)")
    }

    @Test(arguments: [FlowDirection.export, .import])
    func `two receipts over one stretch of a register`(_ direction: FlowDirection) throws {
        let node = direction == .export ? seller : buyer
        let found = try failure { checker, safety in
            say(try receipt(1, direction, from: 0, to: 10), by: node, &checker, &safety)
            say(try receipt(2, direction, from: 9, to: 30), by: node, &checker, &safety)
        }
        #expect(found.contains("signs 9 Wh to 30 Wh for trade 2, where up to 10 Wh"))
    }

    @Test func `two receipts for one trade`() throws {
        let found = try failure { checker, safety in
            say(try receipt(1, from: 0, to: 10), by: seller, &checker, &safety)
            say(try receipt(1, from: 10, to: 12), by: seller, &checker, &safety)
        }
        #expect(found.contains("signs two receipts for trade 1"))
    }

    @Test func `a receipt that is not stored`() throws {
        let found = try failure { checker, safety in
            checker.said(.receipt(try receipt(1, from: 0, to: 10)), by: seller, &safety)
        }
        #expect(found.contains("sends a receipt that it has not stored"))
    }

    @Test func `a proof that no meter has signed, and one of more than was signed`() throws {
        for signed in [nil, 20 as UInt64] {
            let found = try failure { checker, safety in
                var chain = try TradedChain(community)
                let (sold, bought) = (
                    try receipt(1, .export, from: 0, to: 50),
                    try receipt(1, .import, from: 0, to: 50)
                )
                if let signed {
                    say(
                        try receipt(1, .export, from: 0, to: signed), by: seller, &checker,
                        &safety)
                    say(bought, by: buyer, &checker, &safety)
                }
                var counters = SimulationCounters()
                for block in try chain.blocks(seller: seller, buyer: buyer, sold, bought) {
                    checker.check(block, &safety, &counters)
                }
                #expect(counters["trade of a role delivered"] == 1)
            }
            #expect(
                found.contains(
                    signed == nil ? "has not signed" : "50 Wh are proved, and 20 Wh signed"))
        }
    }

    @Test func `nothing in a trade whose proof is what was signed`() throws {
        let found = try failure { checker, safety in
            var chain = try TradedChain(community)
            let (sold, bought) = (
                try receipt(1, .export, from: 0, to: 50), try receipt(1, .import, from: 0, to: 60)
            )
            say(sold, by: seller, &checker, &safety)
            say(bought, by: buyer, &checker, &safety)
            var counters = SimulationCounters()
            let blocks = try chain.blocks(seller: seller, buyer: buyer, sold, bought)
            for block in blocks {
                checker.check(block, &safety, &counters)
                #expect(checker.underWay.isEmpty == !(block.state.trade(OfferID(1))?.buyer != nil))
            }
        }
        #expect(found == "none")
    }

    /// What was signed for the first trade can still be proved, or no longer; and the meter knows that
    /// it has lost its memory, or goes on from an old copy.
    @Test(arguments: [(true, true, true), (false, true, false), (true, false, false)])
    func `a stretch that is signed again by a meter that has lost its memory`(
        _ isPaid: Bool, _ isEmptied: Bool, _ isFound: Bool
    ) throws {
        let found = try failure { checker, safety in
            var chain = try TradedChain(community)
            let (sold, bought) = (
                try receipt(1, .export, from: 0, to: 50), try receipt(1, .import, from: 0, to: 50)
            )
            say(sold, by: seller, &checker, &safety)
            say(bought, by: buyer, &checker, &safety)
            var counters = SimulationCounters()
            let blocks = try chain.blocks(seller: seller, buyer: buyer, sold, bought)
            for block in isPaid ? blocks.dropLast() : blocks[...] {
                checker.check(block, &safety, &counters)
            }
            checker.excuse(seller, isEmptied: isEmptied)
            say(try receipt(2, from: 49, to: 60), by: seller, &checker, &safety)
        }
        #expect(
            found.contains("signs 49 Wh to 60 Wh for trade 2 a second time") == isFound, "\(found)")
        if !isFound { #expect(found == "none") }
    }

    @Test func `books that are not the ledger's`() throws {
        let found = try failure { checker, safety in
            var chain = try TradedChain(community)
            let blocks = try chain.blocks(
                seller: seller, buyer: buyer, try receipt(1, .export, from: 0, to: 50),
                try receipt(1, .import, from: 0, to: 50))
            let last = try #require(blocks.last)
            aggregator.roleStore.store(
                .aggregator(
                    .trade(
                        KeptTrade(
                            id: OfferID(1), seller: seller.address, buyer: buyer.address,
                            energy: WattHours(50), price: TokenAmount(5), status: .paid,
                            deliveredEnergy: .zero, sellerBegan: nil, sellerReceipt: nil,
                            buyerBegan: nil, buyerReceipt: nil))))
            checker.started(aggregator, at: last.state, &safety)
        }
        #expect(found == "the aggregator's books have trade 1 as paid, the ledger as delivered")
    }

    @Test func `a household that buys more at once than it may, unless it has begun again`() throws
    {
        for hasForgotten in [false, true] {
            let found = try failure { checker, safety in
                var chain = try TradedChain(community)
                checker.mostPurchases = 1
                if hasForgotten { checker.begins(buyer) }
                var counters = SimulationCounters()
                for block in try chain.twoPurchases(seller: seller, buyer: buyer) {
                    checker.check(block, &safety, &counters)
                }
                #expect(counters["trade of a role begun"] == 2)
            }
            #expect(found.contains("buys 2 times at once") == !hasForgotten, "\(found)")
        }
    }

    private func transaction(
        _ data: Bytes, nonce: UInt64, of node: SimulatedNode
    ) throws -> VerifiedTransaction {
        let transaction = Transaction(
            chainID: community.genesis.chainID, nonce: nonce, to: NativeContract.market,
            data: data)
        return try VerifiedTransaction(
            transaction.signed(by: node.key), scheme: SimulatedScheme())
    }

    @Test func `a call that is made a second time while the first may become final`() throws {
        let pick = MarketCall.pickOffer(OfferID(1))
        for (data, hasForgotten, isFound) in [
            (pick, false, true), (pick, true, false),
            (MarketCall.addOffer(energy: 1, price: 1), false, false),
        ] {
            let found = try failure { checker, safety in
                let first = try transaction(data, nonce: 0, of: buyer)
                checker.handedIn(first, by: buyer, &safety)
                checker.handedIn(first, by: buyer, &safety)
                if hasForgotten { checker.begins(buyer) }
                checker.handedIn(try transaction(data, nonce: 1, of: buyer), by: buyer, &safety)
            }
            #expect(found.contains("makes a call a second time") == isFound, "\(found)")
        }
    }

    @Test func `a household that fetches its money itself, where nothing goes wrong`() throws {
        for nothingGoesWrong in [true, false] {
            var safety = SafetyChecker(community: community)
            var checker = MarketChecker(
                community: community, nodes: community.nodes(), nothingGoesWrong: nothingGoesWrong)
            checker.handedIn(
                try transaction(MarketCall.refund(OfferID(1)), nonce: 0, of: buyer), by: buyer,
                &safety)
            #expect((safety.failure != nil) == nothingGoesWrong)
        }
    }
}

/// A chain on which two households trade, a block every five minutes of the market.
private struct TradedChain {
    private let community: SimulatedCommunity
    private var head: Block
    private var state: LedgerState
    private var blocks: [CommittedBlock] = []

    init(_ community: SimulatedCommunity) throws {
        self.community = community
        head = community.chain.head.block
        state = community.chain.state
    }

    private mutating func call(_ contract: Address, _ data: Bytes, by sender: Address) throws {
        let transaction = Transaction(
            chainID: community.genesis.chainID, nonce: state.account(sender).nonce, to: contract,
            data: data)
        let verified = try VerifiedTransaction(
            transaction.signed(by: SimulatedKey(address: sender)), scheme: SimulatedScheme())
        let execution = state.build(
            on: head, at: head.header.timestamp.advanced(byMilliseconds: 1_000),
            proposer: community.genesis.validators.members[0], candidates: [verified])
        try #require(execution.receipts.first?.succeeded == true)
        blocks.append(
            CommittedBlock(
                execution, certificate: Certificate(round: 0, seals: []),
                decidedBy: state.validators()))
        head = execution.block
        state = execution.state
    }

    private mutating func fund(_ buyer: SimulatedNode) throws {
        let amount = TokenAmount(1_000)
        try call(
            NativeContract.token,
            TokenCall.mint(to: community.aggregator, amount: amount, reference: "1"),
            by: community.exchange)
        try call(
            NativeContract.token, TokenCall.transfer(to: buyer.address, amount: amount),
            by: community.aggregator)
    }

    private mutating func offer(by seller: SimulatedNode) throws {
        try call(
            NativeContract.market, MarketCall.addOffer(energy: 50, price: 5), by: seller.address)
    }

    /// The blocks of a trade up to its proof.
    mutating func blocks(
        seller: SimulatedNode, buyer: SimulatedNode, _ sold: SignedMeterReceipt,
        _ bought: SignedMeterReceipt
    ) throws -> [CommittedBlock] {
        let id = OfferID(1)
        try fund(buyer)
        try offer(by: seller)
        try call(NativeContract.market, MarketCall.pickOffer(id), by: buyer.address)
        let now = community.genesis.marketClock.time(at: head.header.timestamp)
        let meter = state.member(buyer.address)?.meterKey ?? .zero
        let start = MeterReceipt(
            tradeID: id, meter: meter, direction: .import, startRegister: .zero,
            endRegister: .zero, startTime: now, endTime: now
        ).signed(by: SimulatedKey(address: meter), in: state.domain)
        try call(
            NativeContract.market, MarketCall.confirmP2L(id, start: start),
            by: community.aggregator)
        try call(
            NativeContract.market,
            MarketCall.proofOfDelivery(id, seller: sold, buyer: bought), by: community.aggregator)
        return blocks
    }

    /// The blocks of two purchases at once.
    mutating func twoPurchases(
        seller: SimulatedNode, buyer: SimulatedNode
    ) throws -> [CommittedBlock] {
        try fund(buyer)
        for id in [OfferID(1), OfferID(2)] {
            try offer(by: seller)
            try call(NativeContract.market, MarketCall.pickOffer(id), by: buyer.address)
        }
        return blocks
    }
}
