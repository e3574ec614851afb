internal import HTTPTypes
internal import NIOCore

/// One stream on the event loop's side.
final class HTTP2Stream {
    let exchange: HTTPExchange
    var id: Int32 = 0
    /// The handler's task, on a server.
    var task: Task<Void, Never>?

    // Coming in.
    var fields: [(name: String, value: String)] = []
    var fieldBytes = 0
    var hasHead = false
    var arrived: [UInt8] = []
    var isComplete = false
    var isListed = false
    /// Bytes given to the exchange or waiting here that no task has taken.
    var untaken = 0

    // Going out.
    private var queue = CircularBuffer<[UInt8]>(initialCapacity: 2)
    private var offset = 0
    var isFinishing = false
    var trailers = HTTPFields()
    var isDeferred = false
    var carriesNoBody = false
    var isHandled = false
    var hasSentEnd = false
    /// When the last four kilobytes or all that waited had left, or bytes came to an empty queue.
    var progress = NIODeadline.now()
    private var sinceProgress = 0

    init(_ exchange: HTTPExchange) {
        self.exchange = exchange
    }

    var hasOutgoing: Bool {
        !queue.isEmpty
    }

    func enqueue(_ bytes: [UInt8]) {
        if queue.isEmpty { progress = .now() }
        queue.append(bytes)
    }

    /// Moves queued bytes to `space`.
    func take(into space: UnsafeMutableRawBufferPointer) -> HTTP2Outgoing {
        var filled = 0
        while filled < space.count, let first = queue.first {
            let count = min(first.count - offset, space.count - filled)
            first.withUnsafeBytes { bytes in
                UnsafeMutableRawBufferPointer(rebasing: space[filled...]).copyMemory(
                    from: UnsafeRawBufferPointer(rebasing: bytes[offset..<(offset + count)]))
            }
            filled += count
            offset += count
            if offset == first.count {
                queue.removeFirst()
                offset = 0
            }
        }
        if filled > 0 {
            sinceProgress += filled
            if queue.isEmpty || sinceProgress >= 4096 {
                sinceProgress = 0
                progress = .now()
            }
            exchange.drained(filled)
        }
        guard queue.isEmpty, isFinishing else {
            isDeferred = filled == 0
            return filled == 0 ? .later : .bytes(filled)
        }
        return trailers.isEmpty ? .last(filled) : .trailers(filled, trailers)
    }
}
