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
    /// Whether the certificate makes the header's block final. Nothing else of a block is read where it
    /// does not, and its giver has broken the protocol.
    package typealias FinalityCheck = @Sendable (BlockHeader, Certificate) -> Bool

    nonisolated let configuration: PeeringConfiguration
    nonisolated let membership: MembershipCheck
    /// What a member is, by the ledger; nil for no member.
    nonisolated let role: @Sendable (Address) -> MemberRole?
    /// Whether a block is final by its certificate, as far as the ledger knows the validators.
    nonisolated let isFinal: FinalityCheck
    nonisolated let events: any PeerEvents
    nonisolated let scheme: any SignatureScheme
    nonisolated let group: any EventLoopGroup
    nonisolated let log: LimitedLog
    /// What the frames that have begun and not ended keep.
    nonisolated let unfinished: UnfinishedFrames
    /// What each peer may cost, and costs.
    package nonisolated let shares = PeerShares()
    nonisolated let counters = SharedCounters()

    private nonisolated let penalties = SharedPenalties()
    /// Which suspended members are here.
    nonisolated let visits: SharedVisits
    private var links: LinkTable
    private nonisolated let accepting = Mutex<[UInt64: Link]>([:])
    private nonisolated let server = Mutex<Server?>(nil)
    private nonisolated let policy: CertificatePolicy
    private nonisolated let dialler: Dialler
    private var nextIdentifier: UInt64 = 1
    private var isStopped = false

    /// A network that tells `events` what happens once it runs.
    package init(
        configuration: PeeringConfiguration, membership: @escaping MembershipCheck,
        role: @escaping @Sendable (Address) -> MemberRole?,
        isFinal: @escaping FinalityCheck, events: any PeerEvents,
        scheme: any SignatureScheme, group: any EventLoopGroup, log: LimitedLog
    ) {
        self.configuration = configuration
        self.membership = membership
        self.role = role
        self.isFinal = isFinal
        self.events = events
        self.scheme = scheme
        self.group = group
        self.log = log
        unfinished = UnfinishedFrames(configuration)
        links = LinkTable(own: configuration.account)
        let visits = SharedVisits(configuration.visits)
        self.visits = visits
        policy = Self.policy(membership, penalties, counters, visits)
        // Nobody visits by being dialled.
        dialler = Dialler(
            configuration: configuration, policy: Self.policy(membership, penalties, counters, nil),
            group: group, log: log)
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
    package func run() async { await dialler.run(for: self) }

    /// Ends all links, telling the peers, and stops listening.
    package func stop() async {
        isStopped = true
        dialler.wake()
        for link in links.all { link.close("this node is stopping") }
        shares.close()
        await server.withLock { $0 }?.shutdown(grace: .seconds(1))
    }

    /// The accounts of the nodes that are linked, in order.
    package var peers: [Address] { links.accounts.sorted() }

    /// The accounts of the nodes that are linked; nil once the network has stopped.
    var linkedAccounts: Set<Address>? { isStopped ? nil : links.accounts }

    /// What the links and the listening port have done so far.
    package nonisolated var figures: PeeringCounters { counters.current }

    /// What the listening port has seen, below the links; nil if there is none.
    package nonisolated var portFigures: ServerCounters? { server.withLock { $0 }?.counters }

    /// Allows this many connections to the listening port from now on; those that are there stay.
    package nonisolated func allow(connections: Int) {
        server.withLock { $0 }?.allow(connections: connections)
    }

    /// Sends `message` to those of `peers` that are linked; returns to how many.
    @discardableResult
    package func send(_ message: WireMessage, to peers: [Address]) -> Int {
        guard peers.contains(where: { links[$0] != nil }) else { return 0 }
        return send(FrameReader.frame(message.encoded), of: message, to: peers)
    }

    @discardableResult
    private func send(_ frame: Bytes, of message: WireMessage, to peers: [Address]) -> Int {
        let targets = peers.compactMap { links[$0] }
        var count = 0
        for link in targets {
            link.note(message.kind)
            if link.send(frame, priority: message.priority) { count += 1 }
        }
        counters.change {
            $0.bytesSent += UInt64(frame.count * count)
            $0.messagesDropped += UInt64(targets.count - count)
        }
        return count
    }

    /// Sends `message` to `peer`, and returns how many bytes that makes, whether they find their way or
    /// not.
    package func answer(_ message: ReplicaMessage, to peer: Address) -> Int {
        let frame = FrameReader.frame(WireMessage.replica(message).encoded)
        send(frame, of: WireMessage.replica(message), to: [peer])
        return frame.count
    }

    /// Ends the links with nodes that are members no longer, after a while in which they may hear of it:
    /// where nobody tells it, a node is cut off and its people never learn why.
    package func dropStrangers(_ isMember: (Address) -> Bool) {
        for link in links.all {
            guard !isMember(link.peer) else {
                if link.isVisit { link.close("it is a member again") }
                continue
            }
            guard !link.isVisit else { continue }
            log.ends(link, "it is suspended", .notice)
            counters.count(.suspended)
            if visits.begin(link.peer), let rest = visits.rest(of: link.peer) {
                link.beginVisit(of: rest)
            } else {
                link.close("it is suspended")
            }
        }
    }

    /// Ends the link with `peer`.
    package func disconnect(_ peer: Address, reason: String) {
        links[peer]?.close(reason)
    }
}

// Who may connect.

