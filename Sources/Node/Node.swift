import API
import App
import Ledger
import Market
package import Logging
import NIOCore
import NIOPosix
import Peering
import Protocol
import Replica
import ServiceLifecycle
import Storage
import Transport
import Keys

/// One node: the replica, its links, its store, its role, and the servers for people and programs.
/// This is the only place where they are put together.
package final class Node: Service {
    /// What the node was told.
    package let configuration: NodeConfiguration
    let secrets: NodeSecrets
    let store: ChainStore
    let network: PeerNetwork
    let latest: LatestSnapshot
    let feed = BlockFeed()
    let submissions: PendingSubmissions
    let monitor: NodeMonitor
    let clock: NodeClock
    let logger: Logger
    let log: LimitedLog
    /// The event loops of the ports for people and programs.
    let group: MultiThreadedEventLoopGroup
    /// The event loop of the members' links: what clients do must not hold up agreement.
    private let links: MultiThreadedEventLoopGroup
    let requests: OwnerRequests
    let scheme: CachingSignatureScheme
    /// The certificate of the API; nil without one.
    let certificates: CertificateWatch?
    let queue = EventQueue()
    private let places: ConnectionPlaces
    private let meterGate = MeterGate()
    private let role: HostedRole?
    /// Where the role's books are.
    var roleStore: HostedRole.Store { role?.store ?? .none }
    private let blockServer: BlockServer
    /// The community's figures, of an aggregator's node.
    let community: CommunityMeters?
    /// Tells an aggregator's households what they hear of nobody else.
    private let teller: HouseholdTeller?
    private let replica: ReplicaState
    private let outbound: Outbound

    /// Reads the keys, opens the store and the ports.
    ///
    /// Throws one line about what is wrong: a file that is missing or not what it should be, a
    /// directory in use or of another chain, a port in use. Nothing has been changed then. A debug
    /// build can be corrupted.
    package init(
        _ configuration: NodeConfiguration, logger: Logger, corruption: Corruption? = nil
    ) async throws {
        (self.configuration, self.logger) = (configuration, logger)
        clock = NodeClock(offsetSeconds: configuration.faults.clockOffsetSeconds)
        let (genesis, secrets, source) = try Self.readFiles(configuration)
        self.secrets = secrets
        (group, links) = (.init(numberOfThreads: 1), .init(numberOfThreads: 1))
        log = LimitedLog(logger, eventLoop: group.next())
        certificates = try CertificateWatch.make(configuration, log: logger, clock: clock)
        // A node that runs already is told by its directory; nothing changes on disk before a port.
        try ChainStore.checkIsFree(directory: configuration.dataDirectory)
        try await PortCheck(group: group).check(configuration)
        store = try ChainStore.open(directory: configuration.dataDirectory, genesis: genesis)
        scheme = CachingSignatureScheme(Secp256k1())
        let resumption = try await Self.resume(store, configuration, scheme, logger)
        let (head, state) = (resumption.chain.head, resumption.chain.state)
        places = ConnectionPlaces(configured: configuration.p2p.connections)
        latest = LatestSnapshot(NodeSnapshot(head: head, state: state))
        (submissions, requests) = (PendingSubmissions(queue: queue), OwnerRequests(queue: queue))
        monitor = NodeMonitor(log: log, head: head, domain: store.domain, scheme: scheme)
        let key = configuration.role == .validator ? secrets.account : nil
        #if DEBUG
            let domain = store.domain
            let byzantine = key.flatMap { key in corruption.map { $0(key, domain) } }
            let signer = byzantine?.signer ?? key
        #else
            let signer = key
        #endif
        replica = ReplicaState(
            ReplicaConfiguration(address: secrets.account?.address ?? .zero, signer: signer),
            from: resumption, at: clock.now())
        network = PeerNetwork(
            configuration: Self.peering(
                configuration, secrets, store, places: places.count(members: state.memberCount)),
            membership: latest.membership, role: latest.role,
            isFinal: latest.isFinal(in: store.domain, scheme: scheme),
            events: LinkEvents(queue: queue, meterGate: meterGate), scheme: scheme, group: links,
            log: log)
        #if DEBUG
            outbound = Outbound(network: network, byzantine: byzantine)
        #else
            outbound = Outbound(network: network)
        #endif
        blockServer = BlockServer(store: store, network: network, monitor: monitor)
        role = try HostedRole.make(
            configuration, secrets: secrets, head: head.block.header, state: state, source: source,
            at: clock.now())
        (community, teller) = Self.telling(role, secrets, latest, clock, network, log)
    }

    /// Runs until it is told to stop or cannot go on; then everything is closed in order.
    package func run() async throws {
        do {
            try await network.listen()
        } catch {
            throw NodeError("cannot listen for other nodes on \(listenText): \(error)")
        }
        let servers = try await APIServers.open(for: self)
        logger.notice("\(configuration.name) runs", metadata: runningMetadata)
        let result = await runParts()
        // Clients that follow the chain are told that it ends here before their port closes.
        feed.finish()
        await servers.close()
        await network.stop()
        log.close()
        try await group.shutdownGracefully()
        try await links.shutdownGracefully()
        try result.get()
        try store.close()
        logger.notice("\(configuration.name) has stopped")
    }

    /// Runs all parts until one ends; the loop itself ends last, after its queue.
    private func runParts() async -> Result<Void, any Error> {
        await withTaskGroup(of: Result<Void, any Error>.self) { parts in
            parts.addTask { await self.runLoop() }
            parts.addTask { await self.stopAtShutdown() }
            parts.addTask { await self.during { await self.network.run() } }
            parts.addTask { await self.during { await self.blockServer.run() } }
            if let teller = self.teller {
                parts.addTask { await self.during { await teller.run() } }
            }
            if let certificates = self.certificates {
                parts.addTask { await self.during { await certificates.run() } }
            }
            let first = await parts.next() ?? .success(())
            parts.cancelAll()
            submissions.close()
            requests.close()
            meterGate.close()
            await parts.waitForAll()
            return first
        }
    }

    private func runLoop() async -> Result<Void, any Error> {
        var loop = NodeLoop(
            replica: replica, role: role,
            dependencies: NodeLoop.Dependencies(
                store: store, network: network, outbound: outbound, blockServer: blockServer,
                teller: teller, timers: links.next(), queue: queue, meterGate: meterGate,
                submissions: submissions, requests: requests, places: places, latest: latest,
                feed: feed,
                monitor: monitor, times: monitor.times, clock: clock, log: log,
                account: secrets.account?.address ?? .zero))
        do {
            try await loop.run()
            return .success(())
        } catch let error as NodeError {
            logger.critical("stopping, since this node cannot go on: \(error)")
            return .failure(error)
        } catch {
            logger.critical("stopping, since nothing may be said that is not stored: \(error)")
            return .failure(error)
        }
    }

    private func stopAtShutdown() async -> Result<Void, any Error> {
        // Ends by shutdown or by cancellation; either way the node stops.
        try? await gracefulShutdown()
        return .success(())
    }

    private func during(_ work: () async -> Void) async -> Result<Void, any Error> {
        await work()
        return .success(())
    }
}

