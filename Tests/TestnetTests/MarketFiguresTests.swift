import API
import Ledger
import Protocol
import Testing

@testable import Testnet

@Suite struct MarketFiguresTests {
    private func figures(
        minted: Int, burned: Int, balances: Int, escrow: Int
    ) -> MarketFigures {
        let tokens = [
            ("minted", minted), ("burned", burned), ("balances", balances), ("escrow", escrow),
        ].map { JSON.Member($0, .string(String($1))) }
        return MarketFigures(json: ["tokens": .object(tokens), "height": 7])
    }

    @Test func `tokens add up only with all four sums`() {
        #expect(figures(minted: 10, burned: 2, balances: 5, escrow: 3).isConserved)
        #expect(!figures(minted: 10, burned: 0, balances: 5, escrow: 3).isConserved)
        #expect(!figures(minted: 8, burned: 2, balances: 5, escrow: 3).isConserved)
        #expect(!figures(minted: 10, burned: 2, balances: 6, escrow: 3).isConserved)
        #expect(!figures(minted: 10, burned: 2, balances: 5, escrow: 2).isConserved)
    }

    @Test func `the figures say up to which block they tell`() {
        #expect(figures(minted: 10, burned: 2, balances: 5, escrow: 3).height == 7)
    }
}
