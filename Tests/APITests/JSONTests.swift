import Testing

@testable import API

struct JSONTests {
    private func decode(_ text: String) throws -> JSON { try JSON(decoding: Array(text.utf8)) }

    @Test(arguments: [
        #"{"a":[1,-2.5e+3,true,false,null],"b":{"c":""}}"#, "[]", "{}", #""\n\t\"\\é""#, "0",
    ])
    func `what is read is written the same`(text: String) throws {
        #expect(String(decoding: try decode(text).encoded, as: UTF8.self) == text)
    }

    @Test func `escapes are undone`() throws {
        #expect(try decode(#""\u00e9\ud83d\ude00\/\b""#) == .string("é😀/\u{8}"))
        #expect(try decode(" [ 1 , 2 ] \n") == [1, 2])
    }

    @Test func `what a terminal would obey is written escaped`() throws {
        let text = "\u{1b}[2J\u{7f}\u{9b}\u{202e}\u{e0041}é"
        let written = String(decoding: JSON.string(text).encoded, as: UTF8.self)
        #expect(written == #""\u001b[2J\u007f\u009b\u202e\udb40\udc41é""#)
        #expect(try decode(written) == .string(text))
    }

    @Test(arguments: [
        "", "{", "[1,]", "{\"a\":1,}", "{\"a\" 1}", "{1:2}", "01", "1.", "1e", "-", "+1", "nul",
        "\"", "\"\u{1}\"", #""\x""#, #""\ud800""#, #""\u12g4""#, "1 2", "{\"a\":1,\"a\":2}", "NaN",
    ])
    func `what is no JSON is refused`(text: String) {
        #expect(throws: MalformedJSON.self) { _ = try decode(text) }
    }

    @Test func `what is not encoded right in a path stays as it is`() {
        let target = RequestTarget("/a%2fb/%+1/%zz/%4?x=%41+b&y")
        #expect(target.segments == ["a/b", "% 1", "%zz", "%4"])
        #expect(target["x"] == "A b")
        #expect(target["y"] == "")
    }

    @Test func `nesting has an end`() throws {
        func nested(_ depth: Int) -> String {
            String(repeating: "[", count: depth) + String(repeating: "]", count: depth)
        }
        _ = try decode(nested(JSON.depth))
        #expect(throws: MalformedJSON.self) { _ = try decode(nested(JSON.depth + 2)) }
        #expect(throws: MalformedJSON.self) { _ = try decode(nested(100_000)) }
        #expect(throws: MalformedJSON.self) { _ = try JSON(decoding: [0x22, 0xff, 0x22]) }
    }
}
