import Protocol
import Testing

@testable import Peering

@Suite struct RefusersTests {
    private static func endpoint(_ number: Int) -> Endpoint {
        Endpoint(host: "192.0.2.\(number / 60_000)", port: 1 + number % 60_000)
    }

    @Test func `who refuses is news once, until it does not any more`() {
        var refusers = Refusers()
        let first = [1, 1, 2].map { refusers.note(Self.endpoint($0)) }
        #expect(first == [true, false, true])
        refusers.remove(Self.endpoint(1))
        let second = [1, 2].map { refusers.note(Self.endpoint($0)) }
        #expect(second == [true, false])
    }

    @Test func `a node that is refused everywhere remembers so many and no more`() {
        var refusers = Refusers()
        var most = 0
        for number in 0..<20_000 {
            let isNew = refusers.note(Self.endpoint(number))
            #expect(isNew)
            most = max(most, refusers.endpoints.count)
        }
        #expect(most == AddressBook.capacity)
    }
}
