import Protocol
import Testing

@Suite struct UntrustedTextTests {
    @Test(arguments: [
        ("plain", "plain"), ("Grüße, 村, 👨‍👩‍👧", "Grüße, 村, 👨‍👩‍👧"), ("a\nb", "a\\nb"),
        ("\u{1b}[2J", "\\u{1b}[2J"), ("\u{9b}1m", "\\u{9b}1m"), ("a\u{202e}b", "a\\u{202e}b"),
        ("a\u{2028}b", "a\\u{2028}b"), ("\r\u{0}\u{7f}", "\\u{d}\\u{0}\\u{7f}"),
        ("\u{feff}\u{200b}\u{e0041}", "\\u{feff}\\u{200b}\\u{e0041}"),
    ])
    func `is shown escaped`(verbatim: String, shown: String) {
        let text = UntrustedText(verbatim)
        #expect("\(text)" == shown)
        #expect(String(reflecting: text) == shown)
        #expect(text.verbatim == verbatim)
        #expect(text.isPlain == (verbatim == shown))
    }

    @Test func `is shown cut`() {
        let long = UntrustedText(String(repeating: "\n", count: 1 << 20))
        #expect("\(long)" == String(repeating: "\\n", count: 512) + "…")
        #expect("\(UntrustedText(String(repeating: "a", count: 512)))".count == 512)
    }

    @Test func `keeps lines where that is asked for`() {
        #expect(UntrustedText.escape("a\nb\r", keepsLines: true) == "a\nb\\u{d}")
    }

    @Test func `is not read off the wire beyond its limit`() throws {
        func read(_ count: Int) throws -> MeterMessage {
            let reason = UntrustedText(String(repeating: "x", count: count))
            return try MeterMessage(rlp: MeterMessage.refusal(OfferID(1), reason: reason).rlp)
        }
        #expect(throws: Never.self) { try read(Limits.textBytes) }
        #expect(throws: MalformedBytes.self) { try read(Limits.textBytes + 1) }
    }
}
