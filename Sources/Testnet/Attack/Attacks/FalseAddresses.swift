import Client
import Console
import Keys
import Protocol

/// Members that claim the addresses of validators and of the aggregator as their own, in their
/// greetings and in what they tell of others, to every node that dials these; then all links of the
/// testnet are reset at once, but for the attackers' own.
struct FalseAddresses: MemberAttack {
    let number = "n1"
    let title = "false addresses, and a reset of all links"
    let ground = AttackGround.proxied
    /// Each holds two links with a node, and a node dials four others at most.
    let members = 2

    /// How long before the links are reset, and how long until they are again, in seconds.
    private static let first = 3.0
    private static let interval = 12.0

    func run(against testnet: AttackedTestnet, _ effort: AttackEffort) throws {
        let members = try (0..<members).map { _ in try testnet.members.take() }
        let table = try ProxyTable(file: testnet.testnet.directory.proxies)
        var links: [PeerLink] = []
        for node in testnet.testnet.nodes {
            let dialled = table.proxies.filter { $0.from == node.name }.map { proxy in
                "127.0.0.1:\(proxy.port)"
            }
            for (index, claim) in dialled.enumerated() {
                let member = members[index / 2 % members.count]
                // A node that does not run has no links to lose.
                guard
                    let link = try? Self.link(
                        to: node, as: member, claiming: claim, dialled, testnet)
                else { continue }
                links.append(link)
                effort.count("claims")
            }
        }
        var perturbation = Perturbation(testnet.testnet)
        var next = ContinuousClock.now + .seconds(Self.first)
        while !effort.isOver {
            for link in links { try? link.connection.takeWaiting() }
            if ContinuousClock.now >= next {
                _ = try perturbation.perform(.reset, on: ["*"])
                effort.count("resets of all links")
                next = .now + .seconds(Self.interval)
            }
            Terminal.pause(milliseconds: 100)
        }
    }

    private static func link(
        to node: EndpointsFile.Node, as member: AttackMember, claiming claim: String,
        _ all: [String], _ testnet: AttackedTestnet
    ) throws -> PeerLink {
        let link = try PeerLink(
            to: node.p2pPort, as: member, from: member.address,
            greeting: testnet.hello(endpoint: claim))
        let told = all.map { endpoint in
            PeerEndpoint(
                certificateHash: Keccak256.hash(Bytes.random(count: 32)), endpoint: endpoint)
        }
        try link.send(.link(.peers(told)))
        return link
    }
}

/// As many links as a member can open, from as many addresses, half of them without a greeting.
struct ManyLinks: MemberAttack {
    let number = "n7"
    let title = "as many links as one certificate can hold"

    private static let perSecond = 50.0
    /// How many links the protocol lets a certificate have.
    private static let most = 2

    func run(against testnet: AttackedTestnet, _ effort: AttackEffort) throws {
        let member = try testnet.members.take()
        let port = try testnet.node(target).p2pPort
        var links: [PeerLink] = []
        var pace = Pace(perSecond: effort.isShort ? 10 : Self.perSecond)
        var turn = 0
        while !effort.isOver {
            pace.wait()
            turn += 1
            let hello = turn.isMultiple(of: 2) ? testnet.hello() : nil
            let link = try? PeerLink(
                to: port, as: member, from: .stranger(40_000 + turn % 500), greeting: hello)
            guard let link else {
                effort.count("links refused")
                continue
            }
            links.append(link)
            effort.count("links")
            if turn.isMultiple(of: 10) { links.removeAll { !Self.stands($0) } }
        }
        links.removeAll { !Self.stands($0) }
        effort.claim(
            "links of one certificate", links.count <= Self.most, "\(links.count)",
            limit: "\(Self.most)")
    }

    private static func stands(_ link: PeerLink) -> Bool {
        (try? link.connection.takeWaiting()) != nil && link.connection.tls.socket.isConnected
    }
}
