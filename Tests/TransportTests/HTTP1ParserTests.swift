import NIOCore
import Testing

@testable import Transport

@Suite struct HTTP1ParserTests {
    private func describe(_ part: HTTP1Parser.Part) -> String {
        switch part {
        case .head(let head):
            let fields = head.request.headers.fields.map { "\($0.name)=\($0.value)" }
            return "\(head.request.method) \(head.request.path) \(head.request.authority) "
                + fields.joined(separator: ",")
        case .body(let bytes): return "body " + text(bytes)
        case .end: return "end"
        }
    }

    @Test func `a request reads the same however it is cut into pieces`() throws {
        let request =
            "POST /p?q HTTP/1.1\r\nHost: a:1\r\nX-A: \t b c \r\n"
            + "Transfer-Encoding: chunked\r\n\r\n4\r\nwxyz\r\n0\r\n\r\n"
        for size in 1...request.utf8.count {
            var parser = HTTP1Parser(headerLimit: 1000)
            var parts: [String] = []
            var body = ""
            var rest = bytes(request)[...]
            while !rest.isEmpty {
                parser.append(ByteBuffer(bytes: rest.prefix(size)))
                rest = rest.dropFirst(size)
                while let part = try parser.next() {
                    if case .body(let bytes) = part {
                        body += text(bytes)
                    } else {
                        parts.append(describe(part))
                    }
                }
            }
            #expect(
                parts == [
                    "POST /p?q a:1 host=a:1,x-a=b c,transfer-encoding=chunked", "end",
                ])
            #expect(body == "wxyz")
            #expect(parser.isComplete)
        }
    }

    @Test func `an absolute target is brought to its path`() throws {
        var parser = HTTP1Parser(headerLimit: 1000)
        parser.append(ByteBuffer(string: "GET http://b:2/x HTTP/1.1\r\nhost: a\r\n\r\n"))
        let part = try #require(try parser.next())
        #expect(describe(part) == "GET /x b:2 host=a")
    }

    @Test func `random bytes never trap`() {
        var generator = SystemRandomNumberGenerator()
        let alphabet = bytes("GET / HTTP/1.1\r\nhost: a\r\n:;0123af\n\r\u{0}\u{FF}")
        for _ in 0..<2000 {
            var parser = HTTP1Parser(headerLimit: 300)
            let length = Int.random(in: 0..<400, using: &generator)
            let noise = (0..<length).map { _ in alphabet.randomElement(using: &generator) ?? 0 }
            parser.append(
                ByteBuffer(bytes: bytes("POST / HTTP/1.1\r\nhost: a\r\n") + noise))
            var failed = false
            while !failed {
                do {
                    if try parser.next() == nil { break }
                } catch {
                    failed = true
                }
            }
        }
    }
}
