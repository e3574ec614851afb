import NIOCore
import Synchronization
import Testing

@testable import Transport

@Suite struct StreamTests {
    @Test func `megabytes pass in both directions unchanged`() async throws {
        try await withLink { client, _ in
            let pattern = (0..<1009).map { UInt8(truncatingIfNeeded: $0 &* 31 &+ $0 >> 3) }
            let sent = Array(repeatElement(pattern, count: 5000).joined())
            let stream = try await client.openStream(path: "/large")
            async let received = stream.body.collect(upTo: 6_000_000, within: nil)
            for start in stride(from: 0, to: sent.count, by: 300_000) {
                try await stream.write(Array(sent[start..<min(start + 300_000, sent.count)]))
            }
            try await stream.finish()
            #expect(try await received == sent)
            #expect(try await stream.response().status == 200)
        }
    }

    @Test func `a slow reader holds its writer back`() async throws {
        let chunk = 50_000
        let total = 200 * chunk
        let accepted = Atomic<Int>(0)
        let answer: Answer = { request, response in
            var taken = 0
            var furthest = 0
            for try await bytes in request.body {
                await Task.yield()
                furthest = max(furthest, accepted.load(ordering: .relaxed) - taken)
                taken += bytes.count
            }
            try await response.respond(status: 200, body: bytes("\(taken) \(furthest)"))
        }
        try await withLink(answer: answer) { client, _ in
            let stream = try await client.openStream(path: "/slow")
            for _ in 0..<(total / chunk) {
                accepted.add(chunk, ordering: .relaxed)
                try await stream.write([UInt8](repeating: 7, count: chunk))
            }
            try await stream.finish()
            let body = try await stream.body.collect(upTo: 100, within: nil)
            let words = text(body).split(separator: " ").compactMap { Int($0) }
            #expect(words.first == total)
            let limits = TransportLimits()
            let bound = 2 * limits.streamWindow + limits.writeBuffer + 2 * chunk
            #expect((words.last ?? .max) < bound)
        }
    }

    @Test func `a reader that stops does not stop the other streams`() async throws {
        let neverRead: Answer = { request, response in
            if request.path == "/stuck" {
                try await response.send(status: 200)
                try await Task.sleep(for: .seconds(3600))
            }
            try await echo(request, response)
        }
        try await withLink(answer: neverRead) { client, server in
            let stuck = try await client.openStream(path: "/stuck")
            _ = try await stuck.response()
            let writer = Task {
                while true { try await stuck.write([UInt8](repeating: 1, count: 20_000)) }
            }
            let answer = try await client.request(
                method: "POST", path: "/", body: [UInt8](repeating: 2, count: 1_000_000))
            #expect(answer.body.count == 1_000_000)
            stuck.reset()
            await #expect(throws: TransportError.streamClosed) { try await writer.value }
        }
    }

