import NIOCore
import TestKit
import Testing

@testable import Transport

@Suite struct HTTP1Tests {
    private static let collect: Answer = { request, response in
        let body = try await request.collectBody()
        try await response.respond(
            status: 200, headers: [.contentType: "text/plain"],
            body: bytes("\(request.method) \(request.path) \(text(body))\n"))
    }

    /// Sends `request` to a plain server and waits until the answer ends with `end`.
    private func exchange(
        _ request: String, until end: String, limits: TransportLimits = TransportLimits(),
        answer: @escaping Answer = collect
    ) async throws -> String {
        var received = ""
        try await withServer(.none, limits: limits, answer: answer) { server in
            let client = try await RawClient.connect(server.boundPort)
            client.send(request)
            try await eventually("\(end.debugDescription) arrives") {
                client.received.hasSuffix(end)
            }
            received = client.received
            client.close()
        }
        return received
    }

    @Test func `requests on one connection are answered in their order`() async throws {
        let answer = try await exchange(
            "GET /1 HTTP/1.1\r\nHost: a\r\n\r\nPOST /2 HTTP/1.1\r\nhost: a\r\n"
                + "content-length: 3\r\n\r\nabcGET /3 HTTP/1.1\r\nhost: a\r\n\r\n",
            until: "GET /3 \n")
        let lines = answer.split(whereSeparator: \.isNewline)
        #expect(lines.filter { $0 == "HTTP/1.1 200 OK" }.count == 3)
        #expect(lines.filter { $0.contains(" /") } == ["GET /1 ", "POST /2 abc", "GET /3 "])
    }

    @Test func `a chunked body is put together`() async throws {
        let answer = try await exchange(
            "POST / HTTP/1.1\r\nhost: a\r\ntransfer-encoding: chunked\r\n\r\n"
                + "3\r\nabc\r\nA;x=y\r\n0123456789\r\n0\r\nx-trailer: 1\r\n\r\n",
            until: "\n")
        #expect(answer.hasSuffix("POST / abc0123456789\n"))
    }

    /// Each piece is within the limit, and is taken before the next one comes.
    @Test func `a body in pieces is within the limit as a whole or not at all`() async throws {
        var limits = TransportLimits()
        limits.bodyBytes = 1_000
        for (count, status) in [(2, "200 OK"), (4, "413 ")] {
            try await withServer(.none, limits: limits, answer: Self.collect) { server in
                let client = try await RawClient.connect(server.boundPort)
                client.send("POST / HTTP/1.1\r\nhost: a\r\ntransfer-encoding: chunked\r\n\r\n")
                for _ in 0..<count {
                    client.send("190\r\n" + String(repeating: "x", count: 400) + "\r\n")
                    try await Task.sleep(for: .milliseconds(50))
                }
                client.send("0\r\n\r\n")
                try await eventually("the answer to \(count) pieces") {
                    client.received.contains("HTTP/1.1 \(status)")
                }
                client.close()
            }
        }
    }

    @Test func `a response without a length is sent in chunks as it is written`() async throws {
        let (steps, continuation) = AsyncStream.makeStream(of: Void.self)
        let answer: Answer = { _, response in
            try await response.send(status: 200, headers: [.contentType: "text/event-stream"])
            try await response.write(bytes("data: 1\n\n"))
            var iterator = steps.makeAsyncIterator()
            await iterator.next()
            try await response.write(bytes("data: 2\n\n"))
        }
        try await withServer(.none, answer: answer) { server in
            let client = try await RawClient.connect(server.boundPort)
            client.send("GET /events HTTP/1.1\r\nhost: a\r\n\r\n")
            try await eventually("the first event") {
                client.received.hasSuffix("9\r\ndata: 1\n\n\r\n")
            }
            #expect(client.received.contains("transfer-encoding: chunked\r\n"))
            continuation.yield()
            try await eventually("the end") {
                client.received.hasSuffix("9\r\ndata: 2\n\n\r\n0\r\n\r\n")
            }
            client.close()
        }
    }