extension Node {
    /// What an aggregator tells of its community, and how; nothing on another's node.
    private static func telling(
        _ role: HostedRole?, _ secrets: NodeSecrets, _ latest: LatestSnapshot,
        _ clock: NodeClock, _ network: PeerNetwork, _ log: LimitedLog
    ) -> (CommunityMeters?, HouseholdTeller?) {
        guard case .aggregator(let books)? = role?.store, let account = secrets.account else {
            return (nil, nil)
        }
        let community = CommunityMeters(
            books: books, account: account.address, latest: latest, now: { clock.now() })
        let teller = HouseholdTeller(
            books: books, community: community, network: network, log: log)
        return (community, teller)
    }

    /// Reads every file that `configuration` names, and says as the start would what is wrong with
    /// them; what the ledger knows beyond its genesis is seen when it is opened. Changes nothing.
    package static func check(_ configuration: NodeConfiguration) throws {
        _ = try readFiles(configuration)
    }

    private static func readFiles(
        _ configuration: NodeConfiguration
    ) throws -> (Genesis, NodeSecrets, MeterSource?) {
        let genesis = try readGenesis(configuration.genesisFile)
        let secrets = try NodeSecrets.read(configuration)
        try check(configuration, secrets, genesis)
        let account = secrets.account?.address
        let member = genesis.members.first { $0.account == account }
        let source = try configuration.meter.map {
            try $0.openSource(connection: member?.ratedPower)
        }
        return (genesis, secrets, source)
    }