    @Test func `many streams at once each get their own answer`() async throws {
        try await withLink { client, server in
            try await withThrowingTaskGroup(of: Bool.self) { tasks in
                for number in 0..<500 {
                    tasks.addTask {
                        let body = [UInt8](repeating: UInt8(number % 251), count: 500 + number)
                        let answer = try await client.request(
                            method: "POST", path: "/\(number)", body: body)
                        return answer.body == body && answer.headers[.xPath] == "/\(number)"
                    }
                }
                for try await isRight in tasks { #expect(isRight) }
            }
            #expect(server.counters.requests == 500)
            #expect(server.counters.accepted == 1)
        }
    }

    @Test func `both sides of a stream speak whenever they like`() async throws {
        let answer: Answer = { request, response in
            try await response.send(status: 200)
            try await response.write(bytes("first word"))
            async let pushed: Void = {
                for number in 0..<100 { try await response.write(bytes(" \(number)")) }
            }()
            var heard: [UInt8] = []
            for try await bytes in request.body { heard += bytes }
            try await pushed
            try await response.write(bytes(" heard " + text(heard)))
            try await response.finish(trailers: [.xSum: "ok"])
        }
        try await withLink(answer: answer) { client, _ in
            let stream = try await client.openStream(path: "/duplex")
            #expect(try await stream.response().status == 200)
            var iterator = stream.body.makeAsyncIterator()
            var received = try await iterator.next() ?? []
            #expect(text(received).hasPrefix("first word"))
            try await stream.write(bytes("a"))
            try await stream.write(bytes("b"))
            while !text(received).hasSuffix(" 99") { received += try await iterator.next() ?? [] }
            try await stream.write(bytes("c"))
            try await stream.finish()
            while let more = try await iterator.next() { received += more }
            #expect(text(received).hasSuffix(" 99 heard abc"))
            #expect(stream.body.trailers == [.xSum: "ok"])
        }
    }

    @Test func `a stream that its user lets go is reset, and its handler cancelled`()
        async throws
    {
        let (ended, continuation) = AsyncStream.makeStream(of: Bool.self)
        let answer: Answer = { request, response in
            try await response.send(status: 200)
            do {
                try await Task.sleep(for: .seconds(3600))
            } catch {
                continuation.yield(error is CancellationError)
            }
        }
        try await withLink(answer: answer) { client, _ in
            _ = try await client.openStream(path: "/").response()
            var iterator = ended.makeAsyncIterator()
            #expect(await iterator.next() == true)
        }
    }

    @Test func `a handler's error after the head resets the stream`() async throws {
        struct Broken: Error {}
        let answer: Answer = { request, response in
            if request.path == "/early" { throw Broken() }
            try await response.send(status: 200)
            throw Broken()
        }
        try await withLink(answer: answer) { client, _ in
            let early = try await client.request(method: "GET", path: "/early")
            #expect(early.status == 500)
            await #expect(throws: TransportError.streamReset(HTTP2ErrorCode.internalError)) {
                try await client.request(method: "GET", path: "/late")
            }
        }
    }

    @Test func `a body beyond the limit is answered 413 without being read whole`()
        async throws
    {
        let answer: Answer = { request, response in
            let body = try await request.collectBody(upTo: 1000)
            try await response.respond(status: 200, body: body)
        }
        try await withLink(answer: answer) { client, _ in
            let fits = [UInt8](repeating: 1, count: 1000)
            let answer = try await client.request(method: "POST", path: "/", body: fits)
            #expect(answer.body == fits)
            let large = [UInt8](repeating: 1, count: 1_000_000)
            let refused = try await client.request(method: "POST", path: "/", body: large)
            #expect(refused.status == 413)
        }
    }

    @Test func `a body that does not come is answered 408`() async throws {
        var limits = TransportLimits()
        limits.bodyTimeout = .milliseconds(100)
        let answer: Answer = { request, response in
            try await response.respond(status: 200, body: try await request.collectBody())
        }
        try await withLink(limits: limits, answer: answer) { client, server in
            let stream = try await client.openStream(path: "/")
            try await stream.write([1])
            #expect(try await stream.response().status == 408)
            #expect(server.counters.timeouts[.body] == 1)
        }
    }

    @Test func `cancelling a reader leaves the connection usable`() async throws {
        try await withLink { client, _ in
            let stream = try await client.openStream(path: "/")
            _ = try await stream.response()
            let reader = Task {
                var iterator = stream.body.makeAsyncIterator()
                return try await iterator.next()
            }
            reader.cancel()
            await #expect(throws: CancellationError.self) { try await reader.value }
            try await stream.write([5])
            try await stream.finish()
            #expect(try await stream.body.collect(upTo: 10, within: nil) == [5])
        }
    }

    @Test func `headers that could split a message cannot be set, and paths are refused`()
        async throws
    {
        let answer: Answer = { request, response in
            try await response.respond(status: 200, headers: request.headers)
        }
        try await withLink(answer: answer) { client, _ in
            let back = try await client.request(
                method: "GET", path: "/", headers: [.xPath: "a\r\nb: c"])
            #expect(back.headers[.xPath] == "a  b: c")
            #expect(back.headers.map(\.name.canonicalName) == ["x-path", "content-length"])
            await #expect(throws: TransportError.self) {
                try await client.openStream(path: "/a b")
            }
        }
    }

    @Test func `a header beyond the limit is answered 431`() async throws {
        try await withLink { client, _ in
            let answer = try await client.request(
                method: "GET", path: "/",
                headers: [.xPath: String(repeating: "a", count: 20_000)])
            #expect(answer.status == 431)
            let next = try await client.request(method: "GET", path: "/")
            #expect(next.status == 200)
        }
    }
}
