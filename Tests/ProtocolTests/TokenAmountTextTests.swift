import Protocol
import Testing

@Suite struct TokenAmountTextTests {
    @Test(arguments: [
        ("0.12", 120_000), ("12", 12_000_000), ("0", 0), ("0.000001", 1), ("007.5", 7_500_000),
        ("18446744073709.551615", UInt64.max),
    ])
    func `an amount of tokens is read exactly`(_ text: String, _ baseUnits: UInt64) {
        #expect(TokenAmount(tokens: text) == TokenAmount(baseUnits))
    }

    @Test(arguments: [
        "", ".", "1.", ".5", "-1", "+1", "1,5", "1e3", "0.0000001", "1.2.3", " 1",
        "18446744073709.551616", "99999999999999999999",
    ])
    func `what is no amount is refused`(_ text: String) {
        #expect(TokenAmount(tokens: text) == nil)
    }

    @Test(arguments: [(120_000, "0.12"), (1, "0.000001"), (5_000_000, "5.00"), (0, "0.00")])
    func `an amount is written with the decimals it needs`(_ baseUnits: UInt64, _ text: String) {
        #expect(TokenAmount(baseUnits).tokensText == text)
    }
}
