import Testing

@testable import Testnet

@Suite struct SpreadTests {
    @Test func `a spread names least, middle, nine tenths and greatest`() throws {
        let spread = try #require(Spread([4, 1, 3, 2, 10, 6, 5, 9, 8, 7]))
        #expect(spread.least == 1)
        #expect(spread.median == 5.5)
        #expect(spread.ninetieth == 9)
        #expect(spread.greatest == 10)
        #expect(Spread([]) == nil)
        #expect(try #require(Spread([7])).ninetieth == 7)
    }

    @Test func `figures are rounded`() {
        #expect(Figures.text(1.26) == "1.3")
        #expect(Figures.rounded(1.255_6, decimals: 3) == 1.256)
    }
}
