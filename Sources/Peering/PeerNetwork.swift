package import NIOCore
package import Protocol
import Synchronization
package import Transport

/// All links of a node: it listens, dials, greets, and keeps one link with each other node.
///
/// Whom it talks to, the ledger decides: a certificate that belongs to no member is refused.
package actor PeerNetwork {
    /// Whose certificate has this SHA-256, by the ledger. Called on event loops, so it must be
    /// quick.
    package typealias MembershipCheck = @Sendable (Hash32) -> Membership

    nonisolated let configuration: PeeringConfiguration
    nonisolated let membership: MembershipCheck
    nonisolated let events: any PeerEvents
    nonisolated let scheme: any SignatureScheme
    nonisolated let group: any EventLoopGroup
    nonisolated let log: LimitedLog
    nonisolated let counters = Mutex(PeeringCounters())

    private var links: [Address: Link] = [:]
    private nonisolated let accepting = Mutex<[UInt64: Link]>([:])
    private var book: AddressBook
    private nonisolated let server = Mutex<Server?>(nil)
    private nonisolated let unfinished: UnfinishedFrames
    private var nextIdentifier: UInt64 = 1
    private var isStopped = false
    /// Who has refused this node's certificate since it last linked with them.
    private var refusers: Set<Endpoint> = []

    /// A network that tells `events` what happens once it runs.
    package init(
        configuration: PeeringConfiguration, membership: @escaping MembershipCheck,
        events: any PeerEvents, scheme: any SignatureScheme, group: any EventLoopGroup,
        log: LimitedLog
    ) {
        self.configuration = configuration
        self.membership = membership
        self.events = events
        self.scheme = scheme
        self.group = group
        unfinished = UnfinishedFrames(configuration)
        self.log = log
        book = AddressBook(
            seeds: configuration.seeds, keepsAllSeeds: configuration.keepsAllSeeds,
            linkTarget: configuration.linkTarget, longestBackoff: configuration.longestBackoff)
    }

    /// Begins to listen; throws if the port is taken. Returns the port, nil if it only dials out.
    @discardableResult
    package func listen() async throws -> Int? {
        guard let listen = configuration.listen else { return nil }
        let server = try await Server.start(
            ServerConfiguration(
                host: listen.host, port: listen.port,
                security: .mutual(configuration.identity, policy), limits: configuration.limits),
            handler: LinkRequestHandler(network: self), eventLoopGroup: group, log: log)
        self.server.withLock { $0 = server }
        return server.boundPort
    }

    /// Dials and keeps links until the task is cancelled.
    package func run() async {
        await withDiscardingTaskGroup { group in
            while !Task.isCancelled, !isStopped {
                unfinished.endLate(at: .now)
                for endpoint in book.due(at: .now, linked: linkedEndpoints) {
                    book.began(endpoint)
                    group.addTask { await self.dial(endpoint) }
                }
                try? await Task.sleep(for: .milliseconds(100))
            }
            group.cancelAll()
        }
    }

    /// Ends all links, telling the peers, and stops listening.
    package func stop() async {
        isStopped = true
        for link in links.values { link.close("this node is stopping") }
        await server.withLock { $0 }?.shutdown(grace: .seconds(1))
    }

    /// The accounts of the nodes that are linked, in order.
    package var peers: [Address] { links.keys.sorted() }

    /// What the links and the listening port have done so far.
    package nonisolated var figures: PeeringCounters { counters.withLock { $0 } }

    /// What the listening port has seen, below the links; nil if there is none.
    package nonisolated var portFigures: ServerCounters? { server.withLock { $0 }?.counters }

    nonisolated func count(_ refusal: PeerRefusal) {
        counters.withLock { $0.refusals[refusal, default: 0] += 1 }
    }

    /// Sends `message` to those of `peers` that are linked; returns to how many.
    @discardableResult
    package func send(_ message: WireMessage, to peers: [Address]) -> Int {
        let targets = peers.compactMap { links[$0] }
        guard !targets.isEmpty else { return 0 }
        let frame = FrameReader.frame(message.encoded)
        var count = 0
        for link in targets where link.send(frame, priority: message.priority) { count += 1 }
        counters.withLock {
            $0.bytesSent += UInt64(frame.count * count)
            $0.messagesDropped += UInt64(targets.count - count)
        }
        return count
    }

    /// Ends the links with nodes that are members no longer.
    package func dropStrangers(_ isMember: (Address) -> Bool) {
        for (peer, link) in links where !isMember(peer) {
            log.ends(link, "it is suspended", .notice)
            count(.suspended)
            link.close("it is suspended")
        }
    }

    /// Ends the link with `peer`.
    package func disconnect(_ peer: Address, reason: String) {
        links[peer]?.close(reason)
    }

    /// Who may connect: a member's node, other than this one.
    nonisolated var policy: CertificatePolicy {
        { [self] certificate in
            switch Hash32(bytes: certificate.fingerprint).map(membership) {
            case .member?: return .accept
            case .suspended(let account)?:
                count(.suspended)
                return .refuse("the member \(account) with this certificate is suspended")
            case .stranger?, nil:
                count(.stranger)
                return .refuse("no member of this community has this certificate")
            }
        }
    }

    private var linkedEndpoints: Set<Endpoint> {
        Set(links.values.filter(\.isOutgoing).compactMap { Endpoint($0.remote) })
            .union(links.values.compactMap { $0.hello.flatMap { Endpoint($0.endpoint.verbatim) } })
    }
}

