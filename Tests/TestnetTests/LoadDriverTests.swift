import API
import Console
import Dispatch
import Glibc
import Protocol
import Testing

@testable import Testnet

/// A node as a load sees it: it tells of blocks, and answers what is handed in.
private enum FakeNode {
    enum Manner {
        /// It has too much to do, always.
        case refuses
        /// It takes all, and makes no blocks.
        case forgets
        /// It takes all, and makes a block of each batch.
        case decides
    }

    /// Begins one; the port on which it listens. It ends with the stream of its blocks, and after `seconds`
    /// in any case, so that whoever waits for it for ever fails.
    static func begin(_ manner: Manner, seconds: Double = 10) throws -> UInt16 {
        let listener = socket(AF_INET, Int32(SOCK_STREAM.rawValue | SOCK_CLOEXEC.rawValue), 0)
        try #require(listener >= 0)
        let isBound = LoopbackAddress.owner.withSocketAddress(port: 0) { bind(listener, $0, $1) }
        try #require(isBound == 0 && listen(listener, 8) == 0)
        var address = sockaddr_in()
        var size = socklen_t(MemoryLayout<sockaddr_in>.size)
        let isNamed = withUnsafeMutablePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                getsockname(listener, $0, &size)
            }
        }
        try #require(isNamed == 0)
        DispatchQueue.global().async {
            do {
                try serve(listener, manner, until: .now + .seconds(seconds))
            } catch is SocketFailure {
                // Whoever has gone needs no answer.
            } catch {
                Issue.record("the node: \(error)")
            }
        }
        return UInt16(bigEndian: address.sin_port)
    }

    private static func serve(
        _ listener: Int32, _ manner: Manner, until end: ContinuousClock.Instant
    ) throws {
        defer { close(listener) }
        var sockets: [(socket: LoopbackSocket, text: HTTP1Text)] = []
        var stream: LoopbackSocket?
        var height = 0
        while ContinuousClock.now < end {
            var waiting = DescriptorSet([listener] + sockets.map(\.socket.descriptor))
            guard waiting.wait(seconds: 0.1) else { continue }
            for place in sockets.indices
            where waiting.contains(sockets[place].socket.descriptor) {
                guard let bytes = try? sockets[place].socket.receive() else { return }
                sockets[place].text.bytes += bytes
                guard let head = sockets[place].text.head, let body = sockets[place].text.body
                else { continue }
                sockets[place].text = HTTP1Text()
                let socket = sockets[place].socket
                guard !head.hasPrefix("GET") else {
                    stream = socket
                    try socket.send(
                        Array("HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n".utf8))
                    continue
                }
                height += 1
                let (answer, event) = try reply(to: body, manner, height)
                try socket.send(answer)
                if let event { try stream?.send(event) }
            }
            if waiting.contains(listener) {
                sockets.append((LoopbackSocket(accepted: accept(listener, nil, nil)), HTTP1Text()))
            }
        }
    }

    /// The answer to a batch, and what the stream says then.
    private static func reply(
        to body: Bytes, _ manner: Manner, _ height: Int
    ) throws -> (answer: Bytes, event: Bytes?) {
        guard manner != .refuses else {
            return (
                Array("HTTP/1.1 503 Service Unavailable\r\ncontent-length: 0\r\n\r\n".utf8), nil
            )
        }
        let hashes = try (JSON(decoding: body).elements ?? []).map { call in
            let raw = call["params"]?.elements?.first?.text?.verbatim ?? ""
            return Keccak256.hash(try #require(Hexadecimal.decode(raw.dropFirst(2))))
        }
        let results = hashes.map { #"{"jsonrpc":"2.0","id":1,"result":"\#($0)"}"# }
        let text = "[\(results.joined(separator: ","))]"
        let answer = "HTTP/1.1 200 OK\r\ncontent-length: \(text.utf8.count)\r\n\r\n\(text)"
        guard manner == .decides else { return (Array(answer.utf8), nil) }
        let list = hashes.map { #"{"hash":"\#($0)","status":"final"}"# }
        let event = """
            event: block
            id: \(height)
            data: {"number":\(height),"transactions":[\(list.joined(separator: ","))]}


            """
        let chunk = String(event.utf8.count, radix: 16) + "\r\n" + event + "\r\n"
        return (Array(answer.utf8), Array(chunk.utf8))
    }
}

@Suite struct LoadDriverTests {
    private static let timeout = 1.5

    /// What becomes of `count` transactions that are handed in at a node of this `manner`.
    private func outcome(
        _ count: Int, _ pace: LoadPace, _ manner: FakeNode.Manner
    ) throws -> LoadOutcome {
        let work = LoadWork(.transfer, count: count, by: [PrivateKey.random()], chainID: 7)
        let place = LoadDriver.Place(name: "v1", port: try FakeNode.begin(manner))
        let outcome = try LoadDriver(
            work, at: [place], pace: pace, batch: 2, timeout: Self.timeout, firstAddress: 60_000
        ).run()
        try outcome.requireFinal(work, timeout: Self.timeout)
        return outcome
    }

    @Test func `a node that always refuses ends the load in time, with exit code 4`() throws {
        let start = ContinuousClock.now
        let failure = try #require(throws: CommandFailure.self) {
            _ = try outcome(4, .closed(inFlight: 4), .refuses)
        }
        #expect(failure.status == .late)
        #expect(failure.description == "4 transactions were not taken for 1.5 s")
        #expect(ContinuousClock.now - start < .seconds(8))
    }

    @Test func `what a node took and no block has ends the load with exit code 5`() throws {
        let failure = try #require(throws: CommandFailure.self) {
            _ = try outcome(4, .closed(inFlight: 4), .forgets)
        }
        #expect(failure.status == .unsound)
        #expect(failure.description.hasPrefix("4 of 4 transactions that a node took are not final"))
    }

    /// Of arrivals that are independent of each other some are far apart.
    @Test func `a gap in which nothing is due is no failure`() throws {
        let schedule = try #require(
            (0..<10_000).lazy.map { LoadSchedule(rate: 0.6, seconds: 4, seed: $0) }
                .first { $0.due.count == 2 && $0.due[0] < 0.5 && $0.due[1] - $0.due[0] > 2.5 })
        let outcome = try outcome(2, .open(schedule), .decides)
        #expect(outcome.book.isComplete && outcome.seconds > 2.5)
    }
}
