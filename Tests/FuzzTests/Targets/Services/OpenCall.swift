import HTTPTypes
import NIOCore
import NIOPosix
import Protocol
import Synchronization

@testable import API
@testable import Transport

/// A request to the API as a connection hands it over, without one.
struct PlainRequest {
    var method: String
    var path: String
    var headers: HTTPFields = [.contentType: "application/json"]
    var authority = "localhost"
    var address = "127.0.0.1"
    var body: [UInt8] = []
}

/// A request that a handler answers, and what it has answered so far.
struct OpenCall: Sendable {
    /// How the handler came to an end.
    enum Ending: Sendable {
        case returned
        case cancelled
        /// The body is too long or too late: Transport answers that itself.
        case leftToTransport
        case failed(String)
    }

    let task: Task<Ending, Never>
    private let eventLoop: any EventLoop
    private let desk: Desk

    /// Hands `request` to `handler`.
    static func begin(_ request: PlainRequest, _ handler: APIHandler) async throws -> OpenCall {
        let eventLoop = MultiThreadedEventLoopGroup.singleton.any()
        let desk = Desk()
        let exchange = try await eventLoop.submit {
            let mailbox = Mailbox(
                owner: desk, eventLoop: eventLoop, lazyLimit: 1 << 20, account: nil)
            return HTTPExchange(key: 1, mailbox: mailbox, limits: TransportLimits())
        }.get()
        desk.state.withLock { $0.exchange = exchange }
        if !request.body.isEmpty { exchange.deliver(request.body) }
        exchange.deliverEnd(trailers: [:])
        let asked = Request(
            method: UntrustedText(request.method), path: UntrustedText(request.path),
            headers: request.headers, authority: UntrustedText(request.authority),
            remoteAddress: request.address, peer: nil,
            connectionID: 1, isHTTP2: true, body: Body(exchange: exchange, owner: nil),
            limits: TransportLimits())
        let task = Task { () -> Ending in
            do {
                try await handler.handle(asked, ResponseWriter(exchange: exchange))
                return .returned
            } catch is CancellationError {
                return .cancelled
            } catch TransportError.tooLarge, TransportError.timeout {
                return .leftToTransport
            } catch {
                return .failed("\(error)")
            }
        }
        return OpenCall(task: task, eventLoop: eventLoop, desk: desk)
    }

    /// Waits until the handler has ended: the status, nil if there is none, and the body. One that
    /// Transport answers has no body.
    func answer() async throws -> (status: Int?, body: [UInt8]) {
        let ending = await task.value
        // What the handler has handed over last is on its way.
        try await eventLoop.submit {}.get()
        let state = desk.state.withLock { state in
            state.exchange = nil
            return (status: state.status, body: state.body)
        }
        switch ending {
        case .returned, .cancelled: return state
        case .leftToTransport: return (413, [])
        case .failed(let reason): throw BrokenPromise("the handler failed: \(reason)")
        }
    }
}

/// Takes what a handler sends, in place of a connection.
private final class Desk: MailboxOwner, Sendable {
    struct State {
        weak var exchange: HTTPExchange?
        var status: Int?
        var body: [UInt8] = []
    }

    let state = Mutex(State())

    func receive(_ mail: [Mailbox.Mail]) {
        for letter in mail {
            switch letter.command {
            case .head(let status, _): state.withLock { $0.status = status }
            case .data(let bytes):
                let exchange = state.withLock { state in
                    state.body += bytes
                    return state.exchange
                }
                exchange?.drained(bytes.count)
            case .open, .finish, .consumed, .reset, .handlerDone, .closeConnection: break
            }
        }
    }
}
