internal import HTTPTypes
internal import NIOCore
internal import Synchronization

/// What a task asks of the event loop on behalf of one exchange.
enum HTTPExchangeCommand: Sendable {
    /// A client opens a stream; `isComplete` when no body follows.
    case open(RequestHead, HTTPExchange, isComplete: Bool)
    case head(status: Int, headers: HTTPFields)
    case data([UInt8])
    case finish(trailers: HTTPFields)
    /// The task has taken so many bytes of the incoming body.
    case consumed(Int)
    case reset(code: UInt32)
    /// The server's handler has returned.
    case handlerDone
    case closeConnection(TransportError)
}

/// Receives a mailbox's commands, in order, on the event loop.
protocol MailboxOwner: AnyObject {
    func receive(_ mail: [Mailbox.Mail])
}

/// The one way from tasks to a connection on its event loop.
///
/// Commands gather while the event loop is busy, so that it is woken once for many.
final class Mailbox: Sendable {
    struct Mail: Sendable {
        let key: Int
        let command: HTTPExchangeCommand

        /// Tells the waiting task that this will not be carried out.
        func fail(_ error: TransportError) {
            if case .open(_, let exchange, _) = command { exchange.fail(error) }
        }
    }

    private struct State {
        var owner: NIOLoopBound<any MailboxOwner>?
        var mail: [Mail] = []
        var isScheduled = false
        var lazyBytes = 0
    }

    let eventLoop: any EventLoop
    /// Whom the bytes that wait are counted against, on a server.
    let account: ConnectionAccount?
    private let lazyLimit: Int
    private let state: Mutex<State>

    /// A mailbox for `owner`, which is on its event loop now; `lazyLimit` bytes of consumption
    /// may wait for another reason to wake the event loop.
    init(
        owner: any MailboxOwner, eventLoop: any EventLoop, lazyLimit: Int,
        account: ConnectionAccount?
    ) {
        self.account = account
        self.eventLoop = eventLoop
        self.lazyLimit = lazyLimit
        state = Mutex(State(owner: NIOLoopBound(owner, eventLoop: eventLoop)))
    }

    /// Hands over commands of one exchange, all at once; false once the connection has ended.
    @discardableResult
    func post(_ key: Int, _ command: HTTPExchangeCommand, then rest: HTTPExchangeCommand...) -> Bool
    {
        let (isOpen, wake) = state.withLock { state in
            guard state.owner != nil else { return (false, false) }
            state.mail.append(Mail(key: key, command: command))
            for command in rest { state.mail.append(Mail(key: key, command: command)) }
            defer { state.isScheduled = true }
            return (true, !state.isScheduled)
        }
        if wake { schedule() }
        return isOpen
    }

    /// Notes bytes taken; wakes the event loop only if `isUrgent` or many have gathered.
    func postConsumed(_ key: Int, _ count: Int, isUrgent: Bool) {
        let wake = state.withLock { state in
            guard state.owner != nil else { return false }
            state.mail.append(Mail(key: key, command: .consumed(count)))
            state.lazyBytes += count
            guard isUrgent || state.lazyBytes >= lazyLimit, !state.isScheduled else {
                return false
            }
            state.isScheduled = true
            return true
        }
        if wake { schedule() }
    }

    /// Lets go of the owner: later commands are refused, and streams that waited to be opened
    /// fail with `error`.
    func close(_ error: TransportError) {
        let mail = state.withLock { state in
            defer {
                state.owner = nil
                state.mail = []
            }
            return state.mail
        }
        for item in mail { item.fail(error) }
    }

    private func schedule() {
        eventLoop.execute {
            let (owner, mail) = self.state.withLock { state in
                defer {
                    state.mail = []
                    state.isScheduled = false
                    state.lazyBytes = 0
                }
                return (state.owner, state.mail)
            }
            owner?.value.receive(mail)
        }
    }
}
