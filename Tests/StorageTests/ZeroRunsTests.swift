import Protocol
import Testing

@testable import Storage

/// Bytes whose zeros are packed.
struct ZeroRunsTests {
    @Test func `what was packed comes back, whatever it is`() throws {
        var generator = SystemRandomNumberGenerator()
        for count in 0..<600 {
            let bytes = (0..<count).map { _ in
                Bool.random(using: &generator) ? 0 : UInt8.random(in: 0...255, using: &generator)
            }
            let zeros = Bytes(repeating: 0, count: count)
            for bytes in [bytes, zeros, [7] + zeros, zeros + [7]] {
                #expect(try ZeroRuns.unpack(ZeroRuns.pack(bytes), most: 601) == bytes)
            }
        }
        #expect(ZeroRuns.pack(Bytes(repeating: 0, count: 300)) == [0, 255, 0, 45])
        #expect(ZeroRuns.pack([1, 0, 2, 0, 0, 0]) == [1, 0, 1, 2, 0, 3])
    }

    /// Each thing has one form, so that a database holds one thing in one way.
    @Test(
        arguments: [
            [0], [1, 0], [0, 0], [0, 0, 5], [0, 1, 0, 1], [0, 255, 0, 3, 0, 1],
        ] as [Bytes])
    func `what nothing is packed into is refused`(_ packed: Bytes) {
        #expect(throws: MalformedBytes.self) { try ZeroRuns.unpack(packed, most: 10_000) }
    }

    @Test func `a run cannot make more than was asked for`() throws {
        let packed = Bytes((0..<1_000).map { $0.isMultiple(of: 2) ? 0 : 255 })
        #expect(throws: MalformedBytes.self) { try ZeroRuns.unpack(packed, most: 127_499) }
        #expect(try ZeroRuns.unpack(packed, most: 127_500).count == 127_500)
    }

    @Test func `an event's first topic is left out where its number stands, and nowhere else`()
        throws
    {
        let topics = [SHA256.hash([1]), SHA256.hash([2])]
        let log = EventLog(address: .zero, topics: topics, data: [])
        for (isNumbered, kept) in [(true, topics[1...]), (false, topics[...])] {
            let packed = EventRows.topics(of: log, isNumbered: isNumbered)
            #expect(try ZeroRuns.unpack(packed, most: 128) == kept.flatMap(\.bytes))
        }
    }
}
