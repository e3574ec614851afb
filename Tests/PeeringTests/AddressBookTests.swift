import Protocol
import Testing

@testable import Peering

@Suite struct AddressBookTests {
    static let endpoints = (1...6).map { Endpoint(host: "127.0.0.1", port: $0) }

    private static func book(
        _ seeds: [Endpoint] = [endpoints[0]], keepsAllSeeds: Bool = true, linkTarget: Int = 2_000
    ) -> AddressBook {
        AddressBook(
            seeds: seeds, keepsAllSeeds: keepsAllSeeds, linkTarget: linkTarget,
            longestBackoff: .seconds(8))
    }

    private static func seed(_ endpoint: Endpoint) -> AddressBook.Candidate {
        AddressBook.Candidate(endpoint, expected: nil)
    }

    /// Dials `candidate` in vain.
    private static func fail(
        _ candidate: AddressBook.Candidate, in book: inout AddressBook,
        at now: ContinuousClock.Instant = .now
    ) {
        book.began(candidate)
        book.ended(candidate, hasGreeted: false, at: now)
    }

    @Test func `a node that failed waits twice as long each time`() {
        var book = Self.book()
        var now = ContinuousClock.now
        var waits: [Duration] = []
        for _ in 0..<8 {
            Self.fail(Self.seed(Self.endpoints[0]), in: &book, at: now)
            var wait = Duration.zero
            while book.due(at: now + wait, linked: []).isEmpty { wait += .milliseconds(250) }
            waits.append(wait)
            now += wait
        }
        #expect(waits == [0.25, 0.5, 1, 2, 4, 8, 8, 8].map { .milliseconds(Int($0 * 1_000)) })
    }

    @Test func `what waits says when it may be dialled, and what is dialled or new says nothing`() {
        var book = Self.book(Array(Self.endpoints.prefix(3)))
        let now = ContinuousClock.now
        #expect(book.nextMoment(after: now) == nil)
        for _ in 0..<2 { Self.fail(Self.seed(Self.endpoints[0]), in: &book, at: now) }
        Self.fail(Self.seed(Self.endpoints[1]), in: &book, at: now)
        #expect(book.nextMoment(after: now) == now + .milliseconds(250))
        #expect(book.nextMoment(after: now + .milliseconds(250)) == now + .milliseconds(500))
        book.began(Self.seed(Self.endpoints[0]))
        #expect(book.nextMoment(after: now + .milliseconds(250)) == nil)
    }

    @Test func `a household dials as many as it wants links, its aggregator always`() {
        var book = Self.book(Self.endpoints, keepsAllSeeds: false, linkTarget: 3)
        let now = ContinuousClock.now + .seconds(1)
        #expect(book.due(at: now, linked: []).count == 4)
        for endpoint in Self.endpoints[1...3] { book.began(Self.seed(endpoint)) }
        #expect(book.due(at: now, linked: []) == [Self.seed(Self.endpoints[0])])
        book.began(Self.seed(Self.endpoints[0]))
        book.ended(Self.seed(Self.endpoints[2]), hasGreeted: false, at: now)
        #expect(book.due(at: now, linked: []) == [Self.seed(Self.endpoints[4])])
    }

    @Test func `a seed is passed over only while whoever answered there has a link`() {
        var book = Self.book(Array(Self.endpoints[...1]))
        let now = ContinuousClock.now + .seconds(10)
        let (first, second) = (Self.seed(Self.endpoints[0]), Self.seed(Self.endpoints[1]))
        // Nobody knows yet who is there, so no link makes up for it.
        #expect(book.due(at: now, linked: [Self.address(1), Self.address(2)]) == [first, second])
        book.began(first)
        let answer1 = book.reached(Self.address(1), at: first)
        #expect(answer1 == .expected)
        #expect(book.due(at: now, linked: [Self.address(1)]) == [second])
        book.ended(first, hasGreeted: true, at: .now)
        #expect(book.due(at: now, linked: [Self.address(1)]) == [second])
        #expect(Set(book.due(at: now, linked: [Self.address(2)])) == [first, second])
        // Another may answer there one day.
        book.began(first)
        let answer2 = book.reached(Self.address(3), at: first)
        #expect(answer2 == .expected)
        book.ended(first, hasGreeted: true, at: .now)
        #expect(Set(book.due(at: now, linked: [Self.address(1)])) == [first, second])
    }

