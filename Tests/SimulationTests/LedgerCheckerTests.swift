@testable import Ledger
import Protocol
import Testing

@testable import Simulation

/// The ledger's rules, recomputed from the blocks.
@Suite struct `The ledger's checker finds` {
    private let chain: FirstBlock

    init() throws {
        chain = try FirstBlock()
    }

    @Test func `a nonce that is left out`() throws {
        var ledger = LedgerChecker(from: chain.community.chain.state)
        let later = try chain.mint(nonce: 1)
        let committed = try chain.committed(transactions: [later])
        #expect(ledger.check(committed)?.contains("nonce 1") == true)
    }

    @Test func `a nonce that comes twice`() throws {
        var ledger = LedgerChecker(from: chain.community.chain.state)
        let first = try chain.mint(nonce: 0)
        let committed = try chain.committed(transactions: [first, first])
        #expect(ledger.check(committed)?.contains("nonce 0") == true)
    }

    @Test func `a state that is not stored as it is`() throws {
        var ledger = LedgerChecker(from: chain.community.chain.state)
        let committed = try chain.committed(state: chain.community.chain.state)
        #expect(ledger.check(committed)?.contains("not how the state differs") == true)
    }

    /// What the checker says after blocks without transactions whose states hold these records.
    private func finding(_ histories: [(StateKey, Bytes)]...) throws -> String {
        var ledger = LedgerChecker(from: chain.community.chain.state)
        var before = chain.community.chain.state
        for changes in histories {
            let state = try chain.state(with: changes)
            let block = try chain.committed(
                transactions: [], state: state, changes: state.changes(since: before))
            if let found = ledger.check(block) { return found }
            before = state
        }
        return "none"
    }

    private func supply(minted: UInt64, escrow: UInt64) -> (StateKey, Bytes) {
        let supply = Supply(
            minted: TokenAmount(minted), burned: .zero, escrow: TokenAmount(escrow))
        return (.supply, supply.encoded)
    }

