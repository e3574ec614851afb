import Protocol
import Testing

@testable import Node

/// Who is given blocks when, and how many.
@Suite struct BlockQueueTests {
    private static let one = Address(reserved: 1)
    private static let two = Address(reserved: 2)
    private let start = Timestamp(milliseconds: 1_000_000)

    private func request(_ peer: Address, from height: UInt64 = 1) -> BlockQueue.Request {
        BlockQueue.Request(peer: peer, from: height, count: 128)
    }

    @Test func `of each peer one request waits, the newest, in turn`() {
        var queue = BlockQueue()
        #expect(queue.isEmpty)
        for height in 1...100 as ClosedRange<UInt64> {
            queue.add(request(Self.one, from: height))
        }
        queue.add(request(Self.two))
        let first = queue.next(at: start)
        #expect(first?.peer == Self.one && first?.from == 100)
        #expect(queue.next(at: start)?.peer == Self.two)
        #expect(queue.isEmpty)
        #expect(queue.next(at: start) == nil)
    }

    @Test func `who asks again and again gets so many bytes a second, and holds up nobody`() {
        var queue = BlockQueue()
        var given = 0
        for moment in stride(from: 0, to: 10_000, by: 10) as StrideTo<UInt64> {
            let now = start.advanced(byMilliseconds: moment)
            queue.add(request(Self.one))
            if queue.next(at: now) != nil {
                queue.gave(1 << 20, to: Self.one, at: now)
                given += 1 << 20
            }
        }
        let tenSeconds = Int(BlockQueue.bytesPerSecond) * 10
        #expect(given <= tenSeconds + 17 << 20)
        #expect(given >= tenSeconds)
        let end = start.advanced(byMilliseconds: 10_000)
        queue.add(request(Self.one))
        queue.add(request(Self.two))
        let next = [queue.next(at: end), queue.next(at: end)].compactMap { $0?.peer }
        #expect(next.contains(Self.two))
    }

    @Test func `who has been quiet gets all at once again`() {
        var queue = BlockQueue()
        queue.gave(20 << 20, to: Self.one, at: start)
        queue.add(request(Self.one))
        #expect(queue.next(at: start.advanced(byMilliseconds: 500)) == nil)
        #expect(queue.next(at: start.advanced(byMilliseconds: 60_000)) != nil)
    }
}
