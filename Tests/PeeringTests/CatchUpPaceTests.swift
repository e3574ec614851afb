import Protocol
import Synchronization
import TestKit
import Testing

@testable import Peering

/// A newcomer that gets the whole chain from one peer: what that may cost does not slow it down.
@Suite struct `Who catches up from one peer` {
    /// A clock that goes on where somebody works, or sleeps.
    private final class WorkClock: Sendable {
        private let time = Mutex(ContinuousClock.now)

        var now: ContinuousClock.Instant { time.withLock { $0 } }

        func pass(_ duration: Duration) { time.withLock { $0 += duration } }

        /// Sleep takes a millisecond at the least, as everywhere: what is left of a debt may be less than
        /// any clock tells.
        var shares: PeerShares {
            PeerShares(
                clock: ShareClock(
                    now: { self.now }, sleep: { self.pass(max($0, .milliseconds(1))) }))
        }
    }

    private static let giver = Address(reserved: 1)
    private static let reading = Duration.milliseconds(200)
    private static let handling = Duration.milliseconds(100)
    private static let answersAtOnce = 4
    private static let rounds = 50

    /// The work of all answers, on a machine that does nothing else.
    private static let work = (reading + handling) * (answersAtOnce * rounds)

    /// How long it takes to get full answers, some of which are read before the loop deals with the first of
    /// them, and after each round what the giver says unasked.
    private static func time(_ share: PeerShare, areOfUse: Bool) async throws -> Duration {
        let clock = WorkClock()
        let shares = clock.shares
        let start = clock.now
        for _ in 0..<rounds {
            var answers: [FrameTicket] = []
            for _ in 0..<answersAtOnce {
                let answer = try await shares.admit(
                    Int(Limits.syncBytes), kind: .blocks, from: giver, share: share, isAwaited: true
                )
                clock.pass(reading)
                answer.noteDecoding(reading)
                answers.append(answer)
            }
            for answer in answers {
                clock.pass(handling)
                answer.settle(handling: handling, answers: 0, wasOfUse: areOfUse)
            }
            answers = []
            let head = try await shares.admit(
                200, kind: .head, from: giver, share: share, isAwaited: false)
            head.noteDecoding(.zero)
            head.settle(handling: .zero, answers: 0, wasOfUse: false)
        }
        return start.duration(to: clock.now)
    }

    @Test(arguments: [MemberRole.consumer, .validator])
    func `spends its time on blocks alone, however many there are`(role: MemberRole) async throws {
        let share = PeerShare.usual(of: role)
        #expect(Self.reading * Self.answersAtOnce > share.burst * 2)
        #expect(try await Self.time(share, areOfUse: true) == Self.work)
        // Blocks that it has already bring their giver down to its share.
        let useless = try await Self.time(share, areOfUse: false)
        #expect(useless > (Self.work - Self.work / Self.rounds) * 100 / share.percent - share.burst)
    }

    /// A final block with so many transactions.
    private static func finalBlock(transactions count: UInt64) throws -> FinalBlock {
        let key = try #require(PrivateKey(secret: Bytes(repeating: 9, count: 32)))
        let transactions = try (0..<count).map { nonce in
            try VerifiedTransaction(
                Transaction(chainID: 7, nonce: nonce, to: NativeContract.market, data: [])
                    .signed(by: key))
        }
        let header = BlockHeader(
            parentHash: .zero, number: 1, timestamp: Timestamp(milliseconds: 1),
            proposer: .zero, stateRoot: .zero,
            transactionsRoot: Block.transactionsRoot(of: transactions), receiptsRoot: .zero,
            logsBloom: LogsBloom(), gasUsed: 0, nextValidatorsHash: .zero)
        return FinalBlock(
            block: Block(header: header, transactions: transactions),
            certificate: Certificate(round: 0, seals: []))
    }

    private static let head = ReplicaMessage.head(
        CertifiedHead(
            head: ChainHead(height: 1, hash: .zero), certificate: Certificate(round: 0, seals: [])))

    /// Over real links: the giver owes so much that nothing which it says unasked would be read today.
    /// Blocks are small enough for all answers of a round to find room on its side of the link at once:
    /// where they do not, those that come too late are dropped there and asked for again.
    @Test func `gets what it asks for, whatever its giver owes`() async throws {
        let community = Community()
        let giver = try await TestNode.start(number: 1, in: community)
        let share = PeerShare(
            percent: 1, burst: .zero, bytes: PeerShare.usual(of: .consumer).bytes, uselessWeight: 1)
        let newcomer = try await TestNode.start(
            number: 2, in: community, listens: false, seeds: [giver.endpoint], share: share)
        for node in [giver, newcomer] {
            community.add(node)
            community.set(.consumer, of: node.account)
        }
        newcomer.recorder.keepsWaiting()
        let (block, rounds) = (try Self.finalBlock(transactions: 200), 5)
        let shares = newcomer.network.shares
        try await running([giver, newcomer]) {
            #expect(await newcomer.recorder.wait { $0.linked == [giver.account] })
            #expect(await giver.recorder.wait { $0.linked == [newcomer.account] })
            // What nodes tell each other of others has been read before.
            await giver.network.send(.replica(Self.head), to: [newcomer.account])
            #expect(await newcomer.recorder.wait { $0.messages.count == 1 })
            newcomer.recorder.dealWithWaiting()
            shares.charge(.seconds(100_000), to: giver.account, share: share)
            let owed = try #require(shares.wait(of: giver.account, share))
            for round in 1...rounds {
                for _ in 0..<Self.answersAtOnce {
                    let question = ReplicaMessage.blocksRequest(from: 1, count: 1)
                    await newcomer.network.send(.replica(question), to: [giver.account])
                    _ = await giver.network.answer(.blocks([block]), to: newcomer.account)
                }
                let count = 1 + round * Self.answersAtOnce
                #expect(await newcomer.recorder.wait { $0.messages.count == count })
                newcomer.recorder.dealWithWaiting()
            }
            #expect(giver.network.figures.messagesDropped == 0)
            let stillOwed = try #require(shares.wait(of: giver.account, share))
            #expect(stillOwed <= owed)
            // The share is there all the same: what it says unasked is read once all is paid.
            let before = newcomer.network.figures.bytesReceived
            await giver.network.send(.replica(Self.head), to: [newcomer.account])
            try await eventually("it has come") {
                newcomer.network.figures.bytesReceived > before
            }
            let count = 1 + rounds * Self.answersAtOnce
            #expect(newcomer.recorder.current.messages.count == count)
            shares.charge(.seconds(-200_000), to: giver.account, share: share)
            #expect(await newcomer.recorder.wait { $0.messages.count == count + 1 })
        }
    }
}