    private func meter(export: UInt64, import: UInt64) throws -> (StateKey, Bytes) {
        let member = try #require(
            chain.community.genesis.members.first {
                $0.account == chain.community.prosumers[0]
            })
        var meter = Meter(owner: member.account)
        meter.importClaims = .upTo(`import`)
        meter.exportClaims = .upTo(export)
        return (.meter(member.meterKey), meter.encoded)
    }

    private func trade(
        _ status: TradeStatus, delivered: UInt64 = 0, _ change: (inout Trade) -> Void = { _ in }
    ) -> [(StateKey, Bytes)] {
        let step = TradeStep(block: 1, time: MarketTime(seconds: 9))
        var trade = Trade(
            offer: Offer(
                id: OfferID(1), seller: chain.community.prosumers[0], energy: WattHours(500),
                price: TokenAmount(70), timeOffered: MarketTime(seconds: 8),
                expires: MarketTime(seconds: 99)),
            offered: step)
        trade.status = status
        trade.buyer = chain.community.consumers[0]
        trade.deliveredEnergy = WattHours(delivered)
        if delivered > 0 {
            trade.delivered = step
            (trade.exported, trade.imported) = (trade.deliveredEnergy, trade.deliveredEnergy)
        }
        if status == .settled {
            (trade.exported, trade.imported) = (.zero, .zero)
            trade.returned = trade.offer.price
        }
        change(&trade)
        let isHeld = [.picked, .paid, .delivered].contains(status)
        var totals = Totals.none
        totals.note(.trade(OfferID(1)), from: nil, to: trade.encoded)
        return [
            (.totals, totals.encoded),
            (.counters, Counters(members: 0, offers: 1, expirySearch: 0).encoded),
            (.trade(OfferID(1)), trade.encoded),
            supply(minted: isHeld ? 70 : 0, escrow: isHeld ? 70 : 0),
        ]
    }

    @Test func `nothing in a good history`() throws {
        #expect(try finding([], trade(.open), trade(.picked), trade(.paid)) == "none")
        #expect(try finding(trade(.paid), trade(.refunded)) == "none")
        let register = try meter(export: 300, import: 0)
        #expect(throws: Never.self) { try chain.state(with: [register]) }
    }

    /// So many picks of one buyer that wait, after so many deliveries that it took.
    private func picks(
        waiting: UInt32, taken: UInt32, to recipient: Address? = nil
    ) -> [(StateKey, Bytes)] {
        var (totals, records) = (Totals.none, [(StateKey, Bytes)]())
        for number in 1...waiting + taken {
            let (id, isTaken) = (OfferID(number), number <= taken)
            var trade = Trade(
                offer: Offer(
                    id: id, seller: chain.community.prosumers[0], energy: WattHours(2),
                    price: TokenAmount(70), timeOffered: MarketTime(seconds: 8),
                    expires: MarketTime(seconds: 99), recipient: recipient),
                offered: TradeStep(block: 1, time: MarketTime(seconds: 9)))
            trade.buyer = chain.community.consumers[0]
            trade.status = isTaken ? .settled : .paid
            if isTaken {
                (trade.exported, trade.imported) = (WattHours(2), WattHours(1))
                trade.sellerAmount = TokenAmount(35)
                trade.returned = TokenAmount(35)
            }
            totals.note(.trade(id), from: nil, to: trade.encoded)
            records.append((.trade(id), trade.encoded))
        }
        let held = 70 * UInt64(waiting)
        return records + [
            (.totals, totals.encoded), supply(minted: held, escrow: held),
            (.counters, Counters(members: 0, offers: waiting + taken, expirySearch: 0).encoded),
        ]
    }

    @Test func `more picks than a buyer may have waiting`() throws {
        let registers = try meter(export: 99, import: 0)
        let buyer = try #require(
            chain.community.genesis.members.first { $0.account == chain.community.consumers[0] })
        var other = Meter(owner: buyer.account)
        other.importClaims = .upTo(99)
        let meters = [registers, (.meter(buyer.meterKey), other.encoded)]
        #expect(try finding(meters + picks(waiting: 4, taken: 0)) == "none")
        #expect(
            try finding(meters + picks(waiting: 5, taken: 0))
                == "5 picks of \(buyer.account) wait for their delivery, where 4 may")
        #expect(try finding(meters + picks(waiting: 6, taken: 2)) == "none")
        #expect(try finding(meters + picks(waiting: 7, taken: 2)).contains("where 6 may"))
        // What was for the buyer alone allows none.
        let own = picks(waiting: 5, taken: 2, to: buyer.account)
        #expect(try finding(meters + own).contains("where 4 may"))
        let others = picks(waiting: 1, taken: 0, to: chain.community.consumers[1])
        #expect(
            try finding(meters + others)
                == "offer 1 is for \(chain.community.consumers[1]), and \(buyer.account) has picked it"
        )
    }

    @Test func `escrow that no trade explains`() throws {
        #expect(try finding([supply(minted: 5, escrow: 5)]).contains("5 are in escrow"))
        #expect(try finding([supply(minted: 5, escrow: 4)]).contains("minted less burned"))
    }

    @Test func `sums that are not those of what there is`() throws {
        let open = try finding(trade(.open).filter { $0.0 != .totals })
        #expect(open == "the ledger counts 0 open trades, where there are 1")
        var totals = Totals.none
        let account = Account(nonce: 0, balance: TokenAmount(5), tradeCount: 0)
        totals.note(.account(.zero), from: nil, to: account.encoded)
        let held = try finding([(.totals, totals.encoded)])
        #expect(held == "the ledger counts balances of 5, where 0 are held")
    }

    @Test func `a register that runs backwards`() throws {
        let found = try finding([meter(export: 10, import: 0)], [meter(export: 9, import: 0)])
        #expect(found.contains("has become less"))
        let imports = try finding([meter(export: 0, import: 10)], [meter(export: 0, import: 9)])
        #expect(imports.contains("has become less"))
    }

    /// A meter whose claims no rule of the ledger has let in.
    private func meter(through points: (UInt64, UInt64)...) throws -> (StateKey, Bytes) {
        let member = try #require(
            chain.community.genesis.members.first {
                $0.account == chain.community.prosumers[0]
            })
        var meter = Meter(owner: member.account)
        meter.exportClaims = try .through(points)
        return (.meter(member.meterKey), meter.encoded)
    }

    /// 10,000 W carry 10 Wh in 3.6 s, and one more may be due to rounding.
    @Test func `more energy than the connection carries in the time`() throws {
        let fast = try finding([], [meter(through: (0, 0), (11, 3))])
        #expect(fast.contains("11 Wh are claimed in 3 s"), "\(fast)")
        #expect(try finding([], [meter(through: (0, 0), (11, 4))]) == "none")
    }

    @Test func `energy sold twice`() throws {
        let register = try meter(export: 100, import: 0)
        let found = try finding(trade(.paid), trade(.delivered, delivered: 101) + [register])
        #expect(found.contains("101 Wh sold"), "\(found)")
    }

    @Test(
        arguments: [
            (.settled, .picked), (.cancelled, .open), (.paid, .picked), (.refunded, .settled),
            (.picked, .expired),
        ] as [(TradeStatus, TradeStatus)])
    func `a trade that leaves its way`(from: TradeStatus, to: TradeStatus) throws {
        let found = try finding(trade(from), trade(to))
        #expect(found.contains("went from \(from.name) to \(to.name)"))
    }

    @Test func `a pick is released, and nothing else goes back`() throws {
        #expect(
            try finding(
                trade(.picked),
                trade(.open) {
                    $0.buyer = nil
                    $0.releaseCount = 1
                }) == "none")
        #expect(
            try finding(trade(.picked), trade(.open)).contains("went from picked to open"))
    }

    /// The price is 70 for 500 Wh, and the seller's share a half.
    @Test(
        arguments: [
            (500, nil, 70, 0, "70 for the seller, who is due 35"),
            (500, 10, 1, 69, "1 for the seller, who is due 35"),
            (500, nil, 35, 35, "the buyer, which was silent, pays 35"),
            (500, 10, 35, 34, "the buyer, which was heard, pays 36"),
            (nil, 500, 70, 0, "settled without a receipt"), (500, 500, 70, 0, "none"),
            (500, 10, 35, 35, "none"), (100, 500, 14, 56, "none"),
        ] as [(UInt64?, UInt64?, UInt64, UInt64, String)])
    func `a payment that the receipts do not bear out`(
        exported: UInt64?, imported: UInt64?, got: UInt64, back: UInt64, found: String
    ) throws {
        let settled = trade(.settled) { trade in
            trade.exported = exported.map { WattHours($0) }
            trade.imported = imported.map { WattHours($0) }
            trade.sellerAmount = TokenAmount(got)
            trade.returned = TokenAmount(back)
        }
        let registers = try meter(export: 500, import: 0)
        let buyer = try #require(
            chain.community.genesis.members.first {
                $0.account == chain.community.consumers[0]
            })
        var other = Meter(owner: buyer.account)
        other.importClaims = .upTo(500)
        let told = try finding(
            trade(.paid), settled + [registers, (.meter(buyer.meterKey), other.encoded)])
        #expect(told.contains(found), "\(told)")
    }

    @Test func `a trade that is gone`() throws {
        let found = try finding([
            (.counters, Counters(members: 0, offers: 1, expirySearch: 0).encoded)
        ])
        #expect(found.contains("trade 1 is gone"))
    }
}
