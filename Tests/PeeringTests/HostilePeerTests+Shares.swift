import Logging
import NIOPosix
import Protocol
import Synchronization
import TestKit
import Testing
import Transport

@testable import Peering

// What costs work: blocks that are none, and messages that are well-formed and of no use.
extension HostilePeerTests {
    private static let household = Address(reserved: 2)

    /// A final block of some transactions, as a household may hand one over.
    private func finalBlock(altered: Bool = false) throws -> FinalBlock {
        let transactions = try (0..<20).map { try transaction(nonce: $0) }
        let header = BlockHeader(
            parentHash: .zero, number: 1, timestamp: Timestamp(milliseconds: 1),
            proposer: .zero, stateRoot: .zero,
            transactionsRoot: Block.transactionsRoot(of: transactions),
            receiptsRoot: .zero, logsBloom: LogsBloom(), gasUsed: 0, nextValidatorsHash: .zero)
        let key = try #require(PrivateKey(secret: Bytes(repeating: 3, count: 32)))
        return FinalBlock(
            block: Block(
                header: header,
                transactions: altered ? Array(transactions.dropLast()) : transactions),
            certificate: Certificate(round: 0, seals: [key.sign(header.hash)]))
    }

    private func transaction(nonce: UInt64) throws -> VerifiedTransaction {
        let key = try #require(PrivateKey(secret: Bytes(repeating: 9, count: 32)))
        return try VerifiedTransaction(
            Transaction(chainID: 7, nonce: nonce, to: NativeContract.market, data: [])
                .signed(by: key))
    }

    /// Sends `frames`, again and again, until `isOver` or the link ends.
    private func flood(
        _ connection: ClientConnection, _ priority: WireMessage.Priority, _ frame: Bytes,
        while goesOn: @Sendable () -> Bool
    ) async throws {
        let first = try await open(.consensus, on: connection)
        let stream = priority == .consensus ? first : try await open(priority, on: connection)
        try await first.write(greeting())
        while goesOn() {
            do { try await stream.write(frame) } catch { break }
        }
        withExtendedLifetime(first) {}
    }

    @Test(arguments: [false, true])
    func `no sender is recovered of a block that is none`(hasGenuineSeals: Bool) async throws {
        let scheme = CountingScheme()
        community.set(.consumer, of: Self.household)
        community.setFinality { _, certificate in hasGenuineSeals && certificate.seals.count == 1 }
        let final = try finalBlock(altered: hasGenuineSeals)
        let frame = FrameReader.frame(WireMessage.replica(.finalBlock(final)).encoded)
        try await attack(scheme: scheme) { node, connection in
            let stream = try await open(.consensus, on: connection)
            let other = try await open(.sync, on: connection)
            try await stream.write(greeting())
            try await other.write(frame)
            try await eventually("the refusal is counted") {
                node.network.figures.refusals == [.malformed: 1]
            }
            _ = await connection.closed()
            #expect(scheme.count == 0)
            #expect(node.recorder.current.messages.isEmpty)
        }
    }

    @Test func `a final block that is one is taken from anybody`() async throws {
        community.set(.consumer, of: Self.household)
        community.setFinality { _, certificate in certificate.seals.count == 1 }
        let final = try finalBlock()
        let frame = FrameReader.frame(WireMessage.replica(.finalBlock(final)).encoded)
        try await attack { node, connection in
            let stream = try await open(.consensus, on: connection)
            let other = try await open(.sync, on: connection)
            try await stream.write(greeting())
            try await other.write(frame)
            #expect(await node.recorder.wait { $0.messages == [.replica(.finalBlock(final))] })
        }
    }

