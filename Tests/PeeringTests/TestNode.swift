import Logging
import NIOCore
import NIOPosix
import Peering
import Protocol
import Synchronization
import TestKit
import Transport
import Keys

/// A node of which only the links are real.
final class TestNode: Sendable {
    let network: PeerNetwork
    let recorder: Recorder
    let account: Address
    let certificate: NodeCertificate
    let port: Int

    static let chainID: UInt64 = 77_001

    static func start(
        number: UInt32, in community: Community, listens: Bool = true,
        certificate: NodeCertificate? = nil, chainID: UInt64 = chainID, genesisHash: Hash32 = .zero,
        seeds: [Endpoint] = [], port: Int = 0, advertised: String = "", keepsAllSeeds: Bool = true,
        greetingTimeout: Duration = .seconds(10), frameTimeout: Duration = .seconds(10),
        scheme: any SignatureScheme = Secp256k1(), share: PeerShare? = nil,
        visits: VisitLimits = .none
    ) async throws -> TestNode {
        let certificate =
            try certificate
            ?? NodeCertificate(selfSigned: CertificateSubject(commonName: "node \(number)"))
        let account = Address(reserved: number)
        let recorder = Recorder()
        let identity = try TLSIdentity(
            certificatePEM: certificate.certificatePEM, privateKeyPEM: certificate.keyPEM)
        let hello = Hello(
            chainID: chainID, genesisHash: genesisHash, endpoint: advertised, agent: "test")
        var configuration = PeeringConfiguration(
            listen: listens ? Endpoint(host: "127.0.0.1", port: port) : nil, identity: identity,
            account: account, hello: hello, seeds: seeds, keepsAllSeeds: keepsAllSeeds)
        configuration.longestBackoff = .milliseconds(500)
        configuration.greetingTimeout = greetingTimeout
        configuration.frameTimeout = frameTimeout
        configuration.visits = visits
        if let share { configuration.share = { _ in share } }
        let network = PeerNetwork(
            configuration: configuration, membership: { community.membership(of: $0) },
            role: { community.role(of: $0) }, isFinal: { community.isFinal($0, $1) },
            events: recorder, scheme: scheme,
            group: MultiThreadedEventLoopGroup.singleton, log: LimitedLog(Logger(label: "test")))
        let port = try await network.listen() ?? 0
        return TestNode(
            network: network, recorder: recorder, account: account, certificate: certificate,
            port: port)
    }

    private init(
        network: PeerNetwork, recorder: Recorder, account: Address, certificate: NodeCertificate,
        port: Int
    ) {
        self.network = network
        self.recorder = recorder
        self.account = account
        self.certificate = certificate
        self.port = port
    }

    /// The certificate and its key, for a client that speaks for the node as it likes.
    func identity() throws -> TLSIdentity {
        try TLSIdentity(
            certificatePEM: certificate.certificatePEM, privateKeyPEM: certificate.keyPEM)
    }

    var endpoint: Endpoint { Endpoint(host: "127.0.0.1", port: port) }
}

extension VisitLimits {
    /// Nobody who is suspended is let in.
    static let none = VisitLimits(
        most: 0, time: .zero, interval: .zero, share: PeerShare.usual(of: nil))
}

/// Whose certificates are known.
final class Community: Sendable {
    private let members = Mutex<[Hash32: Membership]>([:])
    private let roles = Mutex<[Address: MemberRole]>([:])
    private let fading = Mutex<Set<Hash32>>([])
    private let finality = Mutex<PeerNetwork.FinalityCheck>({ _, _ in true })

    func add(_ node: TestNode) {
        add(node.certificate, as: node.account)
    }

    func add(_ certificate: NodeCertificate, as account: Address) {
        members.withLock { $0[certificate.fingerprint] = .member(account) }
    }

    /// What a member is: a validator unless it was said otherwise.
    func role(of account: Address) -> MemberRole? {
        roles.withLock { $0[account] } ?? .validator
    }

    /// Whether a block is final by its certificate: each is, unless it was said otherwise.
    func isFinal(_ header: BlockHeader, _ certificate: Certificate) -> Bool {
        finality.withLock { $0 }(header, certificate)
    }

    func setFinality(_ check: @escaping PeerNetwork.FinalityCheck) {
        finality.withLock { $0 = check }
    }

    func set(_ role: MemberRole, of account: Address) {
        roles.withLock { $0[account] = role }
    }

    func suspend(_ node: TestNode) {
        members.withLock { $0[node.certificate.fingerprint] = .suspended(node.account) }
    }

    /// Makes `node` a member again.
    func reinstate(_ node: TestNode) { add(node) }

    /// Suspends `node` once its certificate has been looked up once more.
    func suspendAfterNextLook(_ node: TestNode) {
        fading.withLock { _ = $0.insert(node.certificate.fingerprint) }
    }

    func membership(of hash: Hash32) -> Membership {
        members.withLock { members in
            let membership = members[hash] ?? .stranger
            if case .member(let account) = membership, fading.withLock({ $0.remove(hash) != nil }) {
                members[hash] = .suspended(account)
            }
            return membership
        }
    }
}

/// Remembers what happened on a node's links.
final class Recorder: PeerEvents {
    struct Log {
        var linked: Set<Address> = []
        var connections = 0
        var messages: [WireMessage] = []
    }

    private let log = Mutex(Log())
    private let usefulness = Mutex<Bool?>(nil)

    /// The tickets of messages that wait to be dealt with; nil where none are kept.
    private let waiting = Mutex<[FrameTicket]?>(nil)

    /// Settles each replica message from now on as one that was of use, or of none.
    func settles(useful: Bool) { usefulness.withLock { $0 = useful } }

    /// Lets replica messages wait from now on, as a loop does that has much to do.
    func keepsWaiting() { waiting.withLock { $0 = [] } }

    /// Settles those that wait as ones that were of use.
    func dealWithWaiting() {
        let tickets = waiting.withLock { tickets in
            defer { tickets = [] }
            return tickets ?? []
        }
        for ticket in tickets { ticket.settle(handling: .zero, answers: 0, wasOfUse: true) }
    }

    var current: Log { log.withLock { $0 } }

    func connected(_ peer: Address) async {
        log.withLock {
            $0.linked.insert(peer)
            $0.connections += 1
        }
    }

    func disconnected(_ peer: Address) async {
        log.withLock { _ = $0.linked.remove(peer) }
    }

    func received(
        _ message: ReplicaMessage, from peer: Address, _ ticket: FrameTicket
    ) async {
        waiting.withLock { tickets in
            if tickets != nil { tickets?.append(ticket) }
        }
        log.withLock { $0.messages.append(.replica(message)) }
        if let isUseful = usefulness.withLock({ $0 }) {
            ticket.settle(handling: .zero, answers: 0, wasOfUse: isUseful)
        }
    }

    func received(_ message: MeterMessage, from peer: Address) async {
        log.withLock { $0.messages.append(.meter(message)) }
    }

    /// Waits until what happened satisfies `condition`; false after a minute.
    func wait(_ condition: @Sendable (Log) -> Bool) async -> Bool {
        (try? await eventually { condition(current) }) ?? false
    }
}
