import Protocol
import Testing

@testable import Ledger

/// What runs out, or grows too large, ends in a reason.
@Suite struct LimitTests {
    private let anna = TestCommunity.anna
    private let ben = TestCommunity.ben
    private let offer = MarketCall.addOffer(energy: 1, price: 1)

    @Test func `the last offer's number is given, and none after it`() throws {
        var community = try TestCommunity()
        try community.replace(
            .counters, with: Counters(members: 8, offers: .max - 1, expirySearch: 0).encoded)
        #expect(try community.send(anna, offer) == nil)
        #expect(community.state.offer(OfferID(.max))?.seller == anna)
        #expect(try community.send(anna, offer) == "all offer ids are used up")
    }

    @Test func `an account has as many trades as 32 bits count`() throws {
        var community = try TestCommunity.withOffer()
        for account in [anna, ben] {
            var full = community.state.account(account)
            full.tradeCount = .max
            try community.replace(.account(account), with: full.encoded)
        }
        #expect(try community.send(anna, offer) == "\(anna) has too many trades")
        #expect(
            try community.send(ben, MarketCall.pickOffer(OfferID(1)))
                == "\(ben) has too many trades")
        #expect(community.balance(ben) == 1_000)
    }

    @Test func `the community is full when 32 bits are`() throws {
        var community = try TestCommunity()
        try community.replace(
            .counters, with: Counters(members: .max, offers: 0, expirySearch: 0).encoded)
        let member = TestCommunity.member(TestCommunity.account(50), .observer)
        #expect(
            try community.send(
                TestCommunity.aggregator, to: NativeContract.community,
                CommunityCall.register(member)) == "the community is full")
    }

    @Test func `a buyer's purchases are numbered as far as 32 bits go`() throws {
        var community = try TestCommunity()
        let last = TokenPurchase(
            number: .max, status: .sold, seller: TestCommunity.aggregator, amount: TokenAmount(1),
            reference: "")
        try community.replace(.tokenPurchase(ben), with: last.encoded)
        let order = TokenCall.purchaseTokens(
            of: TestCommunity.aggregator, amount: TokenAmount(1), reference: "")
        #expect(
            try community.send(ben, to: NativeContract.token, order)
                == "no number is left for another purchase")
    }

    /// At 60 times the pace of real time 32 bits of seconds are over in 515 days.
    @Test func `a trade goes its way beyond 32 bits of the market's seconds`() throws {
        var community = try TestCommunity()
        try community.fund(TestCommunity.ben, 1_000, reference: "invoice 1")
        community.wait(UInt64(UInt32.max) - TestCommunity.origin - 100)
        for _ in 0..<2 {
            #expect(try community.send(anna, MarketCall.addOffer(energy: 1_000, price: 120)) == nil)
        }
        for id in [OfferID(1), OfferID(2)] {
            #expect(try community.send(TestCommunity.ben, MarketCall.pickOffer(id)) == nil)
            #expect(
                try community.send(TestCommunity.aggregator, community.confirm(id.value)) == nil)
        }
        community.wait(1_900)
        #expect(try community.send(TestCommunity.aggregator, community.proof(1)) == nil)
        community.wait(3_601)
        #expect(community.now > UInt64(UInt32.max))
        #expect(try community.send(TestCommunity.ben, MarketCall.refund(OfferID(2))) == nil)
        #expect(try community.send(anna, MarketCall.claim(OfferID(1))) == nil)
        #expect(try community.trade(1).closed?.time == MarketTime(seconds: community.now))
    }

    @Test func `bytes bound a block`() throws {
        let community = try TestCommunity()
        let candidates = try (0..<140).map { number in
            try community.transaction(
                anna, to: TestCommunity.stranger, Bytes(repeating: 0, count: 32_000),
                nonce: number
            ) { $0.gasLimit = 1_000_000 }
        }
        let room = (Limits.blockBytes - 1_024) / (candidates[139].encoded.count + 5)
        let execution = community.state.build(
            on: community.head, at: community.head.header.timestamp, proposer: .zero,
            candidates: candidates)
        #expect(execution.receipts.count == room)
        let tooMany = Block(header: execution.block.header, transactions: candidates)
        #expect(throws: BlockError.aboveLimit("more than \(Limits.blockBytes) bytes")) {
            try community.state.execute(tooMany, on: community.head)
        }
    }

    @Test func `no block follows the last height`() throws {
        let community = try TestCommunity()
        var header = community.head.header
        header.number = .max
        let last = Block(header: header, transactions: [])
        header.number = 0
        header.parentHash = last.hash
        #expect(throws: BlockError.wrongNumber(stated: 0, parent: .max)) {
            try community.state.execute(Block(header: header, transactions: []), on: last)
        }
    }

    @Test func `amounts neither overflow nor fall below zero`() {
        #expect(throws: Revert("the sum 1 plus 18446744073709551615 is beyond 64 bits")) {
            try TokenAmount(1).adding(TokenAmount(.max), "the sum")
        }
        #expect(throws: Revert("the rest 1 is less than 2")) {
            try TokenAmount(1).subtracting(TokenAmount(2), "the rest")
        }
    }

    @Test(
        arguments: [(0, 0, 0), (1, 0, 0), (2, 1, 0), (1, 1, 1_000_001)]
            as [(UInt64, UInt64, UInt32)])
    func `a price is not divided by what cannot be`(
        delivered: UInt64, offered: UInt64, fee: UInt32
    ) {
        let offer = Offer(
            id: OfferID(1), seller: anna, energy: WattHours(offered), price: TokenAmount(1),
            timeOffered: .zero, expires: .zero)
        var trade = Trade(offer: offer, offered: TradeStep(block: 1, time: .zero))
        trade.deliveredEnergy = WattHours(delivered)
        #expect(throws: Revert.self) {
            try PaymentSplit(of: trade, sellerShare: 500, feeMillionths: fee)
        }
    }

    @Test func `each table of the state has a letter of its own`() {
        let tables = Contracts.all.flatMap { $0.tables }.map(\.letter)
        #expect(StateTable.all.count == tables.count + 5)
        #expect(Contracts.all.map { $0.abi.address } == ContractABI.all.map(\.address))
    }
}
