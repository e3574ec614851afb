internal import NIOCore

extension HTTP2Connection {
    func receive(_ mail: [Mailbox.Mail]) {
        for item in mail {
            if hasEnded {
                item.fail(.goingAway)
            } else {
                carryOut(item)
            }
        }
        send()
    }

    private func carryOut(_ mail: Mailbox.Mail) {
        switch mail.command {
        case .open(let head, let exchange, let isComplete):
            open(head, exchange, isComplete: isComplete)
            return
        case .closeConnection(let reason):
            end(reason)
            return
        default: break
        }
        guard let id = identifiers[mail.key], let stream = streams[id] else { return }
        switch mail.command {
        case .open, .closeConnection: break
        case .head(let status, let headers):
            if status == 204 || status == 304 { stream.carriesNoBody = true }
            session.submitResponse(
                id, status: status, headers: headers, hasBody: !stream.carriesNoBody)
        case .data(let bytes): queue(bytes, on: stream)
        case .finish(let trailers):
            stream.trailers = trailers
            stream.isFinishing = true
            resume(stream)
        case .consumed(let count):
            stream.untaken -= count
            session.consume(id, count)
        case .reset(let code): session.submitReset(id, code: code)
        case .handlerDone:
            stream.isHandled = true
            abandonRest(of: stream)
        }
    }

    private func open(_ head: RequestHead, _ exchange: HTTPExchange, isComplete: Bool) {
        guard !isDraining else {
            exchange.fail(.goingAway)
            return
        }
        let stream = HTTP2Stream(exchange)
        let submitted = session.submitRequest(head, scheme: "https", hasBody: !isComplete)
        guard let id = submitted else {
            exchange.fail(.goingAway)
            return
        }
        stream.id = id
        streams[id] = stream
        identifiers[exchange.key] = id
    }

    private func queue(_ bytes: [UInt8], on stream: HTTP2Stream) {
        guard !stream.carriesNoBody else {
            stream.exchange.drained(bytes.count)
            return
        }
        stream.enqueue(bytes)
        resume(stream)
    }

    private func resume(_ stream: HTTP2Stream) {
        guard stream.isDeferred else { return }
        stream.isDeferred = false
        session.resume(stream.id)
    }
}
