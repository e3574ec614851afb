import NIOCore
import Protocol
import Transport

/// Dials other nodes for as long as it runs: whom and when, the address book decides.
actor Dialler {
    private let configuration: PeeringConfiguration
    private let policy: CertificatePolicy
    private let group: any EventLoopGroup
    private let log: LimitedLog
    private var book: AddressBook
    /// Who has refused this node's certificate since it last linked with them.
    private var refusers = Refusers()
    /// Whatever may make an address due, or a link unwanted, wakes the loop.
    private nonisolated let alarm = AsyncStream.makeStream(
        of: Void.self, bufferingPolicy: .bufferingNewest(1))

    /// The longest that the loop sleeps.
    private static let longestSleep = Duration.seconds(5)

    init(
        configuration: PeeringConfiguration, policy: @escaping CertificatePolicy,
        group: any EventLoopGroup, log: LimitedLog
    ) {
        self.configuration = configuration
        self.policy = policy
        self.group = group
        self.log = log
        book = AddressBook(
            seeds: configuration.seeds, keepsAllSeeds: configuration.keepsAllSeeds,
            linkTarget: configuration.linkTarget, longestBackoff: configuration.longestBackoff)
    }

    /// Dials and keeps links for `network` until the task is cancelled or the network stops. It sleeps
    /// until something is due or has changed.
    func run(for network: PeerNetwork) async {
        await withDiscardingTaskGroup { tasks in
            var alarms = alarm.stream.makeAsyncIterator()
            while !Task.isCancelled, let linked = await network.linkedAccounts {
                let now = ContinuousClock.now
                network.unfinished.endLate(at: now)
                for candidate in book.due(at: now, linked: linked) {
                    book.began(candidate)
                    tasks.addTask { await self.dial(candidate, for: network) }
                }
                let moments = [book.nextMoment(after: now), network.unfinished.nextDue]
                let sleep = moments.compactMap { $0 }.map { max(now.duration(to: $0), .zero) }.min()
                let alarmClock = group.next().scheduleTask(
                    in: TimeAmount(min(sleep ?? longestSleep, longestSleep))
                ) { [alarm] in alarm.continuation.yield() }
                _ = await alarms.next()
                alarmClock.cancel()
                // A peer can make links and addresses change all the time: that is looked at ten times a
                // second at most.
                try? await Task.sleep(until: now + .milliseconds(100), clock: .continuous)
            }
            tasks.cancelAll()
        }
    }

    /// No frame that begins meanwhile is due before the loop looks again.
    private var longestSleep: Duration { min(Self.longestSleep, configuration.frameTimeout / 2) }

    /// Has the loop look soon who is to be dialled: links or addresses have changed.
    nonisolated func wake() { alarm.continuation.yield() }

    /// Notes what `source` says of others, or of itself.
    func learn(_ addresses: [(account: Address, endpoint: Endpoint)], from source: Address) {
        for (account, endpoint) in addresses where account != configuration.account {
            book.learn(endpoint, of: account, from: source)
        }
        wake()
    }

    /// Those of `addresses` at which this node has itself found the accounts that are said to be
    /// there: only these are worth telling others.
    func reached(
        _ addresses: [(account: Address, endpoint: Endpoint)]
    ) -> [(account: Address, endpoint: Endpoint)] {
        addresses.filter { book.isReached($0.account, at: $0.endpoint) }
    }

    /// Dials once, and stays until the link ends.
    private func dial(_ candidate: AddressBook.Candidate, for network: PeerNetwork) async {
        let endpoint = candidate.endpoint
        var hasGreeted = false
        do {
            let connection = try await ClientConnection.connect(
                host: endpoint.host, port: endpoint.port,
                security: .mutual(configuration.identity, policy), eventLoopGroup: group,
                log: log, limits: configuration.limits)
            hasGreeted = try await use(connection, candidate, for: network)
        } catch {
            noteUnreachable(endpoint, error)
        }
        book.ended(candidate, hasGreeted: hasGreeted, at: .now)
        wake()
    }

    /// Looks who has answered, and links with it if that is wanted. Returns whether it is what was
    /// looked for, and has greeted if it had to.
    private func use(
        _ connection: ClientConnection, _ candidate: AddressBook.Candidate,
        for network: PeerNetwork
    ) async throws -> Bool {
        defer { connection.close() }
        guard let peer = network.member(with: connection.peer) else { return false }
        let answer = book.reached(peer.account, at: candidate)
        guard peer.account != configuration.account else {
            book.forget(candidate.endpoint)
            return false
        }
        guard answer == .expected else {
            log.isAnothers(candidate.endpoint, peer.account)
            return false
        }
        refusers.remove(candidate.endpoint)
        let isLinked = await network.linkedAccounts?.contains(peer.account) ?? true
        guard candidate.purpose == .link, !isLinked else { return true }
        return try await network.link(
            over: connection, with: peer, at: candidate.endpoint.description)
    }

    /// A node that is away is no news; one that refuses this node is, once.
    private func noteUnreachable(_ endpoint: Endpoint, _ error: any Error) {
        guard case .refusedByPeer(let reason)? = error as? TransportError else {
            return log.hasNoLink(with: endpoint, error)
        }
        guard refusers.note(endpoint) else { return }
        log.isRefused(by: endpoint, reason)
    }
}

/// Where this node's certificate was refused. There are as many as the address book has room for: a node
/// that is refused everywhere dials ever new addresses. Beyond that all are forgotten, and may be told
/// of once more.
struct Refusers {
    private(set) var endpoints: Set<Endpoint> = []

    /// Notes that `endpoint` refuses; whether that is new.
    mutating func note(_ endpoint: Endpoint) -> Bool {
        guard !endpoints.contains(endpoint) else { return false }
        if endpoints.count >= AddressBook.capacity { endpoints.removeAll() }
        endpoints.insert(endpoint)
        return true
    }

    /// Notes that `endpoint` does not refuse any more.
    mutating func remove(_ endpoint: Endpoint) { endpoints.remove(endpoint) }
}
