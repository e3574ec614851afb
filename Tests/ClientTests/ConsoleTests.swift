import Console
import Testing

@Suite struct RateTests {
    @Test(arguments: [
        (0 as UInt64, "0"), (999, "999"), (1_000, "1,000"), (1_234_567, "1,234,567"),
    ])
    func `numbers are grouped by thousands`(_ number: UInt64, _ text: String) {
        #expect(Rate.grouped(number) == text)
    }

    @Test func `how far work is shows its speed and how long it still takes`() {
        let since = ContinuousClock.now.advanced(by: .seconds(-10))
        let text = Rate(done: 1_000, total: 2_000, since: since).text
        #expect(text.hasPrefix("1,000/2,000 (50.0 %) "))
        #expect(text.contains("/s ETA 1"))
        #expect(Rate(done: 0, total: 0, since: since).text == "0/0 (100.0 %)")
    }
}

@Suite struct TableTests {
    private static let table = {
        var table = Table(["NAME", "WH"], rightAligned: [1])
        table.add(["h01", "5"])
        table.add(["aggregator", "1250"])
        return table
    }()

    @Test func `columns are as wide as their widest cell`() {
        #expect(
            Self.table.text == """
                NAME          WH
                h01            5
                aggregator  1250
                """)
    }

    @Test func `a cell stays in its cell`() {
        var table = Table(["REFERENCE", "WH"])
        table.add(["INV 1\nh02", "5\u{1b}[2J"])
        #expect(table.lines == ["REFERENCE   WH", "INV 1\\nh02  5\\u{1b}[2J"])
    }

    @Test func `the same table is Markdown`() {
        #expect(
            Self.table.markdown == """
                | NAME       |   WH |
                | ---------- | ---: |
                | h01        |    5 |
                | aggregator | 1250 |
                """)
    }
}
