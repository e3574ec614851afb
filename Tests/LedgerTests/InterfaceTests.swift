import Foundation
import Ledger
import Protocol
import Testing

@Suite struct InterfaceTests {
    @Test func `the token's selectors and topics are ERC-20's`() throws {
        func selector(_ call: Bytes) -> String { Hexadecimal.encode(call.prefix(4)) }
        let one = TokenAmount(1)
        #expect(selector(TokenCall.name()) == "06fdde03")
        #expect(selector(TokenCall.symbol()) == "95d89b41")
        #expect(selector(TokenCall.decimals()) == "313ce567")
        #expect(selector(TokenCall.totalSupply()) == "18160ddd")
        #expect(selector(TokenCall.balanceOf(.zero)) == "70a08231")
        #expect(selector(TokenCall.transfer(to: .zero, amount: one)) == "a9059cbb")
        #expect(selector(TokenCall.approve(spender: .zero, amount: 1)) == "095ea7b3")
        #expect(selector(TokenCall.allowance(owner: .zero, spender: .zero)) == "dd62ed3e")
        #expect(selector(TokenCall.transferFrom(.zero, to: .zero, amount: one)) == "23b872dd")
        let transfer = TokenEvent.transfer(from: .zero, to: .zero, amount: one).log
        #expect(
            transfer.topics[0].description
                == "0xddf252ad1be2c89b69c2b068fc378daa952ba7f163c4a11628f55a4df523b3ef")
        let approval = TokenEvent.approval(owner: .zero, spender: .zero, amount: 1).log
        #expect(
            approval.topics[0].description
                == "0x8c5be1e5ebec7d5bd14f71427d1e84f3dd0314c0f7b2291e5b200ac8c7c3b925")
    }

    @Test func `the market's functions have the signatures of the design`() {
        let signatures = ContractABI.market.functions.map(\.signature)
        let receipt = "(uint32,address,uint8,uint64,uint64,uint64,uint64,bytes)"
        #expect(
            signatures == [
                "addOffer(uint32,uint32)", "addOffer(uint32,uint32,uint64)",
                "addOfferTo(uint32,uint32,address)", "addOfferTo(uint32,uint32,address,uint64)",
                "pickOffer(uint32)", "confirmP2L_Tx(uint32,\(receipt))", "releaseOffer(uint32)",
                "PoD(uint32,\(receipt),\(receipt))",
                "handInReceipt(uint32,\(receipt))", "confirmL2P_Tx(uint32)", "cancelOffer(uint32)",
                "refund(uint32)",
                "claim(uint32)", "offer(uint32)", "trade(uint32)", "listOffers(uint32,uint32)",
                "cheapestOffers(uint32)", "offersTo(address,uint32)",
                "tradesOf(address,uint32,uint32)",
                "supportsInterface(bytes4)",
            ])
    }

    @Test func `every event survives its log`() {
        let (one, two) = (TestCommunity.anna, TestCommunity.ben)
        let id = OfferID(7)
        let amount = TokenAmount(12)
        let time = MarketTime(seconds: 5)
        let market: [MarketEvent] = [
            .offerAdded(
                id: id, seller: one, recipient: two, energy: WattHours(3), price: amount,
                timeOffered: time,
                expires: MarketTime(seconds: 9)),
            .offerPicked(id: id, seller: one, buyer: two, price: amount),
            .peerPaid(id: id, buyer: two, aggregator: one, price: amount),
            .energyDelivered(id: id, seller: one, buyer: two, energy: WattHours(3)),
            .offerReleased(id: id, seller: one, buyer: two, price: amount),
            .receiptHandedIn(id: id, household: two, energy: WattHours(3)),
            .sellerPaid(
                id: id, seller: one, amount: amount, fee: .zero, returned: amount, burned: amount),
            .offerCancelled(id: id, seller: one), .offerExpired(id: id, seller: one),
            .tradeRefunded(id: id, buyer: two, amount: amount),
        ]
        for event in market {
            #expect(MarketEvent(event.log) == event)
            #expect(event.id == id)
            #expect(TokenEvent(event.log) == nil)
        }
        let community: [CommunityEvent] = [
            .memberSuspended(account: one), .memberReinstated(account: two),
            .tradeEndedBySuspension(account: one, trade: id),
        ]
        for event in community { #expect(CommunityEvent(event.log) == event) }
        let elsewhere = EventLog(address: one, topics: market[2].log.topics, data: [])
        #expect(MarketEvent(elsewhere) == nil)
        let cut = EventLog(
            address: NativeContract.market, topics: market[2].log.topics, data: [])
        #expect(MarketEvent(cut) == nil)
    }

    @Test func `a revert reads as Solidity's`() {
        let data = ContractABI.revertData(reason: "no")
        #expect(Hexadecimal.encode(data.prefix(4)) == "08c379a0")
        #expect(ContractABI.revertReason(in: data) == "no")
        #expect(ContractABI.revertReason(in: [1, 2, 3, 4]) == nil)
        #expect(ContractABI.revertReason(in: []) == nil)
    }

    @Test(arguments: ContractABI.all)
    func `each contract's ABI is well-formed JSON`(contract: ContractABI) throws {
        let parsed = try JSONSerialization.jsonObject(with: Data(contract.json.utf8))
        let items = try #require(parsed as? [[String: Any]])
        #expect(items.count == contract.functions.count + contract.events.count)
        let names = items.compactMap { $0["name"] as? String }
        #expect(names == contract.functions.map(\.name) + contract.events.map(\.name))
        #expect(ContractABI.at(contract.address) == contract)
    }

    @Test func `the JSON spells out tuples`() {
        let json = ContractABI.market.json
        #expect(
            json.contains(
                "{\"name\":\"tradeId\",\"type\":\"uint32\"},"
                    + "{\"name\":\"meter\",\"type\":\"address\"}"
            ))
        #expect(json.contains("{\"name\":\"offers\",\"type\":\"tuple[]\",\"components\":[{"))
        #expect(json.contains("\"name\":\"id\",\"type\":\"uint32\",\"indexed\":true"))
    }

    @Test(arguments: ContractABI.all)
    func `no contract claims an interface`(contract: ContractABI) throws {
        let community = try TestCommunity()
        let function = try #require(
            contract.functions.first { $0.name == "supportsInterface" })
        #expect(Hexadecimal.encode(function.selector) == "01ffc9a7")
        let call = function.call([.fixedBytes([0x01, 0xff, 0xc9, 0xa7])])
        let answer = try community.view(of: contract.address, call)
        #expect(try function.results(in: answer) == [.bool(false)])
    }

    @Test(arguments: ContractABI.all)
    func `an unknown or broken call reverts with a reason`(contract: ContractABI) throws {
        let community = try TestCommunity()
        #expect(throws: Reverted(reason: "\(contract.name) has no function 0xdeadbeef")) {
            try community.view(of: contract.address, [0xde, 0xad, 0xbe, 0xef])
        }
        #expect(throws: Reverted(reason: "\(contract.name): the call names no function")) {
            try community.view(of: contract.address, [1])
        }
        for function in contract.functions where !function.inputs.isEmpty {
            #expect(throws: Reverted.self) {
                try community.view(of: contract.address, function.selector + [1])
            }
        }
    }

    @Test func `views show offers and trades`() throws {
        var community = try TestCommunity.withPayment()
        try community.send(TestCommunity.anna, MarketCall.addOffer(energy: 5, price: 6))
        func look(_ name: String, _ call: Bytes) throws -> ABIValue {
            let function = try #require(ContractABI.market.functions.first { $0.name == name })
            return try function.results(in: community.view(call))[0]
        }
        let trade = try #require(look("trade", MarketCall.trade(OfferID(1))).elements)
        #expect(trade[0] == .number(1 as UInt32))
        #expect(trade[6] == .number(TradeStatus.paid.rawValue))
        #expect(trade[7] == .address(.zero) && trade[8] == .address(TestCommunity.ben))
        #expect(
            trade[12]
                == .tuple([.number(community.head.number - 1), .number(1_000_030 as UInt32)]))
        let offer = try #require(look("offer", MarketCall.offer(OfferID(2))).elements)
        #expect(offer[2] == .number(5 as UInt32))
        let list = try #require(
            look("listOffers", MarketCall.listOffers(from: OfferID(0), count: .max)).elements)
        #expect(list == [.tuple(offer)])
        let after = MarketCall.listOffers(from: OfferID(3), count: 10)
        #expect(try look("listOffers", after) == .array([]))
        let ids = MarketCall.trades(of: TestCommunity.anna, from: 0, count: .max)
        #expect(
            try look("tradesOf", ids) == .array([.number(1 as UInt32), .number(2 as UInt32)]))
        let later = MarketCall.trades(of: TestCommunity.anna, from: 1, count: 5)
        #expect(try look("tradesOf", later) == .array([.number(2 as UInt32)]))
        #expect(throws: Reverted(reason: "offer 3 does not exist")) {
            try community.view(MarketCall.trade(OfferID(3)))
        }
    }
}