    @Test func `a handler is cancelled when its client leaves`() async throws {
        let (ended, continuation) = AsyncStream.makeStream(of: Void.self)
        let answer: Answer = { _, response in
            try await response.send(status: 200)
            do {
                try await Task.sleep(for: .seconds(3600))
            } catch {
                continuation.yield()
            }
        }
        try await withServer(.none, answer: answer) { server in
            let client = try await RawClient.connect(server.boundPort)
            client.send("GET / HTTP/1.1\r\nhost: a\r\n\r\n")
            try await eventually("the head") { client.received.hasPrefix("HTTP/1.1 200") }
            client.close()
            var iterator = ended.makeAsyncIterator()
            await iterator.next()
        }
    }

    @Test func `a HEAD is answered without a body and the connection goes on`() async throws {
        let answer = try await exchange(
            "HEAD /1 HTTP/1.1\r\nhost: a\r\n\r\nGET /2 HTTP/1.1\r\nhost: a\r\n\r\n",
            until: "GET /2 \n")
        #expect(!answer.contains("HEAD /1 "))
        #expect(answer.contains("content-length: 9\r\n"))
    }

    @Test func `a client that waits for leave to send gets it`() async throws {
        try await withServer(.none, answer: Self.collect) { server in
            let client = try await RawClient.connect(server.boundPort)
            client.send(
                "POST / HTTP/1.1\r\nhost: a\r\nexpect: 100-continue\r\ncontent-length: 2\r\n\r\n")
            try await eventually("100") { client.received == "HTTP/1.1 100 Continue\r\n\r\n" }
            client.send("ok")
            try await eventually("the answer") { client.received.hasSuffix("POST / ok\n") }
            client.close()
        }
    }

    @Test func `a large body passes both ways with the reader setting the pace`() async throws {
        let size = 3_000_000
        try await withServer(.none, answer: echo) { server in
            let client = try await RawClient.connect(server.boundPort)
            client.send("POST / HTTP/1.0\r\ncontent-length: \(size)\r\n\r\n")
            client.send([UInt8](repeating: UInt8(ascii: "x"), count: size))
            try await eventually("closed at the end") { client.isClosed }
            let body = client.received.drop { $0 != "x" }.drop { $0 == "x" }
            #expect(body.hasPrefix("-path"))
            #expect(client.received.utf8.count > size)
            #expect(client.received.hasSuffix("xxxx"))
        }
    }

    @Test(arguments: [
        ("GET / HTTP/2.0\r\n\r\n", 505),
        ("GET  / HTTP/1.1\r\nhost: a\r\n\r\n", 400),
        ("GET / HTTP/1.1\r\n\r\n", 400),
        ("GET / HTTP/1.1\r\nhost: a\r\nhost: b\r\n\r\n", 400),
        ("GET / HTTP/1.1\nhost: a\n\n", 400),
        ("GET / HTTP/1.1\r\nhost : a\r\n\r\n", 400),
        ("GET / HTTP/1.1\r\nhost: a\r\n b: c\r\n\r\n", 400),
        ("GET / HTTP/1.1\r\nhost: a\u{0}\r\n\r\n", 400),
        ("GET a HTTP/1.1\r\nhost: a\r\n\r\n", 400),
        ("POST / HTTP/1.1\r\nhost: a\r\ncontent-length: -1\r\n\r\n", 400),
        ("POST / HTTP/1.1\r\nhost: a\r\ncontent-length: +1\r\n\r\n", 400),
        ("POST / HTTP/1.1\r\nhost: a\r\ncontent-length: 1\r\ncontent-length: 1\r\n\r\n", 400),
        ("POST / HTTP/1.1\r\nhost: a\r\ncontent-length: 99999999999999999999\r\n\r\n", 400),
        (
            "POST / HTTP/1.1\r\nhost: a\r\ncontent-length: 1\r\ntransfer-encoding: chunked\r\n\r\n",
            400
        ),
        ("POST / HTTP/1.1\r\nhost: a\r\ntransfer-encoding: gzip\r\n\r\n", 501),
        ("GET / HTTP/1.1\r\nhost: a\r\nx: \(String(repeating: "y", count: 17_000))\r\n\r\n", 431),
        ("GET /\(String(repeating: "y", count: 17_000))", 431),
        ("GET / HTTP/1.1\r\nhost: a\r\nexpect: tea\r\n\r\n", 417),
    ])
    func `what could be read in two ways is refused`(request: String, status: Int) async throws {
        try await withServer(.none, answer: Self.collect) { server in
            let client = try await RawClient.connect(server.boundPort)
            client.send(request)
            try await eventually("closed") { client.isClosed }
            #expect(client.received.hasPrefix("HTTP/1.1 \(status) "))
            #expect(server.counters.violations == 1)
            #expect(server.counters.requests == 0)
        }
    }