extension PeerNetwork {
    /// A member's node may connect, and a suspended member's where `visits` lets it.
    private static func policy(
        _ membership: @escaping MembershipCheck, _ penalties: SharedPenalties,
        _ counters: SharedCounters, _ visits: SharedVisits?
    ) -> CertificatePolicy {
        { certificate in
            switch Hash32(bytes: certificate.fingerprint).map(membership) {
            case .member(let account)?:
                guard let rest = penalties.remaining(of: account) else { return .accept }
                counters.count(.barred)
                return .refuse("the node of \(account) broke the protocol and waits \(rest)")
            case .suspended(let account)?:
                if penalties.remaining(of: account) == nil, visits?.begin(account) == true {
                    return .accept
                }
                counters.count(.suspended)
                return .refuse("the member \(account) with this certificate is suspended")
            case .stranger?, nil:
                counters.count(.stranger)
                return .refuse("no member of this community has this certificate")
            }
        }
    }

    /// Nobody links with `account` for a while, since it broke the protocol.
    nonisolated func punish(_ account: Address) { penalties.note(account) }

    /// Whose certificate this is, if it is a member's.
    nonisolated func member(
        with certificate: PeerCertificate?
    ) -> (account: Address, hash: Hash32)? {
        guard let hash = certificate.flatMap({ Hash32(bytes: $0.fingerprint) }),
            case .member(let account) = membership(hash)
        else { return nil }
        return (account, hash)
    }

    /// Whose certificate this is, if it is a suspended member's that was let in, and how long it may stay.
    private nonisolated func visitor(
        with certificate: PeerCertificate?
    ) -> (peer: (account: Address, hash: Hash32), rest: Duration)? {
        guard let hash = certificate.flatMap({ Hash32(bytes: $0.fingerprint) }),
            case .suspended(let account) = membership(hash),
            let rest = visits.rest(of: account)
        else { return nil }
        return (peer: (account: account, hash: hash), rest: rest)
    }
}

// Links begin.

extension PeerNetwork {
    /// Links with `peer`, which was dialled at `remote`, and stays until the link ends. Returns
    /// whether the peer had greeted.
    func link(
        over connection: ClientConnection, with peer: (account: Address, hash: Hash32),
        at remote: String
    ) async throws -> Bool {
        let link = makeLink(with: peer, isOutgoing: true, remote: remote) { _ in
            connection.close()
        }
        defer { link.close("its streams ended") }
        let conversation = Conversation(link: link, network: self)
        try await withThrowingTaskGroup { group in
            for priority in WireMessage.Priority.allCases {
                let stream = try await connection.openStream(
                    method: "POST", path: LinkRequestHandler.path(of: priority))
                let ends = LinkStream(body: stream.body) { try await stream.write($0) }
                group.addTask { await conversation.hold(priority, on: ends) }
            }
            try await group.next()
            link.close("its streams ended")
            group.cancelAll()
        }
        return link.hello != nil
    }

    /// The link that a connection's first stream brings into being, shared by its other streams.
    func acceptedLink(
        connection: UInt64, certificate: PeerCertificate?, remote: String,
        close: @escaping @Sendable (String) -> Void
    ) -> Link? {
        if let link = accepting.withLock({ $0[connection] }) { return link }
        let visitor = visitor(with: certificate)
        guard let peer = visitor?.peer ?? member(with: certificate),
            peer.account != configuration.account
        else { return nil }
        let link = makeLink(with: peer, isOutgoing: false, remote: remote) { reason in
            close(reason)
            self.accepting.withLock { $0[connection] = nil }
        }
        if let visitor { link.beginVisit(of: visitor.rest) }
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
            guard let self, let link else { return }
            Conversation(link: link, network: self).end(for: LinkError.noGreeting)
        }
        return link
    }
}

// Links are up, and down.

extension PeerNetwork {
    /// Keeps `link`, or ends it if there is a better one with the same node.
    func up(_ link: Link) async {
        switch links.add(link) {
        case .refused: return link.close("there is a link already")
        case .replaces(let old):
            old.close("a newer link takes its place")
            await events.disconnected(link.peer)
            guard links[link.peer]?.identifier == link.identifier else { return }
        case .first: break
        }
        log.notes(link, "up")
        dialler.wake()
        await events.connected(link.peer)
        guard !link.isVisit else { return }
        if let own = Self.claimedAddress(of: link) {
            await dialler.learn([own], from: link.peer)
        }
        let known = await knownNodes(for: link)
        send(.link(.peers(known)), to: [link.peer])
    }

    /// Takes a link out that has ended.
    func down(_ link: Link) async {
        guard links.remove(link) else { return }
        log.notes(link, "down")
        dialler.wake()
        await events.disconnected(link.peer)
    }

    /// Notes the members among the nodes that `source` tells of.
    func learn(_ peers: [PeerEndpoint], from source: Address) async {
        let addresses = peers.compactMap { peer -> (account: Address, endpoint: Endpoint)? in
            guard case .member(let account) = membership(peer.certificateHash),
                let endpoint = Endpoint(peer.endpoint.verbatim)
            else { return nil }
            return (account, endpoint)
        }
        await dialler.learn(addresses, from: source)
    }

    /// The other linked nodes that can be dialled where they say, for `link`'s peer to know.
    private func knownNodes(for link: Link) async -> [PeerEndpoint] {
        let others = links.all.filter { $0.identifier != link.identifier }
        let reached = await dialler.reached(others.compactMap(Self.claimedAddress))
        let certificates = Dictionary(
            uniqueKeysWithValues: others.map { ($0.peer, $0.certificateHash) })
        return reached.prefix(Limits.peerAddresses).compactMap { account, endpoint in
            certificates[account].map {
                PeerEndpoint(certificateHash: $0, endpoint: endpoint.description)
            }
        }
    }

    /// Where the other side of `link` says that it can be dialled.
    private static func claimedAddress(of link: Link) -> (account: Address, endpoint: Endpoint)? {
        link.hello.flatMap { Endpoint($0.endpoint.verbatim) }.map { (link.peer, $0) }
    }
}
