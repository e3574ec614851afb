import Logging
import Protocol

/// What is said on one link: frames out, frames in, each checked before it counts.
struct Conversation: Sendable {
    let link: Link
    let network: PeerNetwork

    /// Sends and receives on one stream until it ends; then the whole link ends.
    func hold(_ priority: WireMessage.Priority, on stream: LinkStream) async {
        await withTaskGroup { group in
            group.addTask {
                do {
                    try await write(priority, to: stream)
                } catch {
                    link.close("could not send: \(error)")
                }
            }
            group.addTask {
                do {
                    try await read(priority, from: stream)
                    link.close("the peer ended it")
                } catch {
                    end(for: error)
                }
            }
            await group.waitForAll()
        }
        if priority == .consensus { await network.down(link) }
    }

    private func write(_ priority: WireMessage.Priority, to stream: LinkStream) async throws {
        if priority == .consensus {
            let greeting = WireMessage.link(.hello(network.configuration.hello)).encoded
            try await stream.write(FrameReader.frame(greeting))
        }
        try await link.writeFrames(priority, to: stream)
    }

    private func read(_ priority: WireMessage.Priority, from stream: LinkStream) async throws {
        if priority != .consensus {
            guard await link.waitForGreeting() else { return }
        }
        let role = network.role(link.peer)
        let gate = FrameGate(priority: priority, role: role)
        let memberShare = network.configuration.share(role)
        var reader = FrameReader()
        var ticket: FrameTicket?
        let place = UnfinishedFrames.Place(link: link.identifier, priority: priority)
        defer { network.unfinished.forget(place) }
        for try await chunk in stream.body {
            reader.append(chunk)
            network.counters.change { $0.bytesReceived += UInt64(chunk.count) }
            while true {
                if link.hello != nil { reader.limit = Limits.messageBytes }
                if let begun = try begin(&reader, gate) {
                    // While it waits none of its bytes are read: that is not its doing.
                    network.unfinished.forget(place)
                    let share = link.isVisit ? network.configuration.visits.share : memberShare
                    ticket = try await network.shares.admit(
                        begun.count, kind: begun.kind, from: link.peer, share: share,
                        isAwaited: begun.kind == .blocks || begun.kind == .proposalBlock,
                        isOver: { link.isClosed })
                }
                guard let frame = reader.take(), let admitted = ticket.take() else { break }
                network.unfinished.forget(place)
                guard !link.isVisit || admitted.kind.isOfVisits else {
                    // It may not know yet that nobody hears it: no fault of its. It costs its share.
                    admitted.noteDecoding(.zero)
                    continue
                }
                try await receive(frame, priority, admitted)
            }
            network.unfinished.note(place, reader) { end(for: $0) }
        }
    }

    /// Lets the next frame in if its first bytes are there: its kind and its length.
    private func begin(
        _ reader: inout FrameReader, _ gate: FrameGate
    ) throws(LinkError) -> (kind: WireMessage.Kind, count: Int)? {
        var kind: WireMessage.Kind?
        let count = try reader.begin { prefix, count in
            kind = WireMessage.Kind(prefix: prefix)
            return gate.refusal(
                of: prefix, count: count, hasGreeted: link.hello != nil,
                takesAnswer: link.takesAnswer)
        }
        guard let count, let kind else { return nil }
        return (kind, count)
    }

    private func receive(
        _ frame: Bytes, _ priority: WireMessage.Priority, _ ticket: FrameTicket
    ) async throws {
        let (message, time) = try ThreadTime.measure {
            try WireMessage(
                decoding: frame, scheme: network.scheme, isFinal: network.isFinal)
        }
        ticket.noteDecoding(time)
        guard message.priority == priority else {
            throw LinkError.protocolViolation("a message on the wrong stream")
        }
        switch message {
        case .link(.hello(let hello)):
            guard link.hello == nil else {
                throw LinkError.protocolViolation("it greeted twice")
            }
            try check(hello)
            link.greeted(with: hello)
            await network.up(link)
        case .link(.peers(let peers)):
            guard link.takesPeers() else {
                throw LinkError.protocolViolation("it told of other nodes twice")
            }
            await network.learn(peers, from: link.peer)
        case .replica(let message):
            try requireGreeting()
            await network.events.received(message, from: link.peer, ticket)
        case .meter(let message):
            try requireGreeting()
            await network.events.received(message, from: link.peer)
        }
    }

    private func requireGreeting() throws(LinkError) {
        guard link.hello != nil else {
            throw .protocolViolation("a message before its hello")
        }
    }

    private func check(_ hello: Hello) throws(LinkError) {
        let own = network.configuration.hello
        guard hello.chainID == own.chainID, hello.genesisHash == own.genesisHash else {
            throw .otherChain(
                "chain \(hello.chainID), first block \(hello.genesisHash); this node is on chain "
                    + "\(own.chainID), first block \(own.genesisHash)")
        }
        guard hello.version == own.version else {
            throw .protocolViolation("it speaks version \(hello.version), not \(own.version)")
        }
    }

    /// Ends the link for what the peer did, or did not do.
    func end(for error: any Error) {
        let refusal = (error as? LinkError)?.refusal ?? (error is MalformedBytes ? .malformed : nil)
        if let refusal {
            network.counters.count(refusal)
            if refusal.isViolation { network.punish(link.peer) }
            network.log.ends(link, "\(error)", .warning)
        }
        link.close("\(error)")
    }
}