    /// Reads the genesis; throws, naming the file, if no chain can begin with what it says.
    private static func readGenesis(_ file: String) throws -> Genesis {
        let genesis = try GenesisFile.read(file)
        do throws(GenesisError) {
            _ = try GenesisBlock.make(genesis)
        } catch {
            throw ConfigurationError(source: file, problem: "\(error)")
        }
        return genesis
    }

    /// Throws if the account, the meter or the certificate is not what the chain knows.
    private static func check(
        _ configuration: NodeConfiguration, _ secrets: NodeSecrets, _ genesis: Genesis
    ) throws(ConfigurationError) {
        guard configuration.role == .validator, let account = secrets.account else { return }
        guard let member = genesis.members.first(where: { $0.account == account.address }) else {
            return
        }
        guard member.certificateHash == secrets.certificateHash else {
            throw ConfigurationError(
                source: configuration.tls.certificate,
                problem: """
                    its SHA-256 is \(secrets.certificateHash), but the genesis knows \
                    \(account.address) by \(member.certificateHash)
                    """)
        }
    }

    /// From what is stored, how the replica goes on; what it has lost of its votes is written down and
    /// said first.
    private static func resume(
        _ store: ChainStore, _ configuration: NodeConfiguration, _ scheme: CachingSignatureScheme,
        _ logger: Logger
    ) async throws -> Resumption {
        let (resumption, notice) = try await store.resumption(
            hasNeverVoted: takeMark(of: configuration), scheme: scheme)
        if let votingRight = resumption.toPersist { try await store.append(votingRight) }
        if let notice { logger.warning("\(notice)") }
        return resumption
    }

    /// Whether the key of a validator was marked as one that has never voted. It is marked no more.
    private static func takeMark(of configuration: NodeConfiguration) throws(NodeError) -> Bool {
        guard configuration.role == .validator, let account = configuration.account else {
            return false
        }
        let mark = NeverVotedMark(keystore: account.keystore)
        do throws(FileError) {
            return try mark.take()
        } catch {
            throw NodeError(
                """
                \(error); the file says that this validator has never voted, and has to be gone \
                before it votes: let this node change the directory, or remove the file by hand
                """)
        }
    }

    private static func peering(
        _ configuration: NodeConfiguration, _ secrets: NodeSecrets, _ store: ChainStore,
        places: Int
    ) -> PeeringConfiguration {
        let settings = configuration.p2p
        var limits = PeeringConfiguration.usualLimits
        limits.connections = places
        return PeeringConfiguration(
            listen: settings.listen, identity: secrets.identity,
            account: secrets.account?.address ?? .zero,
            hello: Hello(
                chainID: store.genesis.chainID, genesisHash: store.genesisHash,
                endpoint: settings.advertised?.description ?? "",
                agent: "busbar/\(BusbarVersion.text)"),
            seeds: settings.peers, keepsAllSeeds: configuration.role == .validator,
            linkTarget: settings.links, limits: limits)
    }

    private var listenText: String { configuration.p2p.listen?.description ?? "no port" }

    private var runningMetadata: Logger.Metadata {
        [
            "role": "\(configuration.role.rawValue)", "chain": "\(store.genesis.chainID)",
            "height": "\(latest.current.height)",
            "account": "\(secrets.account?.address.description ?? "none")",
            "p2p": "\(listenText)",
        ]
    }
}
