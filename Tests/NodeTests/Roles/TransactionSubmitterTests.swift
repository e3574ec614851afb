import Ledger
import Protocol
import Synchronization
import Testing

@testable import Node

/// A pool that keeps, loses and refuses as it is told.
private final class FakePool: TransactionPort {
    struct Content {
        var waiting: [VerifiedTransaction] = []
        var refusal: PoolAnswer?
        var isLosing = false
        var received = 0
    }

    let ledger: FakeLedger
    let content = Mutex(Content())

    init(ledger: FakeLedger) { self.ledger = ledger }

    func submitRaw(_ transaction: VerifiedTransaction) async -> PoolAnswer {
        let next = finalNonce(of: transaction.sender)
        return content.withLock { content in
            content.received += 1
            if let refusal = content.refusal { return refusal }
            guard transaction.transaction.nonce >= next else { return .nonceTooLow }
            let rival = content.waiting.first {
                $0.transaction.nonce == transaction.transaction.nonce
                    && $0.sender == transaction.sender
            }
            if let rival { return rival == transaction ? .accepted : .nonceTaken }
            if !content.isLosing { content.waiting.append(transaction) }
            return .accepted
        }
    }

    func finalTransaction(_ hash: Hash32) async -> FinalTransaction? {
        ledger.content.withLock { $0.finals[hash] }
    }

    func finalNonce(of account: Address) -> UInt64 { ledger.state.account(account).nonce }

    func now() -> Timestamp { ledger.now }

    func change(_ body: (inout Content) -> Void) { content.withLock { body(&$0) } }

    /// Makes what waits final; the block, if there is one.
    func makeBlock() -> CommittedBlock? {
        let count = ledger.blocks.count
        let waiting = content.withLock { content in
            content.waiting.sorted { $0.transaction.nonce < $1.transaction.nonce }
        }
        ledger.include(waiting)
        content.withLock { content in
            content.waiting.removeAll {
                $0.transaction.nonce < ledger.state.account($0.sender).nonce
            }
        }
        return ledger.blocks.count > count ? ledger.blocks.last : nil
    }
}

@Suite(.timeLimit(.minutes(1))) struct TransactionSubmitterTests {
    private let pool: FakePool
    private let key: PrivateKey
    private let submitter: TransactionSubmitter

    init() async throws {
        let community = try await TestCommunity(sources: [ManualSource()], prosumers: [0])
        pool = FakePool(ledger: community.ledger)
        key = community.householdServices[0].key
        submitter = TransactionSubmitter(signer: key, chainID: 7_771, port: pool)
    }

    private static let offer = MarketCall.addOffer(energy: 50, price: 4_000)

    /// Waits until the pool has seen `count` transactions.
    private func waitForPool(_ count: Int) async {
        while pool.content.withLock({ $0.received < count }) { await Task.yield() }
    }

    private func submit(_ data: Bytes) async -> Result<FinalTransaction, CallFailure> {
        do throws(CallFailure) {
            return .success(try await submitter.submit(to: NativeContract.market, data: data))
        } catch {
            return .failure(error)
        }
    }

    @Test func `several calls are under way at once, with nonces without gaps`() async {
        async let results = withTaskGroup(of: Bool.self) { group in
            for _ in 0..<5 { group.addTask { (try? await submit(Self.offer).get()) != nil } }
            var succeeded = 0
            for await result in group where result { succeeded += 1 }
            return succeeded
        }
        await waitForPool(5)
        if let block = pool.makeBlock() { await submitter.blockFinal(block) }
        #expect(await results == 5)
        #expect(pool.finalNonce(of: key.address) == 5)
    }

    @Test func `a revert is answered with its reason`() async {
        async let result = submit(MarketCall.addOffer(energy: 0, price: 1))
        await waitForPool(1)
        if let block = pool.makeBlock() { await submitter.blockFinal(block) }
        #expect(await result == .failure(.reverted("energy is 0 Wh")))
    }

    @Test func `a refused call gives its nonce back`() async {
        pool.change { $0.refusal = .refused("the pool is full") }
        #expect(await submit(Self.offer) == .failure(.refused("the pool is full")))
        pool.change { $0.refusal = nil }
        async let result = submit(Self.offer)
        await waitForPool(2)
        if let block = pool.makeBlock() { await submitter.blockFinal(block) }
        #expect((try? await result.get()) != nil)
    }

    @Test func `what the pool lost is handed in again`() async {
        pool.change { $0.isLosing = true }
        async let result = submit(Self.offer)
        await waitForPool(1)
        pool.change { $0.isLosing = false }
        pool.ledger.advance(milliseconds: 3_001)
        await submitter.tick()
        if let block = pool.makeBlock() { await submitter.blockFinal(block) }
        #expect((try? await result.get()) != nil)
    }

    @Test func `a missed block is made up for`() async {
        async let result = submit(Self.offer)
        await waitForPool(1)
        _ = pool.makeBlock()
        await submitter.tick()
        #expect((try? await result.get()) != nil)
    }

    @Test func `a call whose nonce another took is signed anew`() async throws {
        pool.change { $0.isLosing = true }
        async let result = submit(Self.offer)
        await waitForPool(1)
        pool.change { $0.isLosing = false }
        let other = MarketCall.addOffer(energy: 60, price: 5_000)
        _ = try pool.ledger.call(NativeContract.market, other, by: key)
        await submitter.tick()
        await submitter.tick()
        if let block = pool.makeBlock() { await submitter.blockFinal(block) }
        #expect((try? await result.get()) != nil)
        #expect(pool.finalNonce(of: key.address) == 2)
    }

    @Test func `a nonce held before a restart is stepped over, and filled if it was lost`() async {
        let other = MarketCall.addOffer(energy: 60, price: 5_000)
        let old = await submitter.sign(NativeContract.market, other, nonce: 0)
        if let old { pool.change { $0.waiting.append(old) } }
        async let result = submit(Self.offer)
        await waitForPool(2)
        pool.change { $0.waiting.removeFirst() }
        await submitter.tick()
        pool.ledger.advance(milliseconds: 10_001)
        await submitter.tick()
        if let block = pool.makeBlock() { await submitter.blockFinal(block) }
        #expect((try? await result.get()) != nil)
        #expect(pool.finalNonce(of: key.address) == 2)
    }

    @Test func `who waits too long is told so, and the call may still come through`() async {
        async let result = submit(Self.offer)
        await waitForPool(1)
        pool.ledger.advance(milliseconds: 60_001)
        await submitter.tick()
        #expect(await result == .failure(.timedOut))
        if let block = pool.makeBlock() { await submitter.blockFinal(block) }
        #expect(pool.finalNonce(of: key.address) == 1)
    }

    @Test func `who is cancelled while waiting is let go`() async {
        let task = Task { await submit(Self.offer) }
        await waitForPool(1)
        task.cancel()
        #expect(await task.value == .failure(.stopped))
    }
}