    @Test func `an address at which another answers is forgotten, and its source tells less`() {
        var book = Self.book()
        let (honest, liar) = (Self.address(1), Self.address(2))
        #expect(book.share(of: liar) == AddressBook.shareOfOne)
        for (index, endpoint) in Self.endpoints[1...3].enumerated() {
            book.learn(endpoint, of: Self.address(9), from: liar)
            let told = AddressBook.Candidate(endpoint, expected: Self.address(9))
            #expect(book.due(at: .now, linked: []).contains(told))
            book.began(told)
            let answer3 = book.reached(Self.address(8), at: told)
            #expect(answer3 == .another)
            book.ended(told, hasGreeted: false, at: .now)
            #expect(!book.due(at: .now + .seconds(60), linked: []).contains(told))
            #expect(book.share(of: liar) == AddressBook.shareOfOne >> (index + 1))
        }
        #expect(book.share(of: honest) == AddressBook.shareOfOne)
        // What is said falsely of an address does not keep out what is said truly.
        book.learn(Self.endpoints[4], of: Self.address(9), from: liar)
        book.learn(Self.endpoints[4], of: honest, from: honest)
        let told = AddressBook.Candidate(Self.endpoints[4], expected: honest)
        book.began(told)
        let answer4 = book.reached(honest, at: told)
        #expect(answer4 == .expected)
        #expect(book.isReached(honest, at: Self.endpoints[4]))
        #expect(!book.isReached(Self.address(9), at: Self.endpoints[4]))
    }

    @Test func `one peer cannot fill the book`() {
        var book = Self.book()
        for port in 1...2_000 {
            book.learn(
                Endpoint(host: "192.0.2.1", port: port), of: Self.number(port),
                from: Self.address(1))
        }
        book.learn(Self.endpoints[1], of: Self.address(7), from: Self.address(2))
        let due = book.due(at: .now + .seconds(1), linked: [])
        #expect(due.count == 2 + AddressBook.shareOfOne)
        #expect(due.map(\.endpoint).contains(Self.endpoints[1]))
        // What it said of a node that is gone does not keep it from telling of a new one.
        Self.fail(
            AddressBook.Candidate(
                Endpoint(host: "192.0.2.1", port: 7), expected: Self.number(7)), in: &book)
        book.learn(Self.endpoints[2], of: Self.address(8), from: Self.address(1))
        book.learn(Self.endpoints[3], of: Self.address(9), from: Self.address(1))
        let later = book.due(at: .now + .seconds(1), linked: [])
        #expect(later.count == due.count)
        #expect(later.map(\.endpoint).contains(Self.endpoints[2]))
    }

    /// A book that as many sources as there is room for have filled.
    private static func fullBook(_ share: Int = AddressBook.shareOfOne) -> AddressBook {
        var book = book()
        for port in 0..<AddressBook.capacity {
            book.learn(
                Endpoint(host: "192.0.2.1", port: port), of: number(port),
                from: number(10_000 + port / share))
        }
        return book
    }

