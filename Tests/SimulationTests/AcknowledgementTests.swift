import Protocol
import Testing

@testable import Ledger
@testable import Replica
@testable import Simulation

/// Many members send as fast as they may, into pools that are too small for them.
@Suite struct `Four hundred accounts at once` {
    /// The profile's checks hold, among them that each acknowledged transaction is in a block at the
    /// end, or was overtaken, or is called dropped by its node.
    @Test(arguments: FaultProfile.allCases)
    func `lose nothing that was acknowledged, and are turned away instead`(
        profile: FaultProfile
    ) {
        var run = SimulationRun(
            seed: 5_001, profile: profile, others: 2, milliseconds: 4_000, pace: 1_000)
        run.crowd = 400
        run.poolTransactions = 24
        let report = run.run()
        #expect(report.failure == nil, "\(report.summary(of: "these"))")
        #expect(report.counters["transaction refused"] > 0)
        #expect(report.finalAfter.count > 100)
    }
}

/// The check of what was acknowledged is fed histories that are wrong.
@Suite struct `The check of what was acknowledged` {
    private let chain: FirstBlock
    private let transaction: VerifiedTransaction
    private var checker = AcknowledgementChecker()
    private var pool = Mempool()

    init() throws {
        chain = try FirstBlock()
        transaction = try chain.mint(nonce: 0)
        checker.acknowledged(transaction, by: 2, at: 1_000)
    }

    private var state: LedgerState { chain.community.chain.state }

    private func fault(at later: LedgerState? = nil) -> String? {
        checker.fault(at: later ?? state) { _ in pool }
    }

    @Test func `finds what has vanished`() throws {
        let found = try #require(fault())
        #expect(found.contains("has vanished") && found.contains("node 2"))
    }

    @Test mutating func `finds what waits for ever, and whose node is down`() throws {
        try pool.admit(transaction, isOwn: true, state: state, at: .zero)
        #expect(fault()?.contains("still waits") == true)
        #expect(checker.fault(at: state) { _ in nil }?.contains("its node is down") == true)
    }

    @Test mutating func `has nothing against what is final, and knows how long it took`() {
        checker.decided([transaction], at: 1_250)
        checker.decided([transaction], at: 9_000)
        #expect(fault() == nil)
        #expect(checker.finalAfter == [250])
    }

    @Test func `has nothing against what was overtaken`() throws {
        #expect(fault(at: try chain.committed().state) == nil)
    }

    @Test mutating func `has nothing against what its node calls dropped`() throws {
        try pool.admit(transaction, isOwn: true, state: state, at: .zero)
        _ = pool.expire(at: Timestamp(milliseconds: Limits.poolLifetime + 1))
        #expect(fault() == nil)
    }

    @Test
    mutating func `has nothing against a node that lost its disk, and counts it from then on`()
        throws
    {
        checker.forgive(1)
        #expect(fault() != nil)
        checker.forgive(2)
        #expect(fault() == nil)
        checker.acknowledged(try chain.mint(nonce: 1), by: 2, at: 2_000)
        #expect(fault() != nil)
    }
}
