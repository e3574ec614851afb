import Client
import Console
import Glibc
import Testing

@Suite struct LoopbackHTTPTests {
    @Test(arguments: [
        ("http://127.0.0.1:8545", 8_545 as UInt16), ("http://localhost:99/x", 99),
    ])
    func `a port on this machine is read`(_ url: String, _ port: UInt16) {
        #expect(LoopbackHTTP(url: url)?.port == port)
    }

    @Test(arguments: [
        "https://127.0.0.1:1", "http://example.org:80", "http://127.0.0.1:",
        "http://127.0.0.1:70000",
    ])
    func `any other place is refused`(_ url: String) {
        #expect(LoopbackHTTP(url: url) == nil)
    }

    /// Answers one request with `answer`, and returns what the client made of it.
    private static func exchange(_ answer: String) throws -> HTTPAnswer {
        let listener = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
        try #require(listener >= 0)
        defer { close(listener) }
        // A socket that listens without a name gets a port of the system's choice.
        try #require(listen(listener, 1) == 0)
        var address = sockaddr_in()
        var size = socklen_t(MemoryLayout<sockaddr_in>.size)
        _ = withUnsafeMutablePointer(to: &address) {
            $0.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                getsockname(listener, $0, &size)
            }
        }
        let port = UInt16(bigEndian: address.sin_port)
        let http = try #require(LoopbackHTTP(url: "http://127.0.0.1:\(port)"))
        let thread = Answerer(listener, answer)
        defer { thread.join() }
        return try http.get("/")
    }

    /// A thread that answers one connection.
    private struct Answerer {
        private final class Work: Sendable {
            let listener: Int32
            let answer: [UInt8]

            init(_ listener: Int32, _ answer: [UInt8]) {
                self.listener = listener
                self.answer = answer
            }
        }

        private let thread: pthread_t

        init(_ listener: Int32, _ answer: String) {
            var thread = pthread_t()
            let work = Unmanaged.passRetained(Work(listener, Array(answer.utf8)))
            pthread_create(
                &thread, nil,
                { argument in
                    guard let argument else { return nil }
                    let work = Unmanaged<Work>.fromOpaque(argument).takeRetainedValue()
                    let client = accept(work.listener, nil, nil)
                    var request = [UInt8](repeating: 0, count: 1_000)
                    _ = recv(client, &request, request.count, 0)
                    _ = send(client, work.answer, work.answer.count, Int32(MSG_NOSIGNAL))
                    close(client)
                    return nil
                }, work.toOpaque())
            self.thread = thread
        }

        func join() { pthread_join(thread, nil) }
    }

    @Test func `a body of known length is read`() throws {
        let answer = try Self.exchange("HTTP/1.1 404 Not Found\r\nContent-Length: 3\r\n\r\nabcdef")
        #expect(answer.status == 404)
        #expect(answer.body == Array("abc".utf8))
    }

    @Test func `a body in chunks is put together`() throws {
        let answer = try Self.exchange(
            "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n2;x=y\r\nde\r\n0\r\n\r\n"
        )
        #expect(answer.status == 200)
        #expect(answer.body == Array("abcde".utf8))
    }

    @Test func `an answer that ends too early is no answer`() throws {
        #expect(throws: CommandFailure.self) {
            try Self.exchange("HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nabc")
        }
    }

    @Test func `what is no HTTP is no answer`() throws {
        #expect(throws: CommandFailure.self) { try Self.exchange("SSH-2.0-OpenSSH\r\n") }
    }
}
