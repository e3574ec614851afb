internal import Logging
internal import NIOCore
internal import Protocol
internal import Synchronization

/// What all connections of a server share.
final class ServerCore: Sendable {
    let handler: any RequestHandler
    let limits: TransportLimits
    let log: LimitedLog
    let traffic = Traffic()
    let counters = Mutex(ServerCounters())
    let registry: ConnectionRegistry
    /// Bytes that all connections make the server keep.
    let held = Atomic<Int>(0)

    init(handler: any RequestHandler, limits: TransportLimits, log: LimitedLog) {
        self.handler = handler
        self.limits = limits
        self.log = log
        registry = ConnectionRegistry(limits)
    }

    func note(_ failure: TLSSession.Failure, _ peer: PeerCertificate?, from remote: String) {
        counters.withLock { $0.handshakeFailures[failure.kind, default: 0] += 1 }
        var metadata: Logger.Metadata = ["remote": "\(remote)", "reason": "\(failure.error)"]
        guard let peer else {
            let level: Logger.Level = failure.kind == .noCertificate ? .warning : .info
            log.write(level, "handshake failed", by: remote, metadata: metadata)
            return
        }
        metadata["subject"] = "\(peer.commonName)"
        metadata["fingerprint"] = "\(peer.fingerprintHex)"
        log.write(.warning, "certificate refused", by: remote, metadata: metadata)
    }
}

/// One connection of a server, as the handlers of either protocol see it.
struct ServerConnection {
    let core: ServerCore
    let account: ConnectionAccount
    let id: UInt64
    let remoteAddress: String
    let peer: PeerCertificate?

    /// Starts the handler for a request; the caller owns the task.
    func serve(_ head: RequestHead, _ exchange: HTTPExchange, isHTTP2: Bool) -> Task<Void, Never> {
        let request = Request(
            method: UntrustedText(head.method), path: UntrustedText(head.path),
            headers: head.headers, authority: UntrustedText(head.authority),
            remoteAddress: remoteAddress, peer: peer,
            connectionID: id, isHTTP2: isHTTP2, body: Body(exchange: exchange, owner: nil),
            limits: core.limits)
        exchange.hold(head)
        core.counters.withLock { $0.requests += 1 }
        if account.isFirstRequest() { core.registry.known(id, certificate: peer?.fingerprint) }
        return Task { [core] in
            await answer(request, ResponseWriter(exchange: exchange), core)
            exchange.mailbox.post(exchange.key, .handlerDone)
        }
    }

    /// Counts and logs a breach of the protocol.
    func note(_ breach: ConnectionBreach) {
        core.counters.withLock { $0.breaches[breach.kind, default: 0] += 1 }
        if let peer { core.handler.note(breach.kind, by: peer) }
        core.log.write(
            .warning, "connection ended", by: remoteAddress,
            metadata: ["remote": "\(remoteAddress)", "reason": "\(breach.error)"])
    }

    /// Counts and logs what ended a connection from below HTTP, if it is the client's fault.
    func noteFailure(_ error: any Error) {
        if let breach = error as? ConnectionBreach { note(breach) }
    }

    func note(_ timeout: TimeoutKind) {
        core.counters.withLock { $0.timeouts[timeout, default: 0] += 1 }
        core.log.write(
            .debug, "timeout", by: remoteAddress,
            metadata: ["remote": "\(remoteAddress)", "of": "\(timeout.rawValue)"])
    }
}

/// Runs the handler, and ends the response where it has not.
private func answer(_ request: Request, _ response: ResponseWriter, _ core: ServerCore) async {
    do {
        try await core.handler.handle(request, response)
        guard !response.isFinished else { return }
        guard response.isStarted else {
            core.log.write(
                .error, "no answer", by: request.remoteAddress,
                metadata: ["path": "\(loggable(request.path))"])
            try await response.respond(status: 500)
            return
        }
        try await response.finish()
    } catch {
        await answer(error, request, response, core)
    }
}

/// Turns a handler's error into a status, or a reset once the head is out.
private func answer(
    _ error: any Error, _ request: Request, _ response: ResponseWriter, _ core: ServerCore
) async {
    guard !response.isFinished else { return }
    let status =
        switch error {
        case TransportError.tooLarge: 413
        case TransportError.timeout: 408
        default: 500
        }
    if status == 408 { core.counters.withLock { $0.timeouts[.body, default: 0] += 1 } }
    if status == 500, !(error is CancellationError) {
        core.log.write(
            .error, "handler failed", by: request.remoteAddress,
            metadata: ["path": "\(loggable(request.path))", "error": "\(error)"])
    }
    guard !response.isStarted else {
        response.exchange.reset(code: HTTP2ErrorCode.internalError)
        return
    }
    do {
        try await response.respond(status: status)
    } catch {
        core.log.write(
            .debug, "no answer possible", by: request.remoteAddress,
            metadata: ["error": "\(error)"])
    }
}

/// A path without its query, which may hold what is nobody's business.
private func loggable(_ path: UntrustedText) -> UntrustedText {
    UntrustedText(String(path.verbatim.prefix { $0 != "?" }))
}
