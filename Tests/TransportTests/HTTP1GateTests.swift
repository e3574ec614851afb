import NIOCore
import NIOEmbedded
import NIOHTTP1
import Testing

@testable import Transport

/// What the gate and llhttp together read, without a socket.
@Suite struct HTTP1GateTests {
    /// Stands where a connection stands, and answers each request at once.
    private final class Reader: ChannelInboundHandler, HTTP1GateOwner {
        typealias InboundIn = HTTPServerRequestPart

        let gate: HTTP1Gate
        private(set) var parts: [String] = []
        private(set) var body = ""
        private(set) var refusal: Int?
        /// Requests that are answered; later ones wait.
        var answers = Int.max

        init(headerLimit: Int = 1_000) {
            gate = HTTP1Gate(headerLimit: headerLimit)
        }

        func channelRead(context: ChannelHandlerContext, data: NIOAny) {
            guard refusal == nil else { return }
            switch unwrapInboundIn(data) {
            case .head(let head):
                do throws(HTTP1Failure) {
                    let head = try HTTP1Head(head)
                    gate.headEnded(head.length)
                    let fields = head.request.headers
                        .map { "\($0.name.canonicalName)=\($0.value)" }
                    parts.append(
                        "\(head.request.method) \(head.request.path) \(head.request.authority) "
                            + fields.joined(separator: ","))
                } catch {
                    refusal = error.status
                }
            case .body(let bytes):
                gate.bodyArrived()
                body += String(buffer: bytes)
            case .end:
                gate.requestEnded()
                parts.append("end")
            }
        }

        func errorCaught(context: ChannelHandlerContext, error: any Error) {
            refusal = refusal ?? (error as? HTTPParserError).map { HTTP1Failure($0).status } ?? 0
        }

        func bytesArrived() {
            do throws(HTTP1Failure) {
                while refusal == nil {
                    if gate.isComplete {
                        guard answers > 1 else { return }
                        answers -= 1
                        gate.startNext()
                    }
                    guard try gate.passNext() else { return }
                }
            } catch {
                refusal = refusal ?? error.status
            }
        }

        func inputEnded() {}
    }

    /// Gives `bytes` to `reader` in pieces of at most `size`.
    private func read(_ bytes: [UInt8], by reader: Reader, piece size: Int = .max) throws {
        reader.gate.owner = reader
        let channel = EmbeddedChannel(handlers: [
            reader.gate, HTTP1Connection.requestDecoder(headerLimit: 1_000), reader,
        ])
        var rest = bytes[...]
        while !rest.isEmpty {
            try channel.writeInbound(ByteBuffer(bytes: rest.prefix(size)))
            rest = rest.dropFirst(size)
        }
    }

    private func read(_ text: String) throws -> Reader {
        let reader = Reader()
        try read(bytes(text), by: reader)
        return reader
    }

