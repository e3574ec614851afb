import Protocol
import Synchronization
import Testing

@testable import Peering

/// What waits to go out on a link's stream.
@Suite struct FrameQueueTests {
    /// A stream that takes frames at once as long as it is open to them.
    private final class Stream: Sendable {
        private let state = Mutex((isOpen: true, frames: [Bytes]()))

        var frames: [Bytes] { state.withLock { $0.frames } }
        func set(isOpen: Bool) { state.withLock { $0.isOpen = isOpen } }
        func write(_ frames: [Bytes]) { state.withLock { $0.frames += frames } }

        func offer(_ frame: Bytes) -> Bool {
            state.withLock { state in
                if state.isOpen { state.frames.append(frame) }
                return state.isOpen
            }
        }
    }

    private let stream = Stream()
    private let queue = FrameQueue(capacity: 10)

    @Test func `before the stream is open frames wait, then they go at once`() async {
        #expect(queue.offer([1]) && queue.offer([2]))
        queue.open(stream.offer)
        // What is before it waits.
        #expect(queue.offer([3]))
        #expect(stream.frames.isEmpty)
        let waiting = await queue.next()
        #expect(waiting == [[1], [2], [3]])
    }

    @Test func `no frame overtakes those that wait or are being written`() async {
        queue.open(stream.offer)
        #expect(queue.offer([1]))
        stream.set(isOpen: false)
        #expect(queue.offer([2]))
        stream.set(isOpen: true)
        #expect(queue.offer([3]))
        let taken = await queue.next() ?? []
        // Its task has them and has not written them yet.
        #expect(queue.offer([4]))
        stream.write(taken)
        let rest = await queue.next() ?? []
        stream.write(rest)
        let waiting = Task { await queue.next() }
        while !queue.hasWriter { await Task.yield() }
        #expect(queue.offer([5]))
        #expect(stream.frames == [[1], [2], [3], [4], [5]])
        queue.finish()
        #expect(await waiting.value == nil)
    }

    @Test func `what waits is bounded, but for one long frame`() async {
        let long = Bytes(repeating: 0, count: 20)
        #expect(queue.offer(long))
        #expect(!queue.offer([1]))
        #expect(await queue.next() == [long])
        #expect(queue.offer(Bytes(repeating: 1, count: 6)))
        #expect(!queue.offer(Bytes(repeating: 2, count: 6)))
        #expect(queue.offer(Bytes(repeating: 3, count: 4)))
    }

    @Test func `a queue that is finished takes nothing, and its task goes on`() async {
        queue.open(stream.offer)
        let task = Task { await queue.next() }
        queue.finish()
        #expect(await task.value == nil)
        #expect(!queue.offer([1]) && stream.frames.isEmpty)
    }

    @Test func `frames of many keep each one's order, whether they wait or not`() async {
        let queue = FrameQueue(capacity: 1 << 20)
        let stream = stream
        queue.open(stream.offer)
        let writer = Task {
            while let frames = await queue.next() { stream.write(frames) }
        }
        await withDiscardingTaskGroup { group in
            for sender in 0..<4 as Range<UInt8> {
                group.addTask {
                    for number in 0..<250 as Range<UInt8> {
                        if number % 16 == sender { stream.set(isOpen: number % 32 == sender) }
                        #expect(queue.offer([sender, number]))
                    }
                }
            }
        }
        while stream.frames.count < 1_000 { await Task.yield() }
        queue.finish()
        await writer.value
        for sender in 0..<4 as Range<UInt8> {
            let numbers = stream.frames.filter { $0[0] == sender }.map { $0[1] }
            #expect(numbers == Array(0..<250))
        }
    }
}
