import Ledger
import Protocol
import Simulation
import Testing

@testable import Market

/// A household alone with the aggregator's commands; the trades are made by hand.
@Suite struct HouseholdTests {
    /// A seller and a buyer; the aggregator's process has ended.
    private static func pair() throws -> TestCommunity {
        var limits = TraderLimits()
        limits.isEnabled = false
        var community = try TestCommunity(
            sources: [.manual(-3_600), .manual(3_600)], prosumers: [0], limits: limits)
        community.run(seconds: 2)
        community.stop(TestCommunity.aggregator)
        return community
    }

    private static let seller = TestCommunity.household(0)
    private static let buyer = TestCommunity.household(1)

    @Test func `a command to begin is answered with the register`() throws {
        var community = try Self.pair()
        let id = try community.makeTrade()
        let answers = community.answers(of: Self.seller, to: .begin(command(id)))
        guard case .began(command(id), let reading)? = answers.first else {
            Issue.record("\(answers)")
            return
        }
        #expect(reading.exportRegister == WattHours(120))
    }

    @Test func `a receipt that is asked for again has the same bytes, after a restart too`() throws
    {
        var community = try Self.pair()
        let id = try community.makeTrade()
        _ = community.answers(of: Self.seller, to: .begin(command(id)))
        community.advance(milliseconds: 1_000)
        let first = community.answers(of: Self.seller, to: .end(command(id)))
        community.advance(milliseconds: 5_000)
        #expect(community.answers(of: Self.seller, to: .end(command(id))) == first)
        guard case .receipt(let receipt)? = first.first else {
            Issue.record("\(first)")
            return
        }
        #expect(receipt.receipt.startRegister == WattHours(120))
        #expect(receipt.receipt.endRegister == WattHours(180))
        community.restart(Self.seller)
        #expect(community.answers(of: Self.seller, to: .end(command(id))) == first)
    }

    @Test func `what a meter says of a delivery is stored before it is sent`() throws {
        var community = try Self.pair()
        let id = try community.makeTrade()
        for message in [MeterMessage.begin(command(id)), .end(command(id))] {
            let before = community.effects.count
            _ = community.answers(of: Self.seller, to: message)
            let effects = community.effects[before...].map(\.effect)
            let stored = effects.firstIndex {
                if case .store(.household(.delivery)) = $0 { true } else { false }
            }
            let sent = effects.firstIndex { if case .send = $0 { true } else { false } }
            #expect(try #require(stored) < #require(sent))
        }
    }

