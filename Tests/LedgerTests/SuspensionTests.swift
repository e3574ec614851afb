import Ledger
import Protocol
import Testing

/// A suspended member sends nothing, whatever the function and whichever the way.
@Suite struct SuspensionTests {
    private let anna = TestCommunity.anna
    private let ben = TestCommunity.ben
    private let aggregator = TestCommunity.aggregator
    private let offer = MarketCall.addOffer(energy: 1, price: 1)

    /// A community in which `account` is suspended from the beginning.
    private func community(without account: Address) throws -> TestCommunity {
        var genesis = TestCommunity.genesis()
        for index in genesis.members.indices where genesis.members[index].account == account {
            genesis.members[index].isSuspended = true
        }
        return try TestCommunity(genesis)
    }

    @Test(arguments: ContractABI.all)
    func `no function of any contract is open to a suspended member`(
        contract: ContractABI
    ) throws {
        for sender in [anna, aggregator, TestCommunity.exchange, TestCommunity.observer] {
            let community = try community(without: sender)
            for function in contract.functions {
                let call = try community.transaction(
                    sender, to: contract.address, function.selector)
                #expect(throws: AdmissionError.suspended(sender)) {
                    try community.state.admission(of: call)
                }
            }
        }
    }

    @Test func `a suspension holds for the rest of its block`() throws {
        var community = try TestCommunity()
        let suspend = try community.transaction(
            aggregator, to: NativeContract.community, CommunityCall.suspend(anna))
        let late = try community.transaction(anna, to: NativeContract.market, offer)
        let execution = try community.add([suspend, late])
        #expect(execution.block.transactions == [suspend])
        #expect(community.state.nextOfferID == OfferID(1))
    }

    @Test func `a block that holds a suspended member's transaction is refused`() throws {
        let community = try TestCommunity()
        let suspend = try community.transaction(
            aggregator, to: NativeContract.community, CommunityCall.suspend(anna))
        let late = try community.transaction(anna, to: NativeContract.market, offer)
        let good = community.state.build(
            on: community.head, at: community.head.header.timestamp, proposer: .zero,
            candidates: [suspend])
        let block = Block(header: good.block.header, transactions: [suspend, late])
        #expect(throws: BlockError.inadmissible(index: 1, .suspended(anna))) {
            try community.state.execute(block, on: community.head)
        }
    }

    @Test func `a question in a suspended member's name is answered as its call would be`() throws {
        func reason(_ sender: Address, _ target: Address, _ data: Bytes) throws -> String? {
            let community = try community(without: sender)
            do {
                _ = try community.view(from: sender, of: target, data)
                return nil
            } catch let error as Reverted {
                return error.reason
            }
        }
        let (market, token) = (NativeContract.market, NativeContract.token)
        let mint = TokenCall.mint(to: aggregator, amount: TokenAmount(1), reference: "a")
        let burn = TokenCall.burn(amount: TokenAmount(1), reference: "a")
        let exchange = TestCommunity.exchange
        #expect(try reason(anna, market, offer) == "member \(anna) is suspended")
        #expect(try reason(exchange, token, mint) == "member \(exchange) is suspended")
        #expect(try reason(exchange, token, burn) == "member \(exchange) is suspended")
        for call in [CommunityCall.suspend(anna), CommunityCall.reinstate(anna)] {
            #expect(
                try reason(aggregator, NativeContract.community, call)
                    == "member \(aggregator) is suspended")
        }
    }

    @Test func `a suspended household neither picks nor is it cheated of what is under way`() throws
    {
        var community = try TestCommunity.withDelivery()
        try community.send(anna, MarketCall.addOffer(energy: 5, price: 5))
        for account in [anna, ben] {
            try community.send(
                aggregator, to: NativeContract.community, CommunityCall.suspend(account))
        }
        #expect(throws: Reverted(reason: "member \(ben) is suspended")) {
            try community.view(from: ben, MarketCall.pickOffer(OfferID(2)))
        }
        #expect(try community.send(aggregator, MarketCall.confirmL2P(OfferID(1))) == nil)
        #expect(community.balance(anna) == 120)
    }

    /// Anna has an open offer, one that Ben has picked, and one that he has paid for; Carla has two,
    /// one of which Anna has picked.
    private func busy() throws -> TestCommunity {
        var community = try TestCommunity()
        for account in [anna, ben] {
            try community.fund(account, 1_000, reference: "invoice \(account)")
        }
        let lot = MarketCall.addOffer(energy: 1_000, price: 120)
        for seller in [anna, anna, anna, TestCommunity.carla, TestCommunity.carla] {
            #expect(try community.send(seller, lot) == nil)
        }
        for (buyer, id) in [(ben, 2), (ben, 3), (anna, 4)] as [(Address, UInt32)] {
            #expect(try community.send(buyer, MarketCall.pickOffer(OfferID(id))) == nil)
        }
        #expect(try community.send(aggregator, community.confirm(3)) == nil)
        return community
    }

    private func suspend(_ community: inout TestCommunity, _ account: Address) throws {
        #expect(
            try community.send(
                aggregator, to: NativeContract.community, CommunityCall.suspend(account)) == nil)
    }

    @Test func `what a suspended member has not been paid for ends, and it says why`() throws {
        var community = try busy()
        try suspend(&community, anna)
        #expect(
            try (1...5).map { try community.trade($0).status }
                == [.cancelled, .refunded, .paid, .refunded, .open])
        let told = community.receipts.flatMap(\.logs).compactMap { CommunityEvent($0) }
        #expect(
            told == [
                .tradeEndedBySuspension(account: anna, trade: OfferID(1)),
                .tradeEndedBySuspension(account: anna, trade: OfferID(2)),
                .tradeEndedBySuspension(account: anna, trade: OfferID(4)),
                .memberSuspended(account: anna),
            ])
        #expect(
            community.marketEvents == [
                .offerCancelled(id: OfferID(1), seller: anna),
                .tradeRefunded(id: OfferID(2), buyer: ben, amount: TokenAmount(120)),
                .tradeRefunded(id: OfferID(4), buyer: anna, amount: TokenAmount(120)),
            ])
        #expect(community.balance(ben) == 880)
        #expect(community.balance(anna) == 1_000)
        #expect(community.state.supply.escrow == TokenAmount(120))
        #expect(
            try community.send(ben, MarketCall.pickOffer(OfferID(1))) == "offer 1 is cancelled")
        #expect(
            try community.send(aggregator, community.confirm(2))
                == "trade 2 is refunded, not picked")
        #expect(try community.send(ben, MarketCall.pickOffer(OfferID(5))) == nil)
    }

    @Test func `what was paid for comes to its end`() throws {
        var community = try busy()
        try suspend(&community, anna)
        community.wait(1_800)
        #expect(try community.send(aggregator, community.proof(3)) == nil)
        #expect(try community.send(aggregator, MarketCall.confirmL2P(OfferID(3))) == nil)
        #expect(community.balance(anna) == 1_120)
    }

    /// Each way alone; without the suspension it goes.
    @Test func `a suspended member's tokens move neither way`() throws {
        let token = NativeContract.token
        let amount = TokenAmount(10)
        let from = TokenCall.transferFrom(anna, to: TestCommunity.carla, amount: amount)
        let allow = TokenCall.approve(spender: ben, amount: 100)
        for isSuspended in [false, true] {
            var community = try busy()
            #expect(try community.send(anna, to: token, allow) == nil)
            if isSuspended { try suspend(&community, anna) }
            let expected = isSuspended ? "member \(anna) is suspended" : nil
            #expect(try community.send(ben, to: token, from) == expected)
            let gift = TokenCall.transfer(to: anna, amount: amount)
            #expect(try community.send(ben, to: token, gift) == expected)
        }
    }
}
