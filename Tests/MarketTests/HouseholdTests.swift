import Ledger
import Protocol
import Simulation
import Testing

@testable import Market

/// A household alone with the aggregator's commands; the trades are made by hand.
@Suite struct HouseholdTests {
    @Test func `a command to begin is answered with the register`() throws {
        var community = try TestCommunity.pair()
        let id = try community.makeTrade()
        let answers = community.answers(of: TestCommunity.seller, to: .begin(command(id)))
        guard case .began(command(id), let reading)? = answers.first else {
            Issue.record("\(answers)")
            return
        }
        #expect(reading.exportRegister == WattHours(120))
    }

    @Test func `a receipt that is asked for again has the same bytes, after a restart too`() throws
    {
        var community = try TestCommunity.pair()
        let id = try community.makeTrade()
        _ = community.answers(of: TestCommunity.seller, to: .begin(command(id)))
        community.advance(milliseconds: 1_000)
        let first = community.answers(of: TestCommunity.seller, to: .end(command(id)))
        community.advance(milliseconds: 5_000)
        #expect(community.answers(of: TestCommunity.seller, to: .end(command(id))) == first)
        guard case .receipt(let receipt)? = first.first else {
            Issue.record("\(first)")
            return
        }
        #expect(receipt.receipt.startRegister == WattHours(120))
        #expect(receipt.receipt.endRegister == WattHours(180))
        community.restart(TestCommunity.seller)
        #expect(community.answers(of: TestCommunity.seller, to: .end(command(id))) == first)
    }

    @Test func `what a meter says of a delivery is stored before it is sent`() throws {
        var community = try TestCommunity.pair()
        let id = try community.makeTrade()
        for message in [MeterMessage.begin(command(id)), .end(command(id))] {
            community.advance(milliseconds: 1_000)
            let before = community.effects.count
            _ = community.answers(of: TestCommunity.seller, to: message)
            let effects = community.effects[before...].map(\.effect)
            let stored = effects.firstIndex {
                if case .store(.household(.delivery)) = $0 { true } else { false }
            }
            let sent = effects.firstIndex { if case .send = $0 { true } else { false } }
            #expect(try #require(stored) < #require(sent))
        }
    }