    @Test func `a trade that is not paid yet waits for the ledger`() throws {
        var community = try Self.pair()
        let id = try community.makeTrade(paid: false)
        #expect(community.answers(of: Self.seller, to: .begin(command(id))).isEmpty)
        try community.pay(id)
        #expect(
            community.effects.contains {
                if case .send(.began(command(id), _), _) = $0.effect { true } else { false }
            })
    }

    @Test(arguments: [FlowDirection.export, .import])
    func `two deliveries in one direction never overlap`(_ direction: FlowDirection) throws {
        var community = try Self.pair()
        let index = direction == .export ? Self.seller : Self.buyer
        let first = try community.makeTrade()
        let second = try community.makeTrade()
        _ = community.answers(of: index, to: .begin(command(first, direction)))
        let refused = community.answers(of: index, to: .begin(command(second, direction)))
        #expect(refused == [.refusal(second, reason: "the meter still delivers trade 1")])
        community.advance(milliseconds: 3_000)
        let ended = community.answers(of: index, to: .end(command(first, direction)))
        let begun = community.answers(of: index, to: .begin(command(second, direction)))
        guard case .receipt(let one)? = ended.first, case .began(_, let two)? = begun.first else {
            Issue.record("\(ended) \(begun)")
            return
        }
        #expect(two.register(direction) >= one.receipt.endRegister)
        #expect(one.receipt.endRegister > one.receipt.startRegister)
    }

    @Test(arguments: [FlowDirection.export, .import])
    func `a delivery that is under way takes its register after a restart too`(
        _ direction: FlowDirection
    ) throws {
        var community = try Self.pair()
        let index = direction == .export ? Self.seller : Self.buyer
        let first = try community.makeTrade()
        let second = try community.makeTrade()
        let began = community.answers(of: index, to: .begin(command(first, direction)))
        community.restart(index)
        community.advance(milliseconds: 2_000)
        let refused = community.answers(of: index, to: .begin(command(second, direction)))
        #expect(refused == [.refusal(second, reason: "the meter still delivers trade 1")])
        let ended = community.answers(of: index, to: .end(command(first, direction)))
        guard case .began(_, let start)? = began.first, case .receipt(let one)? = ended.first else {
            Issue.record("\(began) \(ended)")
            return
        }
        #expect(one.receipt.startRegister == start.register(direction))
        let begun = community.answers(of: index, to: .begin(command(second, direction)))
        guard case .began(_, let next)? = begun.first else {
            Issue.record("\(begun)")
            return
        }
        #expect(next.register(direction) >= one.receipt.endRegister)
    }

    /// The ledger would refuse a receipt that begins before the payment.
    @Test func `a delivery begins no earlier than the payment by the meter's own clock`() throws {
        var community = try Self.pair()
        community.advance(milliseconds: 5_000)
        let id = try community.makeTrade()
        let paid = try #require(community.ledger.state.trade(id)?.paid).time
        // Its clock is two seconds behind the ledger's.
        let late = Timestamp(milliseconds: community.ledger.now.milliseconds - 2_000)
        community.tell(
            Self.seller, .received(.begin(command(id)), from: community.broker), at: late)
        #expect(community.takeLetters().isEmpty)
        community.tell(Self.seller, .tick)
        let answers = community.takeLetters().compactMap { letter -> MeterReading? in
            if case .began(command(id), let reading) = letter.message { reading } else { nil }
        }
        #expect(answers.count == 1)
        #expect(try #require(answers.first).time >= paid)
    }

    @Test(arguments: [FlowDirection.export, .import])
    func `a delivery that ended is not begun anew from where it began`(
        _ direction: FlowDirection
    ) throws {
        var community = try Self.pair()
        let index = direction == .export ? Self.seller : Self.buyer
        let id = try community.makeTrade()
        let began = community.answers(of: index, to: .begin(command(id, direction)))
        community.advance(milliseconds: 2_000)
        _ = community.answers(of: index, to: .end(command(id, direction)))
        community.restart(index)
        community.advance(milliseconds: 2_000)
        #expect(community.answers(of: index, to: .begin(command(id, direction))) == began)
    }

    /// Each differs from a good command in the checked field alone.
    @Test func `commands that the ledger does not bear out are refused`() throws {
        var community = try Self.pair()
        let id = try community.makeTrade()
        let wrong: [(DeliveryCommand, UntrustedText)] = [
            (command(id, .import), "not a trade of this household's"),
            (command(id, energy: 501), "the trade is of other energy"),
        ]
        for (command, reason) in wrong {
            let answers = community.answers(of: Self.seller, to: .begin(command))
            #expect(answers == [.refusal(id, reason: reason)])
        }
        #expect(
            community.answers(of: Self.seller, to: .end(command(id)))
                == [.refusal(id, reason: "no delivery of this trade has begun")])
        let answers = community.answers(of: Self.seller, to: .begin(command(id)))
        guard case .began? = answers.first else {
            Issue.record("\(answers)")
            return
        }
    }

    @Test func `a trade that is over, or not picked, is not begun`() throws {
        var community = try Self.pair()
        let open = try #require(community.ledger.state.nextOfferID)
        try community.call(
            NativeContract.market, MarketCall.addOffer(energy: 500, price: 1),
            by: community.roles[Self.seller].key)
        #expect(
            community.answers(of: Self.seller, to: .begin(command(open)))
                == [.refusal(open, reason: "the trade is open")])
        let id = try community.makeTrade()
        community.advance(milliseconds: 61_000)
        try community.call(
            NativeContract.market, MarketCall.refund(id), by: community.roles[Self.buyer].key)
        #expect(
            community.answers(of: Self.seller, to: .begin(command(id)))
                == [.refusal(id, reason: "the trade is refunded")])
    }

    @Test func `nobody but the aggregator gives commands`() throws {
        var community = try Self.pair()
        let id = try community.makeTrade()
        let answers = community.answers(
            of: Self.seller, to: .begin(command(id)), from: community.account(1))
        #expect(answers.isEmpty)
    }

    @Test func `a delivery that the ledger closed frees the meter`() throws {
        var community = try Self.pair()
        let id = try community.makeTrade()
        _ = community.answers(of: Self.seller, to: .begin(command(id)))
        community.advance(milliseconds: 61_000)
        try community.call(
            NativeContract.market, MarketCall.refund(id), by: community.roles[Self.buyer].key)
        community.tell(Self.seller, .tick)
        _ = community.takeLetters()
        #expect(
            community.answers(of: Self.seller, to: .end(command(id)))
                == [.refusal(id, reason: "the delivery was given up")])
        let next = try community.makeTrade()
        let answers = community.answers(of: Self.seller, to: .begin(command(next)))
        guard case .began? = answers.first else {
            Issue.record("the meter is still taken: \(answers)")
            return
        }
    }

    @Test func `a meter that lost its memory begins at what is claimed`() throws {
        var community = try Self.pair()
        let id = try community.makeTrade()
        let receipts = community.deliver(id)
        try #require(receipts.count == 2)
        try community.call(
            NativeContract.market,
            MarketCall.proofOfDelivery(id, seller: receipts[0], buyer: receipts[1]),
            by: community.roles[TestCommunity.aggregator].key)
        let meter = TestCommunity.meterKey(0).address
        let claimed = try #require(community.ledger.state.meter(meter)).claimedExport
        #expect(claimed == receipts[0].receipt.endRegister)
        community.restart(Self.seller, losingStore: true)
        #expect(community.reading(0)?.exportRegister == claimed)
    }

    /// Its node has lost the ledger too, and fetches it block by block.
    @Test func `a meter that lost its memory goes on from what is proved, once it is told`() throws
    {
        var community = try Self.pair()
        let id = try community.makeTrade()
        let receipts = community.deliver(id)
        try community.call(
            NativeContract.market,
            MarketCall.proofOfDelivery(id, seller: receipts[0], buyer: receipts[1]),
            by: community.roles[TestCommunity.aggregator].key)
        let updates = community.ledger.updates
        for (index, direction) in [(0, FlowDirection.export), (1, .import)] {
            let identity = RoleIdentity(
                signer: community.roles[TestCommunity.household(index)].key,
                head: updates[0].header, state: updates[0].state, scheme: SimulatedScheme())
            var household = Household(
                identity, meterKey: TestCommunity.meterKey(index), source: .manual(0),
                restoring: HouseholdMemory(), at: community.ledger.now)
            _ = household.handle(.started, at: community.ledger.now)
            #expect(household.figures.reading?.register(direction) == .zero)
            for update in updates.dropFirst() {
                _ = household.handle(.blockFinal(update), at: community.ledger.now)
            }
            let proved = receipts[index].receipt.endRegister
            #expect(proved > .zero)
            #expect(household.figures.reading?.register(direction) == proved)
        }
    }

    @Test func `power is set by hand on a meter that is set so, and the past stays`() throws {
        var community = try Self.pair()
        let before = try #require(community.reading(0))
        community.advance(milliseconds: 1_000)
        community.setPower(100, household: 0)
        let reading = try #require(community.reading(0))
        #expect(reading.power == 100)
        #expect(reading.exportRegister.value == before.exportRegister.value + 60)
        #expect(community.roles[Self.seller].replies == [true])
        var profiled = try TradingDayTests.measured()
        profiled.tell(Self.seller, .setPower(100, RequestNumber(1)))
        #expect(profiled.roles[Self.seller].replies == [false])
    }
}

