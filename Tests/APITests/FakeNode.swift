import Ledger
import Protocol
import Storage
import Synchronization
import TestKit

@testable import API
@testable import Replica

/// A node without a network: a real store of real blocks, a real pool, and a meter set by hand.
/// Blocks are made when it is told to.
final class FakeNode: Sendable {
    struct Contents {
        var isBusy = false
        var power: Int32?
        var now: Timestamp
    }

    let community: TestCommunity
    let feed = BlockFeed()
    let store: ChainStore
    let latest: LatestSnapshot
    let contents: Mutex<Contents>
    private let directory: TemporaryDirectory

    init() throws {
        community = try TestCommunity(validators: 1)
        directory = try TemporaryDirectory()
        store = try ChainStore.open(directory: directory.path, genesis: community.genesis)
        let certificate = Certificate(round: 0, seals: [])
        var first = NodeSnapshot(
            head: FinalBlock(block: community.head, certificate: certificate),
            state: community.state)
        first.peers = [NodeSnapshot.Peer(account: community.exchange.address, height: 0)]
        latest = LatestSnapshot(first)
        contents = Mutex(Contents(now: community.genesis.timestamp))
    }

    var identity: NodeIdentity {
        NodeIdentity(
            name: "h01", role: "household", account: seller.address, version: "0.1.0")
    }

    /// A signed call, with the next nonce that is not in the pool yet unless one is given.
    func call(
        _ sender: PrivateKey, _ target: Address, _ data: Bytes, nonce: UInt64? = nil,
        kind: Transaction.Kind = .dynamicFee, chainID: UInt64 = 4_711
    ) -> SignedTransaction {
        let next = latest.current.nextNonce(of: sender.address)
        return Transaction(
            kind: kind, chainID: chainID, nonce: nonce ?? next, to: target, data: data
        ).signed(by: sender)
    }

    /// Makes a block of `transactions` alone, whatever waits in the pool.
    func sealOnly(_ transactions: SignedTransaction...) async throws {
        try await seal(after: 1_000, of: transactions.map { try VerifiedTransaction($0) })
    }

    /// Makes a block of the pool, so long after the last, and tells of it; stores it before, unless
    /// the block is to be told of only.
    @discardableResult
    func seal(after milliseconds: UInt64 = 1_000, isStored: Bool = true) async throws -> Block {
        try await seal(after: milliseconds, isStored: isStored, of: nil)
    }

    @discardableResult
    private func seal(
        after milliseconds: UInt64, isStored: Bool = true, of transactions: [VerifiedTransaction]?
    ) async throws -> Block {
        let snapshot = latest.current
        let execution = snapshot.state.build(
            on: snapshot.head.block,
            at: snapshot.header.timestamp.advanced(byMilliseconds: milliseconds),
            proposer: seller.address,
            candidates: transactions ?? snapshot.pool.candidates(atMost: 1_000))
        let block = CommittedBlock(
            execution, certificate: Certificate(round: 0, seals: []),
            decidedBy: snapshot.state.validators())
        if isStored { try await store.commit(block) }
        latest.update { snapshot in
            snapshot.head = block.final
            snapshot.state = block.state
            snapshot.highestKnownHeight = block.header.number
            _ = snapshot.pool.advance(
                over: block.final.block, state: block.state, at: block.header.timestamp)
        }
        contents.withLock { $0.now = block.header.timestamp }
        feed.publish(block)
        return block.final.block
    }

    /// Puts `transactions` into the pool and makes a block of them.
    @discardableResult
    func seal(
        after milliseconds: UInt64 = 1_000, _ transactions: SignedTransaction...
    ) async throws -> Block {
        for transaction in transactions { try take(VerifiedTransaction(transaction)) }
        return try await seal(after: milliseconds)
    }

    private func take(_ transaction: VerifiedTransaction) throws(PoolRejection) {
        let now = contents.withLock { $0.now }
        var refusal: PoolRejection?
        latest.update { snapshot in
            do throws(PoolRejection) {
                try snapshot.pool.admit(transaction, isOwn: true, state: snapshot.state, at: now)
            } catch {
                refusal = error
            }
        }
        if let refusal { throw refusal }
    }
}

extension FakeNode: TransactionSubmission, MeterAccess {
    func submit(_ bytes: Bytes) async throws(SubmissionRefusal) -> Hash32 {
        let transaction: VerifiedTransaction
        do throws(MalformedBytes) {
            transaction = try VerifiedTransaction(decoding: bytes)
        } catch {
            throw SubmissionRefusal(.malformed, error.reason)
        }
        if contents.withLock({ $0.isBusy }) { throw SubmissionRefusal(.busy, "the pool is full") }
        do throws(PoolRejection) {
            try take(transaction)
        } catch {
            throw error.refusal
        }
        return transaction.hash
    }

    func latest() async -> MeterReading? {
        contents.withLock { contents in
            contents.power.map { power in
                MeterReading(
                    meter: seller.address, time: MarketTime(seconds: 1_780_000_000),
                    importRegister: WattHours(7), exportRegister: WattHours(8), power: power)
            }
        }
    }

    func setPower(_ power: Int32) async throws(MeterRefusal) {
        guard power < 20_000 else { throw MeterRefusal("the meter follows a profile") }
        contents.withLock { $0.power = power }
    }
}

extension FakeNode {
    /// A way that it makes up: of a transaction that waits its first stages, of any other one all of
    /// them, each 250 µs after the one before. It does not remember the hash that is zero.
    func trace(of hash: Hash32) -> TransactionTrace? {
        guard hash != .zero else { return nil }
        let waits = latest.current.pool.contains(hash)
        let stages = TransactionTrace.Stage.allCases.prefix(waits ? 3 : 8)
        return TransactionTrace(
            hash: hash, source: waits ? .client : nil,
            block: waits ? nil : TransactionTrace.Place(number: 4, round: 2),
            stages: stages.enumerated().map { index, stage in
                TransactionTrace.Reached(
                    stage, microseconds: 1_780_000_000_000_900 + UInt64(index) * 250)
            })
    }

    var exchange: PrivateKey { community.exchange }
    var aggregator: PrivateKey { community.aggregator }
    var seller: PrivateKey { community.seller }
    var buyer: PrivateKey { community.buyer }
    var stranger: PrivateKey { community.stranger }

    /// One trade of 500 Wh from its offer to the seller's payment, with tokens that the aggregator
    /// must have.
    func settleTrade() async throws {
        let (market, token) = (NativeContract.market, NativeContract.token)
        let id = latest.current.state.nextOfferID ?? OfferID(1)
        let tokens = TokenCall.transfer(to: buyer.address, amount: TokenAmount(4_000_000))
        try await seal(
            call(aggregator, token, tokens),
            call(seller, market, MarketCall.addOffer(energy: 500, price: 120_000)))
        try await seal(call(buyer, market, MarketCall.pickOffer(id)))
        let picked = latest.current
        let confirmation = community.confirmation(of: id, from: picked.header, in: picked.state)
        try await seal(call(aggregator, market, confirmation))
        let snapshot = latest.current
        let proof = community.proof(of: id, from: snapshot.header, in: snapshot.state)
        try await seal(after: 700_000, call(aggregator, market, proof))
        try await seal(call(aggregator, market, MarketCall.confirmL2P(id)))
    }
}
