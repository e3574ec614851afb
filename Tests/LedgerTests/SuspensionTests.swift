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
}
