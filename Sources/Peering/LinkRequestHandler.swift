import Protocol
import Transport

/// Serves the streams that other nodes open on this node's port.
struct LinkRequestHandler: RequestHandler {
    let network: PeerNetwork

    /// The path of the stream for one class of messages.
    static func path(of priority: WireMessage.Priority) -> String {
        switch priority {
        case .consensus: "/busbar/1/consensus"
        case .sync: "/busbar/1/sync"
        case .transactions: "/busbar/1/transactions"
        }
    }

    /// Whoever floods below what a message is waits before it may connect again, like whoever breaks
    /// the protocol above: a new connection would bring as many frames once more.
    func note(_ breach: Breach, by peer: PeerCertificate) {
        // That is for want of room, and may be nobody's fault.
        guard breach != .hoarding, let member = network.member(with: peer) else { return }
        network.punish(member.account)
    }

    func handle(_ request: Request, _ response: ResponseWriter) async throws {
        guard request.method == "POST",
            let priority = WireMessage.Priority.allCases.first(where: {
                Self.path(of: $0) == request.path.verbatim
            })
        else {
            return try await response.respond(status: 404, body: Array("no such stream\n".utf8))
        }
        let link = await network.acceptedLink(
            connection: request.connectionID, certificate: request.peer,
            remote: request.remoteAddress
        ) { reason in
            response.closeConnection(reason: reason)
        }
        guard let link else {
            return try await response.respond(
                status: 403, body: Array("no member, or suspended\n".utf8))
        }
        guard link.claim(priority) else {
            network.counters.count(.misplaced)
            return try await response.respond(
                status: 409, body: Array("this stream is open already\n".utf8))
        }
        try await response.send(status: 200)
        let stream = LinkStream(body: request.body) { try await response.write($0) }
        await Conversation(link: link, network: network).hold(priority, on: stream)
    }
}
