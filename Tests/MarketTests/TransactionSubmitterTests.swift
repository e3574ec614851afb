import Ledger
import Protocol
import Simulation
import Testing

@testable import Market

/// A submitter, a pool that keeps, loses and refuses as it is told, and a ledger.
private struct Desk {
    var ledger: FakeLedger
    let key = Keys.key(10)
    var submitter: TransactionSubmitter
    /// What waits in the pool.
    var waiting: [VerifiedTransaction] = []
    /// Everything that was handed in.
    var handedIn: [VerifiedTransaction] = []
    var refusal: PoolAnswer?
    var isLosing = false
    /// Whether the pool leaves the submitter without an answer.
    var isSilent = false
    var outcomes: [CallID: CallOutcome] = [:]

    static let offer = MarketCall.addOffer(energy: 50, price: 4_000)
    static let other = MarketCall.addOffer(energy: 60, price: 5_000)

    init() throws {
        let community = try TestCommunity(sources: [.manual(0)], prosumers: [0])
        ledger = community.ledger
        submitter = TransactionSubmitter(
            signer: key, chainID: 7_771, nonce: 0, scheme: SimulatedScheme())
    }

    var nonce: UInt64 { ledger.state.account(key.address).nonce }

    mutating func call(_ data: Bytes = offer, once: Bool = false) -> CallID {
        defer { settle() }
        return submitter.call(NativeContract.market, data, once: once, at: ledger.now)
    }

    mutating func tick(after milliseconds: UInt64 = 0) {
        ledger.advance(milliseconds: milliseconds)
        submitter.tick(at: ledger.now)
        settle()
    }

    /// Makes what waits final.
    mutating func makeBlock() {
        let count = ledger.updates.count
        ledger.include(waiting.sorted { $0.transaction.nonce < $1.transaction.nonce })
        let next = nonce
        waiting.removeAll { $0.transaction.nonce < next }
        for update in ledger.updates[count...] { submitter.blockFinal(update, at: ledger.now) }
        settle()
    }

    /// Another program uses the account.
    mutating func useNonceElsewhere() throws {
        let count = ledger.updates.count
        try ledger.call(NativeContract.market, Self.other, by: key)
        for update in ledger.updates[count...] { submitter.blockFinal(update, at: ledger.now) }
        settle()
    }

    private mutating func settle() {
        while true {
            let submissions = submitter.takeSubmissions()
            handedIn += submissions
            if submissions.isEmpty || isSilent { break }
            for transaction in submissions {
                submitter.answered(transaction.hash, take(transaction), at: ledger.now)
            }
        }
        for (call, outcome) in submitter.takeOutcomes() { outcomes[call] = outcome }
    }

    private mutating func take(_ transaction: VerifiedTransaction) -> PoolAnswer {
        if let refusal { return refusal }
        guard transaction.transaction.nonce >= nonce else { return .nonceTooLow }
        let rival = waiting.first {
            $0.transaction.nonce == transaction.transaction.nonce
        }
        if let rival { return rival == transaction ? .accepted : .nonceTaken }
        if !isLosing { waiting.append(transaction) }
        return .accepted
    }

    func succeeded(_ call: CallID) -> Bool {
        if case .success? = outcomes[call] { true } else { false }
    }
}

@Suite struct TransactionSubmitterTests {
    @Test func `several calls are under way at once, with nonces without gaps`() throws {
        var desk = try Desk()
        let calls = (0..<5).map { _ in desk.call() }
        #expect(desk.waiting.map(\.transaction.nonce) == [0, 1, 2, 3, 4])
        desk.makeBlock()
        #expect(calls.allSatisfy(desk.succeeded))
        #expect(desk.nonce == 5)
    }

    @Test func `no more are under way than the pool takes, and the others follow`() throws {
        var desk = try Desk()
        let calls = (0..<40).map { _ in desk.call() }
        #expect(desk.waiting.count == TransactionSubmitter.mostPending)
        desk.makeBlock()
        desk.makeBlock()
        #expect(calls.allSatisfy(desk.succeeded))
    }

    @Test func `the next call is signed when the pool has answered the one before`() throws {
        var desk = try Desk()
        desk.isSilent = true
        _ = desk.call()
        _ = desk.call()
        #expect(desk.handedIn.count == 1)
    }

