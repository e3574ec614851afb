import Client
import Foundation
import Glibc
import Keys
import Protocol
import Synchronization
import TestKit
import Testing

@testable import Testnet

/// A member with a program of its own that sends a validator what is well-formed and of no use, as fast
/// as it is let: what that costs the validator's process, by the system's count.
@Suite(.serialized) struct PeerFloodTests {
    /// What the validator did in so many seconds.
    private struct Cost {
        var core: Double
        var megabytes: Double
    }

    private static let seconds = 4.0

    @Test func `whatever a member sends, a validator's process hardly notices`() async throws {
        try await RunningTestnet.with(
            ["--validators", "1", "--households", "0"],
            manifest: RunningTestnet.quietManifest
        ) { running in
            let testnet = try Testnet(TestnetDirectory(running.directory))
            let attacked = try AttackedTestnet(testnet)
            let member = try testnet.registerAttackMember()
            let pid = try running.pid("v1")
            let port = try attacked.node("v1").p2pPort
            for (name, messages) in try Self.floods(of: member, chain: attacked) {
                let idle = try await Self.cost(of: pid) {}
                let flood = PeerFlood()
                let cost = try await Self.cost(of: pid) {
                    flood.begin(messages) {
                        try PeerLink(to: port, as: member, greeting: attacked.hello())
                    }
                }
                flood.end()
                let core = cost.core - idle.core
                print(
                    "peer flood, \(name): \(Figures.rounded(core * 100)) % of a core, "
                        + "\(Figures.rounded(cost.megabytes)) MB more, \(flood.sent) messages "
                        + "over \(flood.links) links")
                #expect(flood.sent > 0, "\(name)")
                // A link that ended may begin again after 1 s, then after 2.
                #expect(flood.links <= 4, "\(name)")
                #expect(core <= Self.mostCore, "\(name)")
                #expect(cost.megabytes <= 24, "\(name)")
            }
            let status = try testnet.client(try attacked.node("v1")).get("/api/v1/status")
            #expect(status["genesisHash"] != nil)
        }
    }

    /// A share and what may be ahead of it, and the links' own cost; a debug build's code takes several
    /// times as long.
    private static var mostCore: Double {
        #if DEBUG
            0.45
        #else
            0.05 + 0.25 / seconds + 0.05
        #endif
    }

    private static func cost(of pid: pid_t, _ begin: () -> Void) async throws -> Cost {
        let (core, memory) = (try processorSeconds(of: pid), try residentBytes(of: pid))
        let start = ContinuousClock.now
        begin()
        try await Task.sleep(for: .seconds(seconds))
        let elapsed = start.duration(to: .now) / .seconds(1)
        return Cost(
            core: (try processorSeconds(of: pid) - core) / elapsed,
            megabytes: Double(try residentBytes(of: pid) - memory) / 1_000_000)
    }

    private static func processorSeconds(of pid: pid_t) throws -> Double {
        let stat = try String(contentsOfFile: "/proc/\(pid)/stat", encoding: .utf8)
        let fields = try #require(stat.split(separator: ")").last).split(separator: " ")
        let ticks = try [11, 12].map { try #require(Int(fields[$0])) }.reduce(0, +)
        return Double(ticks) / Double(sysconf(Int32(_SC_CLK_TCK)))
    }

    private static func residentBytes(of pid: pid_t) throws -> Int {
        let text = try String(contentsOfFile: "/proc/\(pid)/statm", encoding: .utf8)
        return try #require(text.split(separator: " ").dropFirst().first.flatMap { Int($0) })
            * sysconf(Int32(_SC_PAGESIZE))
    }

    /// What is sent, by name: each list of frames again and again.
    private static func floods(
        of member: AttackMember, chain: AttackedTestnet
    ) throws -> [(name: String, messages: [WireMessage])] {
        let strangers = (0..<200).map { _ in PrivateKey.random() }
        let transactions = try strangers.map { key in
            try VerifiedTransaction(
                Transaction(
                    chainID: chain.testnet.endpoints.chainId, nonce: 0, to: NativeContract.market,
                    data: Bytes(repeating: 1, count: 100)
                ).signed(by: key))
        }
        let header = BlockHeader(
            parentHash: .zero, number: 2, timestamp: Timestamp(milliseconds: 1), proposer: .zero,
            stateRoot: .zero, transactionsRoot: Block.transactionsRoot(of: transactions),
            receiptsRoot: .zero, logsBloom: LogsBloom(), gasUsed: 0, nextValidatorsHash: .zero)
        let seal = member.account.sign(header.hash)
        let certificate = Certificate(round: 0, seals: [seal])
        let head = CertifiedHead(
            head: ChainHead(height: 1_000, hash: header.hash), certificate: certificate)
        let hashes = (0..<Limits.announcedTransactions).map {
            Keccak256.hash(UInt32($0).bigEndianBytes)
        }
        let floods: [(String, [ReplicaMessage])] = [
            (
                "blocks that are none",
                [
                    .finalBlock(
                        FinalBlock(
                            block: Block(header: header, transactions: transactions),
                            certificate: certificate))
                ]
            ),
            ("transactions of strangers", [.transactions(transactions)]),
            ("announcements of lies", [.transactionsAnnounced(hashes)]),
            ("requests for blocks", [.blocksRequest(from: 1, count: 128)]),
            (
                "requests for transactions",
                [
                    .transactionsRequest(
                        number: 1, hashes: Array(hashes.prefix(Limits.requestedTransactions)))
                ]
            ),
            ("heads that are none", [.head(head)]),
        ]
        return floods.map { ($0, $1.map(WireMessage.replica)) }
    }
}

/// A flood from a thread of its own, which ends with the measurement.
private final class PeerFlood: Sendable {
    private let state = Mutex((sent: 0, links: 0, isOver: false))

    var sent: Int { state.withLock { $0.sent } }
    var links: Int { state.withLock { $0.links } }
    private var isOver: Bool { state.withLock { $0.isOver } }

    func end() { state.withLock { $0.isOver = true } }

    /// Sends `messages` in turn, over a new link whenever one has ended.
    func begin(_ messages: [WireMessage], _ connect: @escaping @Sendable () throws -> PeerLink) {
        Thread.detachNewThread { [self] in
            while !isOver {
                if let link = try? connect() {
                    state.withLock { $0.links += 1 }
                    send(messages, over: link)
                    link.close()
                }
                Thread.sleep(forTimeInterval: 0.1)
            }
        }
    }

    private func send(_ messages: [WireMessage], over link: PeerLink) {
        do throws(SocketFailure) {
            while !isOver {
                for message in messages {
                    try link.send(message)
                    state.withLock { $0.sent += 1 }
                }
                try link.connection.takeWaiting()
            }
        } catch {
            // The node has ended the link, or takes no more of it for now.
            return
        }
    }
}