    @Test func `a trade that is not paid yet waits for the ledger`() throws {
        var community = try TestCommunity.pair()
        let id = try community.makeTrade(paid: false)
        #expect(community.answers(of: TestCommunity.seller, to: .begin(command(id))).isEmpty)
        try community.pay(id)
        #expect(
            community.effects.contains {
                if case .send(.began(command(id), _), _) = $0.effect { true } else { false }
            })
    }

    @Test(arguments: [FlowDirection.export, .import])
    func `receipts for deliveries at the same time never overlap`(
        _ direction: FlowDirection
    ) throws {
        var community = try TestCommunity.pair()
        let index = direction == .export ? TestCommunity.seller : TestCommunity.buyer
        let trades = try (0..<3).map { _ in try community.makeTrade() }
        for id in trades { _ = community.answers(of: index, to: .begin(command(id, direction))) }
        community.advance(milliseconds: 3_000)
        // 180 Wh have flowed; the last trade gets what is left.
        var receipts: [MeterReceipt] = []
        for (id, energy) in zip(trades, [50, 100, 500] as [UInt64]) {
            if id == trades[1] { community.restart(index) }
            let ended = community.answers(
                of: index, to: .end(command(id, direction, energy: energy)))
            guard case .receipt(let signed)? = ended.first else {
                Issue.record("\(ended)")
                return
            }
            receipts.append(signed.receipt)
        }
        #expect(
            receipts.map { $0.endRegister.value - $0.startRegister.value } == [50, 100, 30])
        #expect(receipts.map { $0.endTime.seconds - $0.startTime.seconds } == [50, 100, 30])
        for (earlier, later) in zip(receipts, receipts.dropFirst()) {
            #expect(earlier.endRegister == later.startRegister)
            #expect(earlier.endTime == later.startTime)
        }
    }

    @Test func `nothing is signed for a trade for which nothing has flowed`() throws {
        var community = try TestCommunity.pair()
        let (first, second) = (try community.makeTrade(), try community.makeTrade())
        for id in [first, second] {
            _ = community.answers(of: TestCommunity.seller, to: .begin(command(id)))
        }
        community.advance(milliseconds: 1_000)
        _ = community.answers(of: TestCommunity.seller, to: .end(command(first)))
        #expect(
            community.answers(of: TestCommunity.seller, to: .end(command(second)))
                == [.refusal(second, reason: "nothing has flowed for this trade yet")])
        community.advance(milliseconds: 1_000)
        let answers = community.answers(of: TestCommunity.seller, to: .end(command(second)))
        guard case .receipt? = answers.first else {
            Issue.record("the second trade's receipt is missing")
            return
        }
    }

    @Test func `a meter delivers for a bounded number of trades at once`() throws {
        // No buyer may have so many at once: there are nine.
        var community = try TestCommunity.pair(buyers: 9)
        for number in 0...MeterDeliveries.mostOpen {
            let id = try community.makeTrade(buyer: 1 + number % 9)
            let answers = community.answers(of: TestCommunity.seller, to: .begin(command(id)))
            if number < MeterDeliveries.mostOpen {
                let isBegun = if case .began? = answers.first { true } else { false }
                #expect(isBegun, "\(answers)")
            } else {
                let reason = UntrustedText("the meter delivers for 32 trades already")
                #expect(answers == [.refusal(id, reason: reason)])
            }
        }
    }

    @Test(arguments: [FlowDirection.export, .import])
    func `a delivery that is under way takes its register after a restart too`(
        _ direction: FlowDirection
    ) throws {
        var community = try TestCommunity.pair()
        let index = direction == .export ? TestCommunity.seller : TestCommunity.buyer
        let first = try community.makeTrade()
        let second = try community.makeTrade()
        let began = community.answers(of: index, to: .begin(command(first, direction)))
        community.restart(index)
        community.advance(milliseconds: 2_000)
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
        var community = try TestCommunity.pair()
        community.advance(milliseconds: 5_000)
        let id = try community.makeTrade()
        let paid = try #require(community.ledger.state.trade(id)?.paid).time
        // Its clock is two seconds behind the ledger's.
        let late = Timestamp(milliseconds: community.ledger.now.milliseconds - 2_000)
        community.tell(
            TestCommunity.seller, .received(.begin(command(id)), from: community.broker), at: late)
        #expect(community.takeLetters().isEmpty)
        community.tell(TestCommunity.seller, .tick)
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
        var community = try TestCommunity.pair()
        let index = direction == .export ? TestCommunity.seller : TestCommunity.buyer
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
        var community = try TestCommunity.pair()
        let id = try community.makeTrade()
        let wrong: [(DeliveryCommand, UntrustedText)] = [
            (command(id, .import), "not a trade of this household's"),
            (command(id, energy: 501), "the trade is of other energy"),
        ]
        for (command, reason) in wrong {
            let answers = community.answers(of: TestCommunity.seller, to: .begin(command))
            #expect(answers == [.refusal(id, reason: reason)])
        }
        #expect(
            community.answers(of: TestCommunity.seller, to: .end(command(id)))
                == [.refusal(id, reason: "no delivery of this trade has begun")])
        let answers = community.answers(of: TestCommunity.seller, to: .begin(command(id)))
        guard case .began? = answers.first else {
            Issue.record("\(answers)")
            return
        }
    }

    @Test func `a trade that is over is not begun, nor one that is not picked here yet`() throws {
        var community = try TestCommunity.pair()
        let open = try #require(community.ledger.state.nextOfferID)
        try community.call(
            NativeContract.market, MarketCall.addOffer(energy: 500, price: 1),
            by: community.roles[TestCommunity.seller].key)
        #expect(
            community.answers(of: TestCommunity.seller, to: .begin(command(open))).isEmpty)
        let id = try community.makeTrade()
        community.advance(milliseconds: 61_000)
        try community.call(
            NativeContract.market, MarketCall.refund(id),
            by: community.roles[TestCommunity.buyer].key)
        #expect(
            community.answers(of: TestCommunity.seller, to: .begin(command(id)))
                == [.refusal(id, reason: "the trade is refunded")])
    }

    @Test func `nobody but the aggregator gives commands`() throws {
        var community = try TestCommunity.pair()
        let id = try community.makeTrade()
        let answers = community.answers(
            of: TestCommunity.seller, to: .begin(command(id)), from: community.account(1))
        #expect(answers.isEmpty)
    }

    @Test func `a delivery that the ledger closed frees the meter`() throws {
        var community = try TestCommunity.pair()
        let id = try community.makeTrade()
        _ = community.answers(of: TestCommunity.seller, to: .begin(command(id)))
        community.advance(milliseconds: 61_000)
        try community.call(
            NativeContract.market, MarketCall.refund(id),
            by: community.roles[TestCommunity.buyer].key)
        community.tell(TestCommunity.seller, .tick)
        _ = community.takeLetters()
        #expect(
            community.answers(of: TestCommunity.seller, to: .end(command(id)))
                == [.refusal(id, reason: "the delivery was given up")])
        let next = try community.makeTrade()
        let answers = community.answers(of: TestCommunity.seller, to: .begin(command(next)))
        guard case .began? = answers.first else {
            Issue.record("the meter is still taken: \(answers)")
            return
        }
    }

    @Test func `power is set by hand on a meter that is set so, and the past stays`() throws {
        var community = try TestCommunity.pair()
        let before = try #require(community.reading(0))
        community.advance(milliseconds: 1_000)
        community.setPower(100, household: 0)
        let reading = try #require(community.reading(0))
        #expect(reading.power == 100)
        #expect(reading.exportRegister.value == before.exportRegister.value + 60)
        #expect(community.roles[TestCommunity.seller].replies == [nil])
        var profiled = try TradingDayTests.measured()
        profiled.tell(TestCommunity.seller, .setPower(100, RequestNumber(1)))
        #expect(
            profiled.roles[TestCommunity.seller].replies
                == ["this meter follows a profile; only a manual one can be set"])
    }

    /// 22,000 W is what the connection carries.
    @Test(arguments: [22_000, 22_001, Int32.max, -22_000, -22_001, Int32.min])
    func `a power beyond what the connection carries is refused`(_ watts: Int32) throws {
        var community = try TestCommunity.pair()
        let before = try #require(community.reading(0))
        community.advance(milliseconds: 1_000)
        community.tell(TestCommunity.seller, .setPower(watts, RequestNumber(1)))
        let reply = try #require(community.roles[TestCommunity.seller].replies.first)
        guard watts.magnitude > 22_000 else {
            #expect(reply == nil)
            #expect(community.reading(0)?.power == watts)
            return
        }
        #expect(
            reply == "\(watts) W is more than this household's connection of 22000 W carries")
        #expect(community.reading(0)?.power == before.power)
    }

    @Test func `a meter counts no more than the connection carries, and says so`() throws {
        let slots = [HouseholdProfile.Slot(consumed: WattHours(65_535), generated: .zero)]
        let profile = HouseholdProfile(start: MarketTime(seconds: 0), slots: slots)
        var community = try TestCommunity(
            sources: [.profile(ProfileSource(profile))], prosumers: [])
        let before = try #require(community.reading(0))
        community.run(seconds: 60)
        let after = try #require(community.reading(0))
        #expect(after.power == 22_000)
        #expect(after.importRegister.value - before.importRegister.value <= 22_000)
        let lines = community.roles[TestCommunity.seller].log.filter { $0.contains("beyond what") }
        #expect(lines.count == 1)
    }
}
