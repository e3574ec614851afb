import Ledger
import Protocol
import Testing

@Suite struct TokenPurchaseTests {
    private let anna = TestCommunity.anna
    private let ben = TestCommunity.ben
    private let aggregator = TestCommunity.aggregator
    private let other = TestCommunity.otherAggregator

    /// A community whose aggregator has 1,000 base units to sell.
    private func community() throws -> TestCommunity {
        var community = try TestCommunity()
        try community.fund(aggregator, 1_000, reference: "stock")
        return community
    }

    private func order(
        _ amount: UInt64, of seller: Address = TestCommunity.aggregator,
        reference: String = "bank 17"
    ) -> Bytes {
        TokenCall.purchaseTokens(of: seller, amount: TokenAmount(amount), reference: reference)
    }

    private func send(
        _ community: inout TestCommunity, _ sender: Address, _ data: Bytes
    ) throws -> String? {
        try community.send(sender, to: NativeContract.token, data)
    }

    private func events(_ community: TestCommunity) -> [TokenEvent] {
        community.receipts.flatMap(\.logs).compactMap { TokenEvent($0) }
    }

    @Test func `a purchase is filled once, by its seller alone`() throws {
        var community = try community()
        #expect(try send(&community, ben, order(300)) == nil)
        #expect(
            events(community) == [
                .purchaseOpened(
                    buyer: ben, seller: aggregator, number: 1, amount: TokenAmount(300),
                    reference: "bank 17")
            ])
        #expect(community.state.openTokenPurchases().map(\.buyer) == [ben])
        let sale = TokenCall.sellTokens(to: ben, purchase: 1)
        #expect(
            try send(&community, other, sale)
                == "purchase 1 of \(ben) is for \(aggregator) to sell")
        #expect(
            try send(&community, ben, sale) == "purchase 1 of \(ben) is for \(aggregator) to sell")
        #expect(try send(&community, aggregator, sale) == nil)
        #expect(
            events(community) == [
                .transfer(from: aggregator, to: ben, amount: TokenAmount(300)),
                .sold(buyer: ben, seller: aggregator, number: 1, amount: TokenAmount(300)),
            ])
        #expect(community.balance(ben) == 300)
        #expect(
            try send(&community, aggregator, sale) == "purchase 1 of \(ben) is not open any more")
        #expect(community.state.tokenPurchase(of: ben)?.status == .sold)
        #expect(
            try send(&community, ben, TokenCall.cancelPurchase()) == "\(ben) has no open purchase")
        #expect(community.state.openTokenPurchases().isEmpty)
        #expect(community.balance(ben) == 300)
    }

    @Test func `a sale names the purchase, so that a later one is not taken for it`() throws {
        var community = try community()
        _ = try send(&community, ben, order(300))
        _ = try send(&community, aggregator, TokenCall.sellTokens(to: ben, purchase: 1))
        #expect(try send(&community, ben, order(400)) == nil)
        #expect(
            try send(&community, aggregator, TokenCall.sellTokens(to: ben, purchase: 1))
                == "purchase 1 of \(ben) is not open any more")
        #expect(
            try send(&community, aggregator, TokenCall.sellTokens(to: ben, purchase: 3))
                == "\(ben) has no purchase 3")
        #expect(
            try send(&community, aggregator, TokenCall.sellTokens(to: ben, purchase: 0))
                == "\(ben) has no purchase 0")
        #expect(try send(&community, aggregator, TokenCall.sellTokens(to: ben, purchase: 2)) == nil)
        #expect(community.balance(ben) == 700)
    }

    @Test func `a sale beyond the seller's tokens leaves the purchase open`() throws {
        var community = try community()
        _ = try send(&community, ben, order(1_001))
        #expect(
            try send(&community, aggregator, TokenCall.sellTokens(to: ben, purchase: 1))
                == "balance 1000 is less than the amount 1001")
        #expect(community.state.tokenPurchase(of: ben)?.status == .open)
    }

    @Test func `a buyer has one open purchase, and may take it back`() throws {
        var community = try community()
        #expect(
            try send(&community, ben, TokenCall.cancelPurchase()) == "\(ben) has no open purchase")
        _ = try send(&community, ben, order(300))
        #expect(try send(&community, ben, order(1)) == "purchase 1 is still open: cancel it first")
        #expect(try send(&community, ben, TokenCall.cancelPurchase()) == nil)
        #expect(events(community) == [.purchaseCancelled(buyer: ben, number: 1)])
        #expect(
            try send(&community, aggregator, TokenCall.sellTokens(to: ben, purchase: 1))
                == "purchase 1 of \(ben) is not open any more")
        #expect(try send(&community, ben, order(1)) == nil)
        #expect(community.state.tokenPurchase(of: ben)?.number == 2)
    }

    @Test func `a seller declines with a reason`() throws {
        var community = try community()
        _ = try send(&community, ben, order(300))
        func decline(_ sender: Address, _ reason: String) throws -> String? {
            try send(
                &community, sender, TokenCall.declinePurchase(of: ben, purchase: 1, reason: reason))
        }
        #expect(
            try decline(other, "no") == "purchase 1 of \(ben) is for \(aggregator) to sell")
        #expect(try decline(aggregator, "") == "the reason has 0 bytes, not 1 to 256")
        #expect(
            try decline(aggregator, "no\u{202e}")
                == "the reason has control or invisible characters")
        #expect(try decline(aggregator, "not paid") == nil)
        #expect(
            events(community) == [
                .purchaseDeclined(buyer: ben, seller: aggregator, number: 1, reason: "not paid")
            ])
        #expect(community.state.tokenPurchase(of: ben)?.status == .declined)
    }

    @Test func `who may order what of whom`() throws {
        var community = try community()
        #expect(try send(&community, ben, order(0)) == "the amount is 0")
        #expect(
            try send(&community, ben, order(1, of: anna))
                == "\(anna) is not an aggregator: tokens are bought of aggregators")
        #expect(
            try send(&community, other, order(1))
                == "\(other) is an aggregator: households buy tokens")
        #expect(
            try send(&community, ben, order(1, reference: String(repeating: "x", count: 257)))
                == "the reference has 257 bytes, not 0 to 256")
        // In the table by which the operator sells, it would look like another row.
        for forged in ["INV 1\nh02  9  1000", "\u{1b}[2K", "\r", "\u{9b}A", "\u{2028}"] {
            #expect(
                try send(&community, ben, order(1, reference: forged))
                    == "the reference has control or invisible characters")
        }
        #expect(try send(&community, anna, order(.max, of: other, reference: "")) == nil)
        #expect(community.state.tokenPurchase(of: anna)?.seller == other)
    }

    @Test func `the view tells the last purchase`() throws {
        var community = try community()
        _ = try send(&community, ben, order(300))
        let values = try ABI.decode(
            [.uint(32), .uint(8), .address, .uint(256), .string],
            from: community.view(of: NativeContract.token, TokenCall.tokenPurchase(of: ben)))
        #expect(
            values == [
                .number(1 as UInt32), .number(1 as UInt8), .address(aggregator),
                .number(300 as UInt64), .string("bank 17"),
            ])
    }

    @Test func `a stored purchase is read back, and a damaged one refused`() throws {
        var community = try community()
        _ = try send(&community, ben, order(300, reference: "Grüße"))
        let entries = community.state.entries
        let again = try LedgerState(entries: entries)
        #expect(again.tokenPurchase(of: ben) == community.state.tokenPurchase(of: ben))
        let damaged = entries.map { entry -> StateEntry in
            guard entry.key == StateKey.tokenPurchase(ben).bytes, var value = entry.value else {
                return entry
            }
            value[4] = 9
            return StateEntry(key: entry.key, value: value)
        }
        #expect(throws: MalformedBytes.self) { try LedgerState(entries: damaged) }
    }
}
