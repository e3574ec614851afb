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

    @Test func `events must have minted and burned just so much`() {
        let (one, two) = (Address(reserved: 1), Address(reserved: 2))
        let minted = TokenEvent.minted(to: one, amount: TokenAmount(10), reference: "a")
        let burned = TokenEvent.burned(from: two, amount: TokenAmount(2), reference: "b")
        let figures = figures(minted: 10, burned: 2, balances: 5, escrow: 3)
        #expect(figures.agree(with: [minted, burned]))
        #expect(!figures.agree(with: [minted]))
        #expect(!figures.agree(with: [minted, burned, burned]))
        #expect(figures.height == 7)
    }
}