private func command(
    _ id: OfferID, _ direction: FlowDirection = .export, energy: UInt64 = 500
) -> DeliveryCommand {
    DeliveryCommand(tradeID: id, direction: direction, energy: WattHours(energy))
}

extension TestCommunity {
    /// A trade between the first two households.
    fileprivate mutating func makeTrade(paid: Bool = true) throws -> OfferID {
        let id = try #require(ledger.state.nextOfferID)
        try call(
            NativeContract.market, MarketCall.addOffer(energy: 500, price: 10_000),
            by: roles[Self.household(0)].key)
        try call(
            NativeContract.market, MarketCall.pickOffer(id), by: roles[Self.household(1)].key)
        if paid { try pay(id) }
        return id
    }

    fileprivate mutating func pay(_ id: OfferID) throws {
        try call(NativeContract.market, MarketCall.confirmP2L(id), by: roles[Self.aggregator].key)
    }

    /// Lets both meters deliver for a trade for two seconds; the seller's receipt and the buyer's.
    fileprivate mutating func deliver(_ id: OfferID) -> [SignedMeterReceipt] {
        let sides = [(Self.household(0), FlowDirection.export), (Self.household(1), .import)]
        for (index, direction) in sides {
            _ = answers(of: index, to: .begin(command(id, direction)))
        }
        advance(milliseconds: 2_000)
        var receipts: [SignedMeterReceipt] = []
        for (index, direction) in sides {
            for case .receipt(let receipt) in answers(of: index, to: .end(command(id, direction))) {
                receipts.append(receipt)
            }
        }
        return receipts
    }

    /// What a role answers to a message of the aggregator.
    fileprivate mutating func answers(
        of index: Int, to message: MeterMessage, from sender: Address? = nil
    ) -> [MeterMessage] {
        _ = takeLetters()
        tell(index, .received(message, from: sender ?? broker))
        return takeLetters().map(\.message)
    }
}
