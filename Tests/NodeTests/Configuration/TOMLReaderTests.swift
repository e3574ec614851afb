import Testing

@testable import Node

@Suite struct TOMLReaderTests {
    private func texts(_ value: SettingsValue?) -> String {
        switch value {
        case nil: "nothing"
        case .text(let text)?: "\"\(text)\""
        case .number(let number)?: "\(number)"
        case .decimal(let number)?: "\(number)"
        case .flag(let flag)?: "\(flag)"
        case .list(let elements)?: "[" + elements.map(texts).joined(separator: ", ") + "]"
        case .table(let values)?:
            "{"
                + values.sorted { $0.key < $1.key }.map { "\($0.key): \(texts($0.value))" }
                .joined(separator: ", ") + "}"
        }
    }

    private func read(_ text: String) throws -> String {
        texts(.table(try TOMLReader.read(text)))
    }

    @Test(arguments: [
        ("", "{}"), ("\u{feff}a=1", "{a: 1}"), ("# all\r\n\r\na = 1 # one\r\n", "{a: 1}"),
        ("a.b.c = 1\na.d = 2", "{a: {b: {c: 1}, d: 2}}"),
        ("\"a b\".'c' = \"d\"", "{a b: {c: \"d\"}}"), ("1.2 = 3", "{1: {2: 3}}"),
        ("[a.b]\nc = 1\n[a]\nd = 2", "{a: {b: {c: 1}, d: 2}}"),
        ("[[a]]\nb = 1\n[[a]]\n[a.c]\nd = 2", "{a: [{b: 1}, {c: {d: 2}}]}"),
        ("a = [1, [2, 3,], # x\n 4 ]", "{a: [1, [2, 3], 4]}"), ("a = []", "{a: []}"),
        ("a = {b = 1, c.d = '2'}", "{a: {b: 1, c: {d: \"2\"}}}"), ("a = { }", "{a: {}}"),
        ("a=+1_000\nb=-0\nc=0xff_0f\nd=0o17\ne=0b11", "{a: 1000, b: 0, c: 65295, d: 15, e: 3}"),
        ("a=1.5\nb=-2e3\nc=1_0.2_5E-1", "{a: 1.5, b: -2000.0, c: 1.025}"),
        ("a=true\nb=false", "{a: true, b: false}"),
        (
            "a=2021-06-15T09:00:00Z\nb=2021-06-15 09:00:00\nc=07:32:00",
            "{a: \"2021-06-15T09:00:00Z\", b: \"2021-06-15 09:00:00\", c: \"07:32:00\"}"
        ),
        (#"a = "\t\"\\\u00e9\U0001f600""#, "{a: \"\t\"\\é😀\"}"), (#"a = 'C:\x'"#, #"{a: "C:\x"}"#),
        ("a = \"\"\"\n one\r\n two\\\n   \n three\"\"\"\"\"", "{a: \" one\n twothree\"\"\"}"),
        ("a = '''\nx\\y'z''''", "{a: \"x\\y'z'\"}"),
    ])
    func `what is TOML is read`(text: String, expected: String) throws {
        #expect(try read(text) == expected)
    }

    @Test(arguments: [
        "a", "a =", "= 1", "a = 1 b = 2", "a = 1\na = 2", "a.b = 1\na.b.c = 2", "a = 01", "a = 1.",
        "a = .5", "a = 1__0", "a = _1", "a = 1_", "a = 0x", "a = 0x-1", "a = 1e", "a = tru",
        "a = 9223372036854775808", "[a]\n[a]", "[a]\n[[a]]", "[[a]]\n[a]", "a = 1\n[a]",
        "a = [1]\n[[a]]", "a = {b = 1}\n[a.c]", "a = {b = 1}\na.c = 2", "[a]\nb = 1\n[a.b]",
        "[a.b]\n[a]\nb.c = 1", "a.b = 1\n[a]", "a = {b = 1,}", "a = {b = 1\n}", "a = [1 2]",
        "a = [,]", "a = [1,,2]", "[", "[[", "[]", "[=]", "[a", "[[a]", "[a]b = 1", "[ [a]]",
        "a = \"", "a = \"x\ny\"", "a = '", "a = \"\\x\"", "a = \"\\ud800\"", "a = \"\\u12\"",
        "a = \"\"\"", "a = \"\u{1}\"", "# \u{7f}", "a = 1\rb = 2", "ü = 1", "a..b = 1", "a. = 1",
        "\"\"\"a\"\"\" = 1", "a = 1979-", "a = ]", "a = }",
    ])
    func `what is no TOML is refused`(text: String) {
        #expect(throws: MalformedTOML.self) { try read(text) }
    }

    @Test func `an error says where it is`() {
        #expect(throws: MalformedTOML(line: 2, column: 5, reason: "a value is expected")) {
            try read("a = 1\nb = \nc = 2")
        }
    }

    @Test func `nesting has an end`() throws {
        func nested(_ depth: Int) -> String {
            "a = " + String(repeating: "[", count: depth) + String(repeating: "]", count: depth)
        }
        _ = try read(nested(TOMLReader.depth))
        #expect(throws: MalformedTOML.self) { try read(nested(TOMLReader.depth + 1)) }
        #expect(throws: MalformedTOML.self) { try read(nested(100_000)) }
        #expect(throws: MalformedTOML.self) {
            try read("a = " + String(repeating: "{a=", count: 100_000))
        }
        #expect(throws: MalformedTOML.self) {
            try read(String(repeating: "a.", count: 100_000) + "a = 1")
        }
    }
}