    @Test func `a request reads the same however it is cut into pieces`() throws {
        let request =
            "POST /p?q HTTP/1.1\r\nHost: a:1\r\nX-A: \t b c \r\n"
            + "Transfer-Encoding: chunked\r\n\r\n4\r\nwxyz\r\n0\r\n\r\n"
        for size in 1...request.utf8.count {
            let reader = Reader()
            reader.answers = 1
            try read(bytes(request), by: reader, piece: size)
            #expect(
                reader.parts == [
                    "POST /p?q a:1 host=a:1,x-a=b c,transfer-encoding=chunked", "end",
                ])
            #expect(reader.body == "wxyz")
            #expect(reader.gate.isComplete)
        }
    }

    @Test func `an absolute target is brought to its path`() throws {
        let reader = try read("GET http://b:2/x HTTP/1.1\r\nhost: a\r\n\r\n")
        #expect(reader.parts.first == "GET /x b:2 host=a")
    }

    /// A chunk may hold what looks like a request's end, or like a request.
    @Test(arguments: [
        "transfer-encoding: chunked\r\n\r\n18\r\n0\r\n\r\nGET /x HTTP/1.1\r\n\r\n\r\n0\r\na: b\r\n\r\n",
        "content-length: 24\r\n\r\n0\r\n\r\nGET /x HTTP/1.1\r\n\r\n",
    ])
    func `llhttp gets no byte beyond the request at hand`(_ rest: String) throws {
        let request = "POST /1 HTTP/1.1\r\nhost: a\r\n" + rest
        for size in [1, 2, 5, Int.max] {
            let reader = Reader()
            reader.answers = 1
            let next = "GET /2 HTTP/1.1\r\nhost: a\r\n\r\n"
            try read(bytes(request + next), by: reader, piece: size)
            #expect(reader.parts.count == 2 && reader.parts.last == "end")
            #expect(reader.body == "0\r\n\r\nGET /x HTTP/1.1\r\n\r\n")
            #expect(reader.gate.waitingBytes == next.utf8.count)
            #expect(reader.refusal == nil)
        }
    }

    @Test(arguments: [
        ("GET /  HTTP/1.1\r\nhost: a\r\n\r\n", 400),
        (" GET / HTTP/1.1\r\nhost: a\r\n\r\n", 400),
        ("\nGET / HTTP/1.1\r\nhost: a\r\n\r\n", 400),
        ("GET / HTTP/1.1\rhost: a\r\n\r\n", 400),
        ("GET / HTTP/1.1\r\nhost: a\n\r\n", 400),
        ("GET / HTTP/1.1\r\nhost: a\rx\r\n\r\n", 400),
        ("GET / HTTP/1.1\r\nhost: a\r\n\n", 400),
        ("GET / HTTP/1.1\r\nhost: a\r\nx: \u{7F}\r\n\r\n", 400),
        ("GET / HTTP/1.1\r\nhost: a\r\nx: \u{1}\r\n\r\n", 400),
        ("GET / HTTP/1.1\r\nhost: a\r\n: x\r\n\r\n", 400),
        ("GET / HTTP/1.1\r\nhost: a\r\nx\r\n\r\n", 400),
        ("GET / HTTP/1.1\r\nhost: a\r\nx: 1\r\n\t2\r\n\r\n", 400),
        ("GET /\u{E9} HTTP/1.1\r\nhost: a\r\n\r\n", 400),
        ("CONNECT a:1 HTTP/1.1\r\nhost: a\r\n\r\n", 400),
        ("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", 505),
        ("POST / HTTP/1.0\r\ntransfer-encoding: chunked\r\n\r\n", 400),
        ("POST / HTTP/1.1\r\nhost: a\r\ncontent-length:\r\n\r\n", 400),
        ("POST / HTTP/1.1\r\nhost: a\r\ncontent-length: 1, 1\r\n\r\n", 400),
        ("POST / HTTP/1.1\r\nhost: a\r\ntransfer-encoding: gzip, chunked\r\n\r\n", 501),
        ("POST / HTTP/1.1\r\nhost: a\r\ntransfer-encoding: chunked, gzip\r\n\r\n", 400),
        ("POST / HTTP/1.1\r\nhost: a\r\ntransfer-encoding: xchunked\r\n\r\n", 501),
        (
            "POST / HTTP/1.1\r\nhost: a\r\ntransfer-encoding: chunked\r\n"
                + "transfer-encoding: chunked\r\n\r\n", 400
        ),
    ])
    func `what could be read in two ways is refused`(_ text: String, _ status: Int) throws {
        let reader = try read(text)
        #expect(reader.refusal == status)
        #expect(!reader.parts.contains("end"))
    }

    @Test(arguments: [
        "+1\r\na\r\n", "-1\r\n", "0x1\r\na\r\n", " 1\r\na\r\n", "1\na\r\n", "1\r\na\n",
        "1\r\nab\r\n", "\r\n", "g\r\n", "10000000000000001\r\n",
        // Sizes that one reader cuts where another goes on.
        "2 zz\r\nab\r\n", "2 \r\nab\r\n", "2\t\r\nab\r\n", "2 3\r\nab\r\n", "2zz\r\nab\r\n",
        "2\u{0}\r\nab\r\n", "2,x\r\nab\r\n", "2\r;x\r\nab\r\n", "\t2\r\nab\r\n", "2_0\r\n",
        "000000002\r\nab\r\n", "100000000\r\nab\r\n", "FFFFFFFFFFFFFFFF\r\n",
        // Lines that end for one reader and not for another.
        "2;x\n\r\nab\r\n", "2;x\ry\r\nab\r\n", "2;\u{7F}\r\nab\r\n", "2;\u{E9}\r\nab\r\n",
        "2\r\r\nab\r\n", "2\r\nab\n\r\n", "2\r\nab\rx", "2\r\nab\r\r\n", "2\r\nabc\r\n",
        "0\r\nx: 1\n", "0\r\nx: 1\r\r\n", "0\r\nx: 1\ry\r\n", "0\r\n\n", "0\r\n: x\r\n",
        "0\r\nx\r\n", "0\r\nx: \u{0}\r\n", "0\r\n x: 1\r\n", "0 \r\n", "0 x\r\n",
    ])
    func `a chunk that could be read in two ways ends the request`(_ chunk: String) throws {
        let reader = try read(
            "POST / HTTP/1.1\r\nhost: a\r\ntransfer-encoding: chunked\r\n\r\n" + chunk + "0\r\n\r\n"
        )
        #expect(reader.refusal == 400)
        #expect(!reader.parts.contains("end"))
    }

    @Test(arguments: [
        "2\r\nab\r\n", "02\r\nab\r\n", "00000002\r\nab\r\n", "2;\r\nab\r\n",
        "2 \t; a = \"b;c\";d\r\nab\r\n", "1\r\na\r\n1;x\r\nb\r\n",
        "2;\(String(repeating: "x", count: 252))\r\nab\r\n",
    ])
    func `a chunk in any form of the specification is read`(_ chunks: String) throws {
        let request =
            "POST / HTTP/1.1\r\nhost: a\r\ntransfer-encoding: chunked\r\n\r\n" + chunks
            + "000;end\r\nx-a: 1\r\nx-b:\r\n\r\n"
        for size in [1, 3, Int.max] {
            let reader = Reader()
            reader.answers = 1
            try read(bytes(request), by: reader, piece: size)
            #expect(reader.refusal == nil)
            #expect(reader.body == "ab")
            #expect(reader.gate.isComplete)
        }
    }

    @Test(arguments: [("1;", 400), ("0\r\nx: ", 431)])
    func `sizes of chunks and trailers have a limit`(_ start: String, _ status: Int) throws {
        let reader = Reader()
        let request =
            "POST / HTTP/1.1\r\nhost: a\r\ntransfer-encoding: chunked\r\n\r\n" + start
            + String(repeating: "a", count: 2_000)
        try read(bytes(request), by: reader, piece: 100)
        #expect(reader.refusal == status)
    }

    @Test func `after what could become another protocol the connection ends`() throws {
        let head = HTTPRequestHead(
            version: .http1_1, method: .GET, uri: "/",
            headers: ["host": "a", "connection": "upgrade", "upgrade": "h2c"])
        #expect(try !HTTP1Head(head).keepsAlive)
    }

    /// llhttp refuses most of these already, and is not the only one that has to.
    @Test(arguments: [
        [("content-length", "1"), ("content-length", "1")],
        [("content-length", "1"), ("content-length", "2")],
        [("content-length", "1"), ("transfer-encoding", "chunked")],
        [("transfer-encoding", "chunked"), ("transfer-encoding", "chunked")],
        [("transfer-encoding", "gzip, chunked")], [("content-length", "+1")],
        [("content-length", "")], [("content-length", "1, 1")],
    ])
    func `a head tells one length in one way`(_ fields: [(String, String)]) throws {
        let head = HTTPRequestHead(
            version: .http1_1, method: .POST, uri: "/",
            headers: HTTPHeaders([("host", "a")] + fields))
        #expect(throws: HTTP1Failure.self) { try HTTP1Head(head) }
    }

    @Test func `random bytes never trap`() throws {
        var generator = SystemRandomNumberGenerator()
        let alphabet = bytes("GET / HTTP/1.1\r\nhost: a\r\n:;0123af\n\r\u{0}\u{FF}")
        for _ in 0..<2000 {
            let length = Int.random(in: 0..<400, using: &generator)
            let noise = (0..<length).map { _ in alphabet.randomElement(using: &generator) ?? 0 }
            let reader = Reader(headerLimit: 300)
            try read(
                bytes("POST / HTTP/1.1\r\nhost: a\r\n") + noise, by: reader,
                piece: Int.random(in: 1...400, using: &generator))
        }
    }
}