    @Test func `a chunk whose size could be read in two ways is counted as no HTTP`() async throws {
        try await withServer(.none, answer: Self.collect) { server in
            let client = try await RawClient.connect(server.boundPort)
            client.send(
                "POST / HTTP/1.1\r\nhost: a\r\ntransfer-encoding: chunked\r\n\r\n"
                    + "2 zz\r\nab\r\n0\r\n\r\n")
            try await eventually("closed") { client.isClosed }
            #expect(!client.received.contains("POST / ab"))
            #expect(server.counters.breaches[.malformedHTTP1] == 1)
        }
    }

    @Test func `a broken chunk ends the request and the connection`() async throws {
        let (errors, continuation) = AsyncStream.makeStream(of: (any Error).self)
        let answer: Answer = { request, response in
            do {
                _ = try await request.collectBody()
            } catch {
                continuation.yield(error)
                throw error
            }
        }
        try await withServer(.none, answer: answer) { server in
            let client = try await RawClient.connect(server.boundPort)
            client.send("POST / HTTP/1.1\r\nhost: a\r\ntransfer-encoding: chunked\r\n\r\nxyz\r\n")
            try await eventually("closed") { client.isClosed }
            var iterator = errors.makeAsyncIterator()
            let error = await iterator.next() as? TransportError
            #expect(error == .protocolViolation("chunk size"))
        }
    }

    @Test func `a header that trickles is cut off`() async throws {
        var limits = TransportLimits()
        limits.headerTimeout = .milliseconds(100)
        try await withServer(.none, limits: limits) { server in
            let client = try await RawClient.connect(server.boundPort)
            client.send("GET / HT")
            try await eventually("closed") { client.isClosed }
            #expect(client.received.hasPrefix("HTTP/1.1 408 "))
            #expect(server.counters.timeouts[.header] == 1)
        }
    }

    @Test func `an idle connection is closed after its last answer`() async throws {
        var limits = TransportLimits()
        limits.idleTimeout = .milliseconds(500)
        try await withServer(.none, limits: limits) { server in
            var received = ""
            // A busy machine may let the first connections pass as idle before they ask.
            for _ in 0..<20 where received.isEmpty {
                let client = try await RawClient.connect(server.boundPort)
                client.send("GET / HTTP/1.1\r\nhost: a\r\n\r\n")
                try await eventually("closed") { client.isClosed }
                received = client.received
            }
            #expect(received.hasPrefix("HTTP/1.1 200 "))
            #expect(server.counters.timeouts[.idle, default: 0] > 0)
        }
    }

    @Test func `an unread body is answered and the connection closed`() async throws {
        let answer: Answer = { _, response in try await response.respond(status: 404) }
        try await withServer(.none, answer: answer) { server in
            let client = try await RawClient.connect(server.boundPort)
            client.send("POST / HTTP/1.1\r\nhost: a\r\ncontent-length: 100000\r\n\r\nabc")
            try await eventually("closed") { client.isClosed }
            #expect(client.received.hasPrefix("HTTP/1.1 404 "))
        }
    }
}