extension PeerNetwork {
    /// Dials once, and stays until the link ends.
    private func dial(_ endpoint: Endpoint) async {
        do {
            let connection = try await ClientConnection.connect(
                host: endpoint.host, port: endpoint.port,
                security: .mutual(configuration.identity, policy), eventLoopGroup: group,
                log: log, limits: configuration.limits)
            try await use(connection, to: endpoint)
        } catch {
            noteUnreachable(endpoint, error)
        }
        book.ended(endpoint, at: .now)
    }

    /// A node that is away is no news; one that refuses this node is, once.
    private func noteUnreachable(_ endpoint: Endpoint, _ error: any Error) {
        guard case .refusedByPeer(let reason)? = error as? TransportError else {
            return log.hasNoLink(with: endpoint, error)
        }
        guard refusers.insert(endpoint).inserted else { return }
        log.isRefused(by: endpoint, reason)
    }

    private func use(_ connection: ClientConnection, to endpoint: Endpoint) async throws {
        defer { connection.close() }
        guard let peer = member(with: connection.peer) else { return }
        guard peer.account != configuration.account else { return book.forget(endpoint) }
        let link = makeLink(with: peer, isOutgoing: true, remote: endpoint.description) { _ in
            connection.close()
        }
        defer { link.close("its streams ended") }
        try await withThrowingTaskGroup { group in
            for priority in WireMessage.Priority.allCases {
                let stream = try await connection.openStream(
                    method: "POST", path: LinkRequestHandler.path(of: priority))
                let ends = LinkStream(body: stream.body) { try await stream.write($0) }
                group.addTask { await self.serve(link, priority, ends) }
            }
            try await group.next()
            link.close("its streams ended")
            group.cancelAll()
        }
    }

    /// The link that a connection's first stream brings into being, shared by its other streams.
    func acceptedLink(
        connection: UInt64, certificate: PeerCertificate?, remote: String,
        close: @escaping @Sendable (String) -> Void
    ) -> Link? {
        if let link = accepting.withLock({ $0[connection] }) { return link }
        guard let peer = member(with: certificate), peer.account != configuration.account else {
            return nil
        }
        let link = makeLink(with: peer, isOutgoing: false, remote: remote) { reason in
            close(reason)
            self.accepting.withLock { $0[connection] = nil }
        }
        accepting.withLock { $0[connection] = link }
        return link
    }

    /// How many accepted connections have a link.
    nonisolated var acceptedCount: Int { accepting.withLock { $0.count } }

    private func makeLink(
        with peer: (account: Address, hash: Hash32), isOutgoing: Bool, remote: String,
        close: @escaping @Sendable (String) -> Void
    ) -> Link {
        defer { nextIdentifier += 1 }
        let link = Link(
            identifier: nextIdentifier, peer: peer.account, certificateHash: peer.hash,
            isOutgoing: isOutgoing, remote: remote, closeConnection: close)
        link.limitGreeting(to: configuration.greetingTimeout) { [weak self, weak link] in
            guard let link else { return }
            self?.note(LinkError.noGreeting, on: link)
        }
        return link
    }

    private nonisolated func member(
        with certificate: PeerCertificate?
    ) -> (account: Address, hash: Hash32)? {
        guard let hash = certificate.flatMap({ Hash32(bytes: $0.fingerprint) }),
            case .member(let account) = membership(hash)
        else { return nil }
        return (account, hash)
    }
}

extension PeerNetwork {
    /// Sends and receives on one stream until it ends; then the whole link ends.
    nonisolated func serve(
        _ link: Link, _ priority: WireMessage.Priority, _ stream: LinkStream
    ) async {
        await withTaskGroup { group in
            group.addTask {
                do {
                    try await self.write(link, priority, to: stream)
                } catch {
                    link.close("could not send: \(error)")
                }
            }
            group.addTask {
                do {
                    try await self.read(link, priority, from: stream)
                    link.close("the peer ended it")
                } catch {
                    self.note(error, on: link)
                }
            }
            await group.waitForAll()
        }
        if priority == .consensus { await down(link) }
    }