    @Test func `a revert is answered with its reason`() throws {
        var desk = try Desk()
        let call = desk.call(MarketCall.addOffer(energy: 0, price: 1))
        desk.makeBlock()
        #expect(desk.outcomes[call] == .failure(.reverted("energy is 0 Wh")))
    }

    @Test func `a refused call gives its nonce back`() throws {
        var desk = try Desk()
        desk.refusal = .refused("the pool is full")
        let first = desk.call()
        #expect(desk.outcomes[first] == .failure(.refused("the pool is full")))
        desk.refusal = nil
        let second = desk.call()
        desk.makeBlock()
        #expect(desk.succeeded(second))
        #expect(desk.nonce == 1)
    }

    @Test func `what the pool lost is handed in again, as it was`() throws {
        var desk = try Desk()
        desk.isLosing = true
        let call = desk.call()
        desk.isLosing = false
        desk.tick(after: 3_001)
        #expect(Set(desk.handedIn.map(\.hash)).count == 1)
        desk.makeBlock()
        #expect(desk.succeeded(call))
    }

    @Test func `a call whose nonce another took is signed anew`() throws {
        var desk = try Desk()
        desk.isLosing = true
        let call = desk.call()
        desk.isLosing = false
        try desk.useNonceElsewhere()
        desk.makeBlock()
        #expect(desk.succeeded(call))
        #expect(desk.nonce == 2)
    }

    /// A refusal of what was handed in again says nothing of what became of it the first time.
    @Test(arguments: [
        PoolAnswer.refused("the pool is full"), .nonceTaken, .nonceTooLow,
    ])
    func `a call is not signed anew while what was signed may become final`(
        _ answer: PoolAnswer
    ) throws {
        var desk = try Desk()
        let call = desk.call()
        desk.refusal = answer
        for _ in 0..<20 { desk.tick(after: 3_000) }
        #expect(Set(desk.handedIn.map(\.hash)).count == 1)
        desk.refusal = nil
        desk.makeBlock()
        #expect(desk.nonce == 1)
        #expect(desk.outcomes[call] == .failure(.timedOut) || desk.succeeded(call))
    }

    @Test func `a call whose nonce is taken time and again is given up`() throws {
        var desk = try Desk()
        desk.isLosing = true
        let call = desk.call()
        for _ in 0..<TransactionSubmitter.mostAttempts { try desk.useNonceElsewhere() }
        #expect(desk.outcomes[call] == .failure(.refused("nonce too low, 5 times")))
    }

    @Test func `a nonce held before a restart is stepped over, and filled if it was lost`() throws {
        var desk = try Desk()
        let old = desk.submitter.sign(NativeContract.market, Desk.other, nonce: 0)
        desk.waiting = [try #require(old)]
        let call = desk.call()
        #expect(desk.waiting.map(\.transaction.nonce) == [0, 1])
        desk.waiting.removeFirst()
        desk.tick()
        desk.tick(after: 9_999)
        #expect(!desk.waiting.contains { $0.transaction.nonce == 0 })
        desk.tick(after: 2)
        desk.makeBlock()
        #expect(desk.succeeded(call))
        #expect(desk.nonce == 2)
    }

    @Test func `who waits too long is told so, and the call may still come through`() throws {
        var desk = try Desk()
        let call = desk.call()
        desk.tick(after: 60_001)
        #expect(desk.outcomes[call] == .failure(.timedOut))
        desk.makeBlock()
        #expect(desk.nonce == 1)
    }

    @Test func `a call that is made once is answered only when it is known what became of it`()
        throws
    {
        var desk = try Desk()
        let call = desk.call(once: true)
        desk.tick(after: 600_000)
        #expect(desk.outcomes[call] == nil)
        desk.makeBlock()
        #expect(desk.succeeded(call))
    }

    /// The other transaction may be the same call, made before a restart.
    @Test func `a call that is made once is not signed anew`() throws {
        var desk = try Desk()
        desk.isLosing = true
        let call = desk.call(once: true)
        try desk.useNonceElsewhere()
        #expect(desk.outcomes[call] == TransactionSubmitter.overtaken)
        let old = desk.submitter.sign(NativeContract.market, Desk.other, nonce: desk.nonce)
        desk.waiting = [try #require(old)]
        let second = desk.call(once: true)
        #expect(desk.outcomes[second] == TransactionSubmitter.overtaken)
        #expect(desk.waiting.count == 1)
    }
}
