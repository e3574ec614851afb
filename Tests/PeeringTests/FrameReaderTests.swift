@testable import Peering
import Protocol
import Testing

@Suite struct FrameReaderTests {
    @Test func `frames come out whole however the octets are cut`() throws {
        let messages: [Bytes] = [[], [1], Bytes(repeating: 2, count: 300)]
        let stream = messages.flatMap(FrameReader.frame)
        for size in [1, 2, 3, 7, 100, stream.count] {
            var reader = FrameReader()
            var received: [Bytes] = []
            for start in stride(from: 0, to: stream.count, by: size) {
                reader.append(Array(stream[start..<min(start + size, stream.count)]))
                while let frame = try reader.next() { received.append(frame) }
            }
            #expect(received == messages)
        }
    }

    @Test func `a length beyond the limit is refused before its octets arrive`() {
        var reader = FrameReader()
        reader.append([255, 255, 255, 255])
        #expect(throws: LinkError.self) { try reader.next() }
    }

    @Test func `before the greeting a few kilobytes are enough`() throws {
        var reader = FrameReader()
        reader.append(FrameReader.frame(Bytes(repeating: 1, count: 5_000)))
        #expect(throws: LinkError.self) { try reader.next() }
        reader.limit = 5_000
        #expect(try reader.next()?.count == 5_000)
    }
}

@Suite struct AddressBookTests {
    static let endpoints = (1...6).map { Endpoint(host: "127.0.0.1", port: $0) }

    @Test func `a node that failed waits twice as long each time`() {
        var book = AddressBook(
            seeds: [Self.endpoints[0]], keepsAllSeeds: true, linkTarget: 4,
            longestBackoff: .seconds(8))
        var now = ContinuousClock.now
        var waits: [Duration] = []
        for _ in 0..<8 {
            book.began(Self.endpoints[0])
            book.ended(Self.endpoints[0], at: now)
            var wait = Duration.zero
            while book.due(at: now + wait, linked: []).isEmpty { wait += .milliseconds(250) }
            waits.append(wait)
            now += wait
        }
        #expect(waits == [0.25, 0.5, 1, 2, 4, 8, 8, 8].map { .milliseconds(Int($0 * 1_000)) })
    }

    @Test func `a household dials as many as it wants links, its aggregator always`() {
        var book = AddressBook(
            seeds: Self.endpoints, keepsAllSeeds: false, linkTarget: 3,
            longestBackoff: .seconds(8))
        let now = ContinuousClock.now + .seconds(1)
        #expect(book.due(at: now, linked: []).count == 4)
        for endpoint in Self.endpoints[1...3] { book.began(endpoint) }
        #expect(book.due(at: now, linked: []) == [Self.endpoints[0]])
        book.began(Self.endpoints[0])
        book.ended(Self.endpoints[2], at: now)
        #expect(book.due(at: now, linked: []) == [])
        book.ended(Self.endpoints[1], at: now)
        #expect(book.due(at: now, linked: []) == [Self.endpoints[4]])
    }

    @Test(arguments: [
        ("127.0.0.1:80", Endpoint(host: "127.0.0.1", port: 80)),
        ("[::1]:80", Endpoint(host: "::1", port: 80)),
        ("node.example:30303", Endpoint(host: "node.example", port: 30_303)),
    ])
    func `endpoints are read and written alike`(text: String, endpoint: Endpoint) {
        #expect(Endpoint(text) == endpoint)
        #expect(endpoint.description == text)
    }

    @Test(arguments: ["", ":80", "host", "host:", "host:x", "host:70000", "::1:80", "host:-1"])
    func `what is no endpoint is refused`(text: String) {
        #expect(Endpoint(text) == nil)
    }
}