    private nonisolated func write(
        _ link: Link, _ priority: WireMessage.Priority, to stream: LinkStream
    ) async throws {
        if priority == .consensus {
            let greeting = WireMessage.link(.hello(configuration.hello)).encoded
            try await stream.write(FrameReader.frame(greeting))
        }
        try await link.writeFrames(priority, to: stream)
    }

    private nonisolated func read(
        _ link: Link, _ priority: WireMessage.Priority, from stream: LinkStream
    ) async throws {
        if priority != .consensus {
            guard await link.waitForGreeting() else { return }
        }
        var reader = FrameReader()
        let place = UnfinishedFrames.Place(link: link.identifier, priority: priority)
        defer { unfinished.forget(place) }
        for try await chunk in stream.body {
            reader.append(chunk)
            counters.withLock { $0.bytesReceived += UInt64(chunk.count) }
            var hasEnded = false
            while true {
                if link.hello != nil { reader.limit = Limits.messageBytes }
                guard let frame = try reader.next() else { break }
                hasEnded = true
                try await receive(frame, priority, on: link)
            }
            if hasEnded { unfinished.forget(place) }
            unfinished.note(place, reader) { self.note($0, on: link) }
        }
    }

    private nonisolated func receive(
        _ frame: Bytes, _ priority: WireMessage.Priority, on link: Link
    ) async throws {
        let message = try WireMessage(decoding: frame, scheme: scheme)
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
            await up(link)
        case .link(.peers(let peers)): await learn(peers, from: link.peer)
        case .replica(let message):
            try requireGreeting(on: link)
            await events.received(message, from: link.peer)
        case .meter(let message):
            try requireGreeting(on: link)
            await events.received(message, from: link.peer)
        }
    }

    private nonisolated func requireGreeting(on link: Link) throws(LinkError) {
        guard link.hello != nil else {
            throw .protocolViolation("a message before its hello")
        }
    }

    private nonisolated func check(_ hello: Hello) throws(LinkError) {
        let own = configuration.hello
        guard hello.chainID == own.chainID, hello.genesisHash == own.genesisHash else {
            throw .otherChain(
                "chain \(hello.chainID), first block \(hello.genesisHash); this node is on chain "
                    + "\(own.chainID), first block \(own.genesisHash)")
        }
        guard hello.version == own.version else {
            throw .protocolViolation("it speaks version \(hello.version), not \(own.version)")
        }
    }

    private nonisolated func note(_ error: any Error, on link: Link) {
        let refusal = (error as? LinkError)?.refusal ?? (error is MalformedBytes ? .malformed : nil)
        if let refusal {
            count(refusal)
            log.ends(link, "\(error)", .warning)
        }
        link.close("\(error)")
    }
}

extension PeerNetwork {
    /// Keeps `link`, or ends it if there is a better one with the same node.
    ///
    /// Where both sides dialled, the link that the lower address dialled stays, so that both
    /// choose alike; of two from the same side the newer one, since the older may be dead.
    private func up(_ link: Link) async {
        if let old = links[link.peer], !old.isClosed {
            let lowerDials = configuration.account < link.peer
            if old.isOutgoing != link.isOutgoing, old.isOutgoing == lowerDials {
                return link.close("there is a link already")
            }
            old.close("a newer link takes its place")
            links[link.peer] = nil
            await events.disconnected(link.peer)
        }
        guard !link.isClosed else { return }
        links[link.peer] = link
        if link.isOutgoing, let endpoint = Endpoint(link.remote) {
            book.succeeded(endpoint)
            refusers.remove(endpoint)
        }
        log.notes(link, "up")
        await events.connected(link.peer)
        send(.link(.peers(endpoints(for: link))), to: [link.peer])
    }

    private func down(_ link: Link) async {
        guard links[link.peer]?.identifier == link.identifier else { return }
        links[link.peer] = nil
        log.notes(link, "down")
        await events.disconnected(link.peer)
    }

    private func learn(_ peers: [PeerEndpoint], from source: Address) {
        for peer in peers {
            guard case .member(let account) = membership(peer.certificateHash),
                account != configuration.account, let endpoint = Endpoint(peer.endpoint.verbatim)
            else { continue }
            book.add(endpoint, from: source)
        }
    }

    /// The other linked nodes that can be dialled, for `link`'s peer to know.
    private func endpoints(for link: Link) -> [PeerEndpoint] {
        links.values.filter { $0.identifier != link.identifier }
            .sorted { $0.peer < $1.peer }
            .compactMap { other in
                guard let hello = other.hello, !hello.endpoint.verbatim.isEmpty else { return nil }
                return PeerEndpoint(
                    certificateHash: other.certificateHash, endpoint: hello.endpoint.verbatim)
            }
            .prefix(Limits.peerAddresses).map { $0 }
    }
}