    @Test func `a full book gives the place of what cannot be reached to what is new`() {
        var book = Self.fullBook(1)
        let now = ContinuousClock.now
        // A book of as many sources gives way to nobody, nor does the seed when it fails.
        book.learn(Self.endpoints[1], of: Self.address(98), from: Self.address(99))
        let first = book.due(at: now + .seconds(1), linked: []).map(\.endpoint)
        #expect(first.count == AddressBook.capacity && !first.contains(Self.endpoints[1]))
        let lost = AddressBook.Candidate(
            Endpoint(host: "192.0.2.1", port: 7), expected: Self.number(7))
        Self.fail(Self.seed(Self.endpoints[0]), in: &book, at: now)
        Self.fail(lost, in: &book, at: now)
        book.learn(Self.endpoints[1], of: Self.address(98), from: Self.address(99))
        let due = book.due(at: now + .seconds(1), linked: []).map(\.endpoint)
        #expect(due.contains(Self.endpoints[1]) && due.contains(Self.endpoints[0]))
        #expect(!due.contains(lost.endpoint))
    }

    @Test func `in a full book whoever told of the most gives way`() {
        var book = Self.fullBook()
        book.learn(Self.endpoints[1], of: Self.address(98), from: Self.address(99))
        let due = book.due(at: .now + .seconds(1), linked: []).map(\.endpoint)
        #expect(due.contains(Self.endpoints[1]))
        #expect(due.count == AddressBook.capacity)
    }

    @Test func `what was learned fills the places that seeds leave, and crowds no seed out`() {
        var book = Self.book(Array(Self.endpoints[...2]), keepsAllSeeds: false, linkTarget: 2)
        let now = ContinuousClock.now
        for endpoint in Self.endpoints[...2] { Self.fail(Self.seed(endpoint), in: &book, at: now) }
        for (index, endpoint) in Self.endpoints[3...].enumerated() {
            book.learn(endpoint, of: Self.address(UInt8(index)), from: Self.address(9))
        }
        let early = book.due(at: now, linked: [])
        #expect(early.map(\.endpoint) == Array(Self.endpoints[3...4]))
        for candidate in early {
            book.began(candidate)
            _ = book.reached(candidate.expected ?? .zero, at: candidate)
        }
        let later = book.due(at: now + .seconds(10), linked: [Self.address(0), Self.address(1)])
        #expect(later == Self.endpoints[...2].map(Self.seed))
    }

    @Test func `links that others dialled take no place`() {
        var book = Self.book(Array(Self.endpoints[...2]), keepsAllSeeds: false, linkTarget: 2)
        for number in 1...8 {
            book.learn(
                Endpoint(host: "192.0.2.1", port: number), of: Self.address(UInt8(number)),
                from: Self.address(UInt8(number)))
        }
        let linked = Set((1...8).map { Self.address(UInt8($0)) })
        let due = book.due(at: .now, linked: linked)
        #expect(due.filter { $0.purpose == .link } == Self.endpoints[...2].map(Self.seed))
    }

    @Test func `what a linked node claims for itself is looked at, one at a time`() {
        var book = Self.book([])
        for number in 1...3 {
            book.learn(
                Self.endpoints[number], of: Self.address(UInt8(number)),
                from: Self.address(UInt8(number)))
        }
        let linked = Set((1...3).map { Self.address(UInt8($0)) })
        let first = book.due(at: .now, linked: linked)
        #expect(first.map(\.endpoint) == [Self.endpoints[1]] && first[0].purpose == .check)
        book.began(first[0])
        #expect(book.due(at: .now, linked: linked).isEmpty)
        let answer5 = book.reached(Self.address(1), at: first[0])
        #expect(answer5 == .expected)
        book.ended(first[0], hasGreeted: true, at: .now)
        #expect(book.due(at: .now, linked: linked).map(\.endpoint) == [Self.endpoints[2]])
        // What is not there is not asked for ever.
        var now = ContinuousClock.now
        var dials = 0
        while let check = book.due(at: now, linked: linked).first {
            Self.fail(check, in: &book, at: now)
            dials += 1
            now += .seconds(60)
        }
        #expect(dials == 2 * AddressBook.checks)
    }

    private static func number(_ number: Int) -> Address { Address(reserved: UInt32(number)) }

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
