import API
import Ledger
import Protocol
import Synchronization

/// A node in memory: a chain of real blocks, a pool, and a meter set by hand.
final class FakeNode: Sendable {
    struct Contents {
        var blocks: [BlockCommitted]
        var pool: [VerifiedTransaction] = []
        var isBusy = false
        var state: NodeState
        var checks: [HealthCheck] = [HealthCheck("peers", isHealthy: true, detail: "3 peers")]
        var power: Int32?
        var now: Timestamp
    }

    /// A block with all that came of it.
    struct BlockCommitted {
        let block: Block
        let receipts: [TransactionReceipt]
        let state: LedgerState
    }

    let exchange: PrivateKey
    let aggregator: PrivateKey
    let seller: PrivateKey
    let stranger: PrivateKey
    let feed = EventFeed()
    let genesisHash: Hash32
    let contents: Mutex<Contents>

    init() throws {
        func key(_ number: UInt8) throws -> PrivateKey {
            let secret = Bytes(repeating: 0, count: 30) + [2, number]
            guard let key = PrivateKey(secret: secret) else { throw BadFixture() }
            return key
        }
        func member(_ key: PrivateKey, _ role: MemberRole, meter: Address = .zero) -> Member {
            Member(
                account: key.address, role: role, meterKey: meter, ratedPower: Watts(11_000),
                certificateHash: SHA256.hash(key.address.bytes))
        }
        exchange = try key(1)
        aggregator = try key(2)
        seller = try key(3)
        stranger = try key(9)
        let start = Timestamp(milliseconds: 1_780_000_000_000)
        let genesis = Genesis(
            chainID: 4_711, name: "Elm TestCommunity", timestamp: start,
            marketClock: MarketClock(
                origin: MarketTime(seconds: 1_780_000_000), ledgerOrigin: start, rate: 1),
            members: [
                member(try key(4), .validator), member(exchange, .exchange),
                member(aggregator, .aggregator),
                member(seller, .prosumer, meter: try key(5).address),
            ])
        let (block, state) = try GenesisBlock.make(genesis)
        genesisHash = block.hash
        let node = NodeState(
            name: "h01", role: "household", account: seller.address, version: "0.1.0",
            peers: [PeerState(account: exchange.address, role: "exchange", height: 0)],
            highestBlock: 0, pendingTransactions: 0)
        contents = Mutex(
            Contents(
                blocks: [BlockCommitted(block: block, receipts: [], state: state)], state: node,
                now: start))
    }

    var last: BlockCommitted {
        contents.withLock { $0.blocks[$0.blocks.count - 1] }
    }

    /// A signed call, with the next nonce that is not in the pool yet unless one is given.
    func call(
        _ sender: PrivateKey, _ target: Address, _ data: Bytes, nonce: UInt64? = nil,
        kind: Transaction.Kind = .dynamicFee, chainID: UInt64 = 4_711
    ) -> SignedTransaction {
        let next = contents.withLock { contents in
            contents.blocks[contents.blocks.count - 1].state.account(sender.address).nonce
                + UInt64(contents.pool.filter { $0.sender == sender.address }.count)
        }
        return Transaction(
            kind: kind, chainID: chainID, nonce: nonce ?? next, to: target, data: data
        ).signed(by: sender)
    }

    /// Makes a block of the pool, and tells of it.
    @discardableResult
    func seal() -> Block {
        let committed = contents.withLock { contents in
            let parent = contents.blocks[contents.blocks.count - 1]
            let execution = parent.state.build(
                on: parent.block,
                at: parent.block.header.timestamp.advanced(byMilliseconds: 1_000),
                proposer: seller.address, candidates: contents.pool)
            contents.pool.removeAll()
            let committed = BlockCommitted(
                block: execution.block, receipts: execution.receipts, state: execution.state)
            contents.blocks.append(committed)
            contents.now = execution.block.header.timestamp
            contents.state.highestBlock = execution.block.number
            return committed
        }
        let certificate = Certificate(round: 0, seals: [])
        feed.publish(
            BlockNotice(
                final: FinalBlock(block: committed.block, certificate: certificate),
                receipts: committed.receipts))
        return committed.block
    }

    /// Puts `transactions` into the pool and makes a block of them.
    @discardableResult
    func seal(_ transactions: SignedTransaction...) throws -> Block {
        let verified = try transactions.map { try VerifiedTransaction($0) }
        contents.withLock { $0.pool += verified }
        return seal()
    }
}

/// The fixture contradicts itself.
struct BadFixture: Error {}

extension FakeNode: TransactionSubmission, NodeStatus, MeterAccess {
    func submit(_ bytes: Bytes) async throws(SubmissionRefusal) -> Hash32 {
        let transaction: VerifiedTransaction
        do throws(MalformedBytes) {
            transaction = try VerifiedTransaction(decoding: bytes)
        } catch {
            throw SubmissionRefusal(.malformed, error.reason)
        }
        let refusal = contents.withLock { contents -> SubmissionRefusal? in
            if contents.isBusy { return SubmissionRefusal(.busy, "the pool is full") }
            if contents.pool.contains(transaction) {
                return SubmissionRefusal(.known, "already known")
            }
            do throws(AdmissionError) {
                _ = try contents.blocks[contents.blocks.count - 1].state.admission(of: transaction)
            } catch {
                return SubmissionRefusal(error)
            }
            contents.pool.append(transaction)
            return nil
        }
        if let refusal { throw refusal }
        feed.notePending(transaction.hash)
        return transaction.hash
    }

    func pending(_ hash: Hash32) async -> VerifiedTransaction? {
        contents.withLock { contents in contents.pool.first { $0.hash == hash } }
    }

    func nextNonce(of account: Address) async -> UInt64 {
        contents.withLock { contents in
            contents.blocks[contents.blocks.count - 1].state.account(account).nonce
                + UInt64(contents.pool.filter { $0.sender == account }.count)
        }
    }

    func state() async -> NodeState { contents.withLock { $0.state } }

    func liveness() async -> [HealthCheck] { [] }

    func readiness() async -> [HealthCheck] { contents.withLock { $0.checks } }

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
