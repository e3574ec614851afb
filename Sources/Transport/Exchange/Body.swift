package import HTTPTypes
internal import NIOCore

/// The body of a request or a response as it arrives, in chunks of no fixed size.
///
/// One task may read it, once. While nobody reads, the other side is held back by flow control.
/// Iteration throws `TransportError` when the stream ends before the body, and
/// `CancellationError` when the reading task is cancelled.
package struct Body: AsyncSequence, Sendable {
    /// Some bytes, at least one.
    package typealias Element = [UInt8]

    let exchange: HTTPExchange
    let owner: StreamOwner?

    /// The fields that followed the body; empty before its end.
    package var trailers: HTTPFields {
        exchange.state.withLock { $0.trailers }
    }

    /// Reads the body from where it stands.
    package func makeAsyncIterator() -> Iterator {
        Iterator(exchange: exchange, owner: owner)
    }

    /// Reads chunk after chunk.
    package struct Iterator: AsyncIteratorProtocol {
        let exchange: HTTPExchange
        let owner: StreamOwner?

        /// The next bytes, all that have arrived; nil at the end.
        package mutating func next() async throws -> [UInt8]? {
            try await exchange.take()
        }
    }

    /// The whole rest of the body; throws `tooLarge` beyond `limit` bytes and `timeout` when it
    /// takes longer than `time`.
    package func collect(upTo limit: Int, within time: Duration?) async throws -> [UInt8] {
        let exchange = exchange
        let timer = time.map { time in
            exchange.mailbox.eventLoop.scheduleTask(in: TimeAmount(time)) {
                exchange.failArrival(.timeout("body"))
            }
        }
        defer { timer?.cancel() }
        var whole: [UInt8] = []
        let account = exchange.mailbox.account
        defer { account?.release(whole.count) }
        while let bytes = try await exchange.take() {
            guard bytes.count <= limit - whole.count else {
                throw TransportError.tooLarge(limit: limit)
            }
            account?.hold(bytes.count)
            if whole.isEmpty {
                whole = bytes
            } else {
                whole += bytes
            }
        }
        return whole
    }
}

/// Resets a client's stream when the last of its users lets go of it.
final class StreamOwner: Sendable {
    private let exchange: HTTPExchange

    init(_ exchange: HTTPExchange) {
        self.exchange = exchange
    }

    deinit {
        if !exchange.isOver { exchange.reset(code: HTTP2ErrorCode.cancel) }
    }
}
