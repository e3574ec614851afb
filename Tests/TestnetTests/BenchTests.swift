import Testing

@testable import Testnet

@Suite struct SpreadTests {
    @Test func `a spread names least, middle, nine tenths and greatest`() {
        let spread = Spread([4, 1, 3, 2, 10, 6, 5, 9, 8, 7])
        #expect(spread.range.map(\.name) == ["min", "median", "p90", "max"])
        #expect(spread.range.map(\.value) == [1, 5.5, 9, 10])
        #expect(spread.range.cells() == ["1.0", "5.5", "9.0", "10.0"])
        #expect(Spread([]).range.map(\.value) == [nil, nil, nil, nil])
        #expect(Spread([7]).percentile(90) == 7)
    }

    @Test func `figures are rounded`() {
        #expect(Figures.text(1.26) == "1.3")
        #expect(Figures.rounded(1.255_6, decimals: 3) == 1.256)
    }
}