    /// The first bytes of a frame are here when its sender's share is used up: nobody reads the rest then,
    /// however soon it comes.
    @Test func `who waits for its share is not late with its frame`() async throws {
        let share = PeerShare.usual(of: .consumer)
        community.set(.consumer, of: Self.household)
        let head = CertifiedHead(
            head: ChainHead(height: 1, hash: .zero), certificate: Certificate(round: 0, seals: []))
        let frame = FrameReader.frame(WireMessage.replica(.head(head)).encoded)
        try await attack { node, connection in
            let unfinished = node.network.unfinished
            let first = try await open(.consensus, on: connection)
            let stream = try await open(.sync, on: connection)
            try await first.write(greeting())
            #expect(await node.recorder.wait { $0.linked == [Self.household] })
            node.network.shares.charge(.seconds(10_000), to: Self.household, share: share)
            try await stream.write(Array(frame.prefix(6)))
            try await eventually("it has begun") { unfinished.nextDue != nil }
            try await stream.write(Array(frame.dropFirst(6)))
            try await eventually("its clock has stopped", within: .seconds(20)) {
                unfinished.nextDue == nil
            }
            unfinished.endLate(at: ContinuousClock.now + .seconds(60))
            node.network.shares.charge(.seconds(-20_000), to: Self.household, share: share)
            #expect(await node.recorder.wait { $0.messages == [.replica(.head(head))] })
            #expect(node.network.figures.refusals.isEmpty)
            withExtendedLifetime(first) {}
        }
    }

    @Test func `who floods below what a message is waits, too`() async throws {
        let node = try await TestNode.start(number: 1, in: community)
        let member = try await TestNode.start(number: 2, in: community)
        community.add(node)
        community.add(member)
        try await running([node]) {
            let shown = Mutex<PeerCertificate?>(nil)
            let connection = try await ClientConnection.connect(
                host: "127.0.0.1", port: member.port,
                security: .mutual(
                    try node.identity(),
                    { certificate in
                        shown.withLock { $0 = certificate }
                        return .accept
                    }),
                eventLoopGroup: MultiThreadedEventLoopGroup.singleton,
                log: LimitedLog(Logger(label: "test")), limits: TransportLimits(),
                timeout: .seconds(5))
            connection.close()
            let certificate = try #require(shown.withLock { $0 })
            let handler = LinkRequestHandler(network: node.network)
            handler.note(.hoarding, by: certificate)
            try await connect(member, to: node).close()
            handler.note(.frameFlood, by: certificate)
            await #expect(throws: TransportError.self) { try await connect(member, to: node) }
            #expect((node.network.figures.refusals[.barred] ?? 0) >= 1)
        }
        await member.network.stop()
    }

    /// Each signature costs a millisecond of a core, so a frame of fifty 50 ms.
    @Test(arguments: [MemberRole.consumer, .validator])
    func `a flood of useless transactions gets no more than its share of a core`(
        role: MemberRole
    ) async throws {
        let scheme = CountingScheme(cost: .milliseconds(1))
        community.set(role, of: Self.household)
        let transactions = try (0..<50).map { try transaction(nonce: $0) }
        let frame = FrameReader.frame(WireMessage.replica(.transactions(transactions)).encoded)
        try await attack(scheme: scheme) { node, connection in
            node.recorder.settles(useful: false)
            let start = ContinuousClock.now
            let (worked, lasted) = try await withThrowingTaskGroup(of: Void.self) { group in
                group.addTask {
                    try await flood(connection, .transactions, frame) {
                        start.duration(to: .now) < .seconds(6)
                    }
                }
                try await Task.sleep(for: .seconds(4))
                let result = (scheme.time, start.duration(to: .now))
                connection.close()
                try await group.waitForAll()
                return result
            }
            // What it may be ahead, its share, and the frame that went beyond.
            let share = PeerShare.usual(of: .consumer)
            let most = share.burst + lasted * share.percent / 100 + .milliseconds(100)
            #expect(worked <= most, "\(worked) of \(most)")
            #expect(worked >= .milliseconds(50))
            #expect(node.network.figures.refusals.isEmpty)
        }
    }
}

/// Secp256k1, each signature of which costs so much of a core; counts them.
final class CountingScheme: SignatureScheme {
    private let counts = Mutex((count: 0, time: Duration.zero))
    private let cost: Duration

    init(cost: Duration = .zero) {
        self.cost = cost
    }

    /// How many signers were recovered, and what that took.
    var count: Int { counts.withLock { $0.count } }
    var time: Duration { counts.withLock { $0.time } }

    func signer(of signature: Signature, over digest: Hash32) -> Address? {
        let start = ThreadTime.current
        defer {
            let time = ThreadTime.current - start
            counts.withLock { $0 = ($0.count + 1, $0.time + time) }
        }
        while ThreadTime.current - start < cost {}
        return Secp256k1().signer(of: signature, over: digest)
    }
}
