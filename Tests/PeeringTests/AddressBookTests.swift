import Protocol
import Testing

@testable import Peering

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

    @Test func `one peer cannot fill the book`() {
        var book = AddressBook(
            seeds: [Self.endpoints[0]], keepsAllSeeds: true, linkTarget: 2_000,
            longestBackoff: .seconds(8))
        for port in 1...2_000 {
            book.add(Endpoint(host: "192.0.2.1", port: port), from: Self.address(1))
        }
        book.add(Self.endpoints[1], from: Self.address(2))
        let due = book.due(at: .now + .seconds(1), linked: [])
        #expect(due.count == 2 + AddressBook.shareOfOne)
        #expect(due.contains(Self.endpoints[1]))
        // What it said of a node that is gone does not keep it from telling of a new one.
        book.began(Endpoint(host: "192.0.2.1", port: 7))
        book.ended(Endpoint(host: "192.0.2.1", port: 7), at: .now)
        book.add(Self.endpoints[2], from: Self.address(1))
        book.add(Self.endpoints[3], from: Self.address(1))
        let later = book.due(at: .now + .seconds(1), linked: [])
        #expect(later.count == due.count && later.contains(Self.endpoints[2]))
    }

    @Test func `a full book gives the place of what cannot be reached to what is new`() {
        var book = AddressBook(
            seeds: [Self.endpoints[0]], keepsAllSeeds: true, linkTarget: 2_000,
            longestBackoff: .seconds(8))
        for port in 0..<AddressBook.capacity {
            book.add(
                Endpoint(host: "192.0.2.1", port: port),
                from: Self.address(UInt8(port / AddressBook.shareOfOne)))
        }
        let now = ContinuousClock.now
        #expect(book.due(at: now + .seconds(1), linked: []).count == AddressBook.capacity)
        // Nothing has failed yet, so everything stays; nor does the seed give way when it fails.
        book.add(Self.endpoints[1], from: Self.address(99))
        #expect(!book.due(at: now + .seconds(1), linked: []).contains(Self.endpoints[1]))
        let lost = Endpoint(host: "192.0.2.1", port: 7)
        for endpoint in [Self.endpoints[0], lost] {
            book.began(endpoint)
            book.ended(endpoint, at: now)
        }
        book.add(Self.endpoints[1], from: Self.address(99))
        let due = book.due(at: now + .seconds(1), linked: [])
        #expect(due.contains(Self.endpoints[1]) && due.contains(Self.endpoints[0]))
        #expect(!due.contains(lost))
    }

    private static func address(_ number: UInt8) -> Address {
        Address(bytes: Array(repeating: number, count: 20)) ?? .zero
    }

    @Test(arguments: [
        ("127.0.0.1:80", Endpoint(host: "127.0.0.1", port: 80)),
        ("[::1]:80", Endpoint(host: "::1", port: 80)),
        ("node.example:30303", Endpoint(host: "node.example", port: 30_303)),
        ("[fe80::1%eth0]:80", Endpoint(host: "fe80::1%eth0", port: 80)),
        ("Solar_7-b.local:0", Endpoint(host: "Solar_7-b.local", port: 0)),
    ])
    func `endpoints are read and written alike`(text: String, endpoint: Endpoint) {
        #expect(Endpoint(text) == endpoint)
        #expect(endpoint.description == text)
    }

    @Test(arguments: [
        "", ":80", "host", "host:", "host:x", "host:70000", "::1:80", "host:-1", "host:+1",
        "[host]:80", "[]:80", "[[::1]]:80", "[[[[]]:3", "a host:80", "host/path:80", "hóst:80",
    ])
    func `what is no endpoint is refused`(text: String) {
        #expect(Endpoint(text) == nil)
    }
}
