import Ledger
import Protocol
import TestKit
import Testing

@testable import Market

/// What one member that means harm does to the trade of six households.
@Suite struct BadMemberTests {
    /// What a member does that gains nothing by it.
    enum Harm: CaseIterable {
        /// It picks all there is, whenever it may, and never answers.
        case silentBuyer
        /// The same, but its meter signs starts, and nothing after them.
        case buyerWithoutReceipts
        /// It offers much for next to nothing, as often as it may, and delivers none of it.
        case silentSeller
        /// It offers each household as much for nothing, and delivers none of it.
        case emptyGifts
        /// It gives each household one watt-hour at a time, again and again, and each takes the whole delivery
        /// window.
        case slowGifts
    }

    /// A member with tokens, and what it does each second.
    private struct BadMember {
        let key = Keys.key(90)
        let meter = Keys.key(91)
        let harm: Harm
        /// Up to where its meter has signed.
        var signed = RegisterPoint(register: .zero, time: .zero)
        /// How many of its calls were taken.
        var calls = 0

        mutating func work(in community: inout TestCommunity) {
            switch harm {
            case .silentBuyer:
                pick(in: &community)
            case .buyerWithoutReceipts:
                pick(in: &community)
                startAll(in: &community)
            case .silentSeller:
                for _ in 0..<64 {
                    guard call(MarketCall.addOffer(energy: 1_000, price: 1), in: &community)
                    else { return }
                }
            case .emptyGifts:
                give(1_000, in: &community)
            case .slowGifts:
                give(1, in: &community)
                handInAll(in: &community)
            }
        }

        private mutating func give(_ energy: UInt32, in community: inout TestCommunity) {
            for turn in 0..<64 {
                let recipient = community.account(turn % 6)
                guard
                    call(
                        MarketCall.addOffer(energy: energy, price: 0, to: recipient),
                        in: &community)
                else { return }
            }
        }

        /// Hands in the receipts of its own meter alone: the buyers take their time with theirs.
        private mutating func handInAll(in community: inout TestCommunity) {
            let waiting = community.trades.filter {
                $0.status == .paid && $0.offer.seller == key.address && $0.exported == nil
            }
            for trade in waiting {
                let start = max(signed.time, trade.paid?.time ?? .zero)
                let end = start.advanced(bySeconds: 1)
                guard end <= community.ledger.clock.time(at: community.ledger.now) else { return }
                let register = WattHours(signed.register.value + trade.offer.energy.value)
                let receipt = MeterReceipt(
                    tradeID: trade.offer.id, meter: meter.address, direction: .export,
                    startRegister: signed.register, endRegister: register, startTime: start,
                    endTime: end
                ).signed(by: meter, in: community.ledger.state.domain)
                guard call(MarketCall.handInReceipt(trade.offer.id, receipt), in: &community)
                else { return }
                signed = RegisterPoint(register: register, time: end)
            }
        }

        private mutating func pick(in community: inout TestCommunity) {
            let now = community.ledger.clock.time(at: community.ledger.now)
            for offer in community.ledger.state.openOffers(from: OfferID(0), count: 100, at: now) {
                call(MarketCall.pickOffer(offer.id), in: &community)
            }
        }

        private mutating func startAll(in community: inout TestCommunity) {
            let waiting = community.trades.filter {
                $0.status == .picked && $0.buyer == key.address
            }
            for trade in waiting {
                call(community.confirmation(of: trade.offer.id), in: &community)
            }
        }

        @discardableResult
        private mutating func call(_ data: Bytes, in community: inout TestCommunity) -> Bool {
            guard (try? community.call(NativeContract.market, data, by: key)) != nil else {
                return false
            }
            calls += 1
            return true
        }
    }

    /// How many trades of others are settled in three minutes, beside the member or without it.
    private func settled(beside harm: Harm?) throws -> Int {
        var community = try TradingDayTests.measured()
        var member = BadMember(harm: harm ?? .silentBuyer)
        let account = member.key.address
        community.run(seconds: 3)
        let registered = Member.fixture(
            account, .prosumer, meter: member.meter.address, power: Watts(22_000),
            certificate: .zero)
        try community.call(
            NativeContract.community, CommunityCall.register(registered), by: Keys.key(4))
        community.run(seconds: 2)
        try community.call(
            NativeContract.token,
            TokenCall.transfer(to: account, amount: TokenAmount(5_000_000)),
            by: community.roles[TestCommunity.aggregator].key)
        for _ in 0..<180 {
            community.run(seconds: 1)
            if harm != nil { member.work(in: &community) }
        }
        if harm != nil { #expect(member.calls >= 8, "\(member.calls) calls") }
        return community.trades(.settled).filter {
            $0.buyer != account && $0.offer.seller != account
        }.count
    }

    @Test(arguments: Harm.allCases)
    func `takes less than a fifth of the trades from the others`(_ harm: Harm) throws {
        let before = try settled(beside: nil)
        let during = try settled(beside: harm)
        print("\(before) trades in three minutes, \(during) beside one: \(harm)")
        #expect(before >= 30)
        #expect(during * 5 >= before * 4)
    }
}
