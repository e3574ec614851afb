internal import HTTPTypes
internal import NIOCore
internal import Synchronization

/// A client's request without its body.
struct RequestHead: Sendable {
    var method: String
    var path: String
    var authority: String
    var headers: HTTPFields
}

/// One request and its response, between the tasks that use it and the event loop that carries
/// it; the same for HTTP/2 and HTTP/1.1 and for both sides.
///
/// Both directions are bounded: what arrives by the flow-control window, which opens as a task
/// takes bytes; what leaves by `writeBuffer`, beyond which a write suspends.
final class HTTPExchange: Sendable {
    typealias Waiter<Value> = CheckedContinuation<Value, any Error>

    struct State {
        var arrived: [UInt8] = []
        var arrival: Arrival = .open
        var reader: Waiter<[UInt8]?>?
        var unreported = 0

        var head: ResponseHead?
        var headReader: Waiter<ResponseHead>?
        var trailers = HTTPFields()

        var waiting = 0
        var writers: [Int: Waiter<Void>] = [:]
        var nextWriter = 0
        var hasHead = false
        var hasFinished = false
        var failure: TransportError?
        /// Bytes of the request's header, which its handler keeps.
        var header = 0
    }

    enum Arrival {
        case open
        case complete
        case failed(TransportError)
    }

    let key: Int
    let mailbox: Mailbox
    let state = Mutex(State())
    private let reportAfter: Int
    let writeBuffer: Int

    init(key: Int, mailbox: Mailbox, limits: TransportLimits) {
        self.key = key
        self.mailbox = mailbox
        reportAfter = limits.streamWindow / 4
        writeBuffer = limits.writeBuffer
    }

    deinit {
        let rest = state.withLock { $0.arrived.count + $0.waiting + $0.header }
        if rest > 0 { mailbox.account?.release(rest) }
    }

    /// Counts the bytes of a request's header, for as long as the exchange lasts.
    func hold(_ head: RequestHead) {
        let count = head.headers.reduce(head.path.utf8.count) {
            $0 + $1.name.rawName.utf8.count + $1.value.utf8.count
        }
        state.withLock { $0.header = count }
        mailbox.account?.hold(count)
    }

    /// Notes that a task took `count` bytes, so that the window can open again.
    func report(_ count: Int) {
        let isUrgent = state.withLock { state in
            state.unreported += count
            guard state.unreported >= reportAfter else { return false }
            state.unreported = 0
            return true
        }
        mailbox.postConsumed(key, count, isUrgent: isUrgent)
    }
}

// What the event loop tells an exchange.
extension HTTPExchange {
    func deliver(_ bytes: [UInt8]) {
        let reader: Waiter<[UInt8]?>? = state.withLock { state in
            guard case .open = state.arrival else { return nil }
            if let reader = state.reader.take() { return reader }
            mailbox.account?.hold(bytes.count)
            if state.arrived.isEmpty { state.arrived = bytes } else { state.arrived += bytes }
            return nil
        }
        guard let reader else { return }
        report(bytes.count)
        reader.resume(returning: bytes)
    }

    func deliverEnd(trailers: HTTPFields) {
        let reader: Waiter<[UInt8]?>? = state.withLock { state in
            guard case .open = state.arrival else { return nil }
            state.arrival = .complete
            state.trailers = trailers
            return state.reader.take()
        }
        reader?.resume(returning: nil)
    }

    func deliverHead(_ head: ResponseHead) {
        let reader: Waiter<ResponseHead>? = state.withLock { state in
            state.head = head
            return state.headReader.take()
        }
        reader?.resume(returning: head)
    }

    /// `count` outgoing bytes have left the stream's buffer.
    func drained(_ count: Int) {
        let writers: [Waiter<Void>] = state.withLock { state in
            state.waiting -= count
            mailbox.account?.release(count)
            guard state.waiting <= writeBuffer / 2, !state.writers.isEmpty else { return [] }
            defer { state.writers = [:] }
            return Array(state.writers.values)
        }
        for writer in writers { writer.resume() }
    }

    /// Ends the body with an error, leaving the response as it is.
    func failArrival(_ error: TransportError) {
        let (reader, headReader) = state.withLock { state in
            if case .open = state.arrival { state.arrival = .failed(error) }
            return (state.reader.take(), state.headReader.take())
        }
        reader?.resume(throwing: error)
        headReader?.resume(throwing: error)
    }

    /// Ends both directions with an error; what has ended before stays as it was.
    func fail(_ error: TransportError) {
        let writers: [Waiter<Void>] = state.withLock { state in
            if state.failure == nil { state.failure = error }
            defer { state.writers = [:] }
            return Array(state.writers.values)
        }
        for writer in writers { writer.resume(throwing: error) }
        // Last, so that a handler that fails by this already counts as answered.
        failArrival(error)
    }
}
