import Client
import Console
import FoundationEssentials
import Keys
import Protocol

/// A household that gives a node, which has lost its ledger and catches up, one block each 2.9 s, after
/// it was first to tell it how far the ledger is.
struct DripFeed: MemberAttack {
    let number = "n6"
    let title = "blocks by drops for a node that catches up"
    let target = "v1"
    let stops: Set<String> = ["exchange"]
    let leavesTraders = true
    let members = 0

    /// How long it waits with each block, so that it is not taken for dead, in seconds.
    private static let drop = 2.9
    /// How much longer than without the attack the newcomer may take, in seconds.
    private static let allowance = 5.0
    private static let newcomer = "exchange"

    func run(against testnet: AttackedTestnet, _ effort: AttackEffort) throws {
        // The newcomer knows no members but those of the first block.
        let household = try Self.household("h02", in: testnet)
        let calm = try Self.restart(testnet) { _ in }
        var feeder = try Feeder(household, testnet)
        let fed = try Self.restart(testnet) { process in
            try feeder.feed(process, effort)
        }
        effort.count("blocks given by drops", feeder.given)
        effort.count("requests for blocks", feeder.requests)
        effort.claim(
            "caught up under drops", fed <= calm + Self.allowance,
            "\(Figures.rounded(fed)) s", limit: "\(Figures.rounded(calm + Self.allowance)) s")
    }

    /// A household of the first block, whose program was changed.
    private static func household(
        _ name: String, in testnet: AttackedTestnet
    ) throws -> AttackMember {
        let tls = testnet.testnet.directory.node(name) + "/tls/node"
        let certificate = try NodeCertificate(
            certificatePEM: DurableFile.read(at: tls + ".pem"),
            keyPEM: DurableFile.read(at: tls + "-key.pem"))
        return AttackMember(
            account: try testnet.node(name).key(), meter: .random(),
            context: try BlockingTLSContext(showing: certificate), address: .stranger(30_000))
    }

    /// Starts the newcomer without a ledger, and calls `meanwhile` until it has all blocks that the
    /// others had; how long that took, in seconds.
    private static func restart(
        _ testnet: AttackedTestnet, _ meanwhile: (EndpointsFile.Node) throws -> Void
    ) throws -> Double {
        let node = try testnet.node(newcomer)
        let process = testnet.testnet.process(newcomer)
        NodeProcess.stop([process])
        let files = FileManager.default
        for file in try files.contentsOfDirectory(atPath: node.data)
        where file.hasPrefix("chain.sqlite") {
            try files.removeItem(atPath: node.data + "/" + file)
        }
        let height = testnet.testnet.height(of: try testnet.node("v1")) ?? 0
        let begin = ContinuousClock.now
        _ = try process.start()
        while (testnet.testnet.height(of: node) ?? 0) < height {
            guard ContinuousClock.now < begin + .seconds(60) else { break }
            try meanwhile(node)
            Terminal.pause(milliseconds: 5)
        }
        return (ContinuousClock.now - begin) / .seconds(1)
    }

    /// Who gives the drops.
    private struct Feeder {
        private let household: AttackMember
        private let testnet: AttackedTestnet
        private var blocks: [UInt64: FinalBlock] = [:]
        private var link: PeerLink?
        private var nextDrop = ContinuousClock.now
        private var asked: UInt64?
        var given = 0
        var requests = 0

        init(_ household: AttackMember, _ testnet: AttackedTestnet) throws {
            self.household = household
            self.testnet = testnet
            // The household's own node is linked there too: this link may be the one that has to go.
            for _ in 0..<5 where blocks.isEmpty { try? fetch(from: testnet.node("v2")) }
            guard !blocks.isEmpty else {
                throw CommandFailure(.failed, "no node gives the blocks that are to be dripped")
            }
        }

        /// Has the node give its blocks, from the first on.
        private mutating func fetch(from node: EndpointsFile.Node) throws(SocketFailure) {
            let link = try PeerLink(
                to: node.p2pPort, as: household, from: household.address,
                greeting: testnet.hello(), listens: true)
            defer { link.close() }
            let deadline = ContinuousClock.now + .seconds(5)
            var isWhole = false
            try link.send(.replica(.blocksRequest(from: 1, count: Limits.syncBlocks)))
            while !isWhole, ContinuousClock.now < deadline {
                for case .replica(.blocks(let some)) in try link.takeMessages() {
                    for block in some { blocks[block.block.number] = block }
                    isWhole = some.isEmpty
                    let next = UInt64(blocks.count) + 1
                    let request = ReplicaMessage.blocksRequest(from: next, count: Limits.syncBlocks)
                    if !isWhole { try link.send(.replica(request)) }
                }
                Terminal.pause(milliseconds: 5)
            }
        }

        /// Links with the newcomer as soon as it listens, tells of the last block that is here, and
        /// answers.
        mutating func feed(_ node: EndpointsFile.Node, _ effort: AttackEffort) throws {
            do throws(SocketFailure) {
                let open: PeerLink
                if let link {
                    open = link
                } else {
                    open = try greet(node)
                    effort.count("links with the newcomer")
                }
                link = open
                for case .replica(.blocksRequest(let from, _)) in try open.takeMessages() {
                    requests += 1
                    asked = from
                }
                guard let from = asked, ContinuousClock.now >= nextDrop, let block = blocks[from]
                else { return }
                nextDrop = .now + .seconds(DripFeed.drop)
                asked = nil
                try open.send(.replica(.blocks([block])))
                given += 1
            } catch {
                link = nil
            }
        }

        private func greet(_ node: EndpointsFile.Node) throws(SocketFailure) -> PeerLink {
            let link = try PeerLink(
                to: node.p2pPort, as: household, from: household.address,
                greeting: testnet.hello(), listens: true)
            guard let last = blocks.values.max(by: { $0.block.number < $1.block.number }) else {
                return link
            }
            let head = ChainHead(height: last.block.number, hash: last.block.hash)
            try link.send(
                .replica(.head(CertifiedHead(head: head, certificate: last.certificate))))
            return link
        }
    }
}
