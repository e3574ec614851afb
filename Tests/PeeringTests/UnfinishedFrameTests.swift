import Protocol
import Synchronization
import TestKit
import Testing

@testable import Peering

/// Frames that are begun and not ended: what they keep, and for how long.
@Suite struct UnfinishedFrameTests {
    private let start = ContinuousClock.now

    private func frames(limit: Int = 1 << 20, perSecond: Int = 1_000) async throws
        -> UnfinishedFrames
    {
        let node = try await TestNode.start(number: 1, in: Community(), listens: false)
        var configuration = node.network.configuration
        configuration.unfinishedBytes = limit
        configuration.frameTimeout = .seconds(10)
        configuration.slowestBytesPerSecond = perSecond
        return UnfinishedFrames(configuration)
    }

    /// A reader that has `count` bytes of a frame of `length`.
    private func reader(_ count: Int, of length: Int) throws -> FrameReader {
        var reader = FrameReader()
        reader.limit = length
        reader.append(Array(FrameReader.frame(Bytes(repeating: 7, count: length)).prefix(count)))
        #expect(try reader.next() == nil)
        return reader
    }

    private func place(_ link: UInt64, _ priority: WireMessage.Priority = .sync)
        -> UnfinishedFrames.Place
    {
        UnfinishedFrames.Place(link: link, priority: priority)
    }

    @Test func `a frame has the time that its length allows`() async throws {
        let frames = try await frames()
        let ended = Mutex<[UInt64]>([])
        for (link, length) in [(UInt64(1), 500), (2, 30_000)] {
            frames.note(place(link), try reader(100, of: length), at: start) { error in
                #expect(error.refusal == .slowFrame)
                ended.withLock { $0.append(link) }
            }
        }
        frames.endLate(at: start + .seconds(9))
        #expect(ended.withLock { $0 } == [])
        frames.endLate(at: start + .seconds(10))
        #expect(ended.withLock { $0 } == [1])
        // Bytes that trickle in buy no time.
        frames.note(place(2), try reader(20_000, of: 30_000), at: start + .seconds(30)) { _ in }
        frames.endLate(at: start + .seconds(39))
        #expect(ended.withLock { $0 } == [1])
        frames.endLate(at: start + .seconds(40))
        #expect(ended.withLock { $0 } == [1, 2])
        #expect(frames.total == 0)
    }

    @Test func `of all links the one that keeps most gives way`() async throws {
        let frames = try await frames(limit: 10_000)
        let ended = Mutex<[UInt64]>([])
        func note(_ link: UInt64, _ priority: WireMessage.Priority, _ count: Int) throws {
            frames.note(
                place(link, priority), try reader(count, of: 20_000), at: start
            ) { error in
                #expect(error.refusal == .hoarding)
                ended.withLock { $0.append(link) }
            }
        }
        try note(1, .sync, 4_000)
        try note(2, .sync, 3_000)
        try note(2, .transactions, 2_500)
        #expect(ended.withLock { $0 } == [])
        try note(3, .sync, 1_000)
        #expect(ended.withLock { $0 } == [2])
        #expect(frames.total == 5_000)
        frames.forget(place(1))
        frames.forget(place(3))
        #expect(frames.total == 0)
    }

    @Test func `a long frame takes no more room than it needs`() throws {
        let length = 3 << 20
        var reader = FrameReader()
        reader.limit = length
        let frame = FrameReader.frame(Bytes(repeating: 1, count: length))
        var position = 0
        while position < frame.count {
            let next = min(position + 60_000, frame.count)
            reader.append(Array(frame[position..<next]))
            position = next
            guard position < frame.count else { break }
            #expect(try reader.next() == nil)
            #expect(reader.unfinishedBytes == position)
            #expect(reader.expected == length)
        }
        #expect(try reader.next()?.count == length)
        #expect(reader.unfinishedBytes == 0)
        #expect(reader.expected == nil)
    }
}
