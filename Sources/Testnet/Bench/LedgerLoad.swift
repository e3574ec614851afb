import Console
import Ledger
import Protocol

/// A testnet's ledger under full blocks of one kind of call.
struct LedgerLoad {
    enum Kind: String, CaseIterable {
        case transfer
        case offer = "addOffer"
        case pick = "pickOffer"
        case pay = "confirmP2L_Tx"
    }

    struct Result {
        let calls: Int
        /// Seconds of the processor for executing the blocks in full, with all roots.
        let execution: Double
        /// Seconds of the processor for reading the transactions and recovering their senders.
        let recovery: Double
    }

    /// What it began with.
    let genesis: Genesis
    /// Every block since, where they are kept: final ones, as a store gets them.
    private(set) var committed: [CommittedBlock] = []
    private let keepsBlocks: Bool
    private var state: LedgerState
    private var head: Block
    private var nonces: [Address: UInt64] = [:]
    private var picked: UInt32 = 0
    private var paid: UInt32 = 0
    private let validators: [PrivateKey]
    private let exchange: PrivateKey
    private let aggregator: PrivateKey
    private let prosumers: [PrivateKey]
    private let consumers: [PrivateKey]

    private static let chainID: UInt64 = 31_337
    static let households = 150

    /// A ledger with three hundred households, whose consumers hold tokens.
    init(keepsBlocks: Bool = false) throws {
        self.keepsBlocks = keepsBlocks
        func keys(_ tag: UInt8, _ count: Int) -> [PrivateKey] {
            (0..<count).compactMap { number in
                PrivateKey(secret: Keccak256.hash([tag, UInt8(truncatingIfNeeded: number)]).bytes)
            }
        }
        let officials = keys(1, 2)
        (exchange, aggregator) = (officials[0], officials[1])
        prosumers = keys(2, Self.households)
        consumers = keys(3, Self.households)
        func member(_ key: PrivateKey, _ role: MemberRole) -> Member {
            let isHousehold = role == .prosumer || role == .consumer
            let meter = Self.meter(of: key)?.address
            return Member(
                account: key.address, role: role, meterKey: isHousehold ? meter ?? .zero : .zero,
                ratedPower: Watts(isHousehold ? 10_000 : 0), certificateHash: .zero)
        }
        validators = keys(4, 4)
        var members = validators.map { member($0, .validator) }
        members += [member(exchange, .exchange), member(aggregator, .aggregator)]
        members += prosumers.map { member($0, .prosumer) } + consumers.map { member($0, .consumer) }
        let start = Timestamp(milliseconds: 1_750_000_000_000)
        genesis = Genesis(
            chainID: Self.chainID, name: "Load", timestamp: start,
            marketClock: MarketClock(
                origin: MarketTime(seconds: 1_750_000_000), ledgerOrigin: start, rate: 1),
            members: members)
        // As if every household had taken deliveries already.
        var rules = Rules()
        rules.firstPicks = rules.picksAtOnce
        (head, state) = try GenesisBlock.make(genesis, rules: RuleBook([RuleVersion(1): rules]))
        let amount = TokenAmount(1_000_000_000_000)
        let mint = TokenCall.mint(to: aggregator.address, amount: amount, reference: "load")
        _ = try seal([call(exchange, NativeContract.token, mint)])
        let share = TokenAmount(amount.baseUnits / UInt64(2 * Self.households))
        _ = try seal(
            consumers.map { consumer in
                let data = TokenCall.transfer(to: consumer.address, amount: share)
                return call(aggregator, NativeContract.token, data)
            })
    }

    /// Makes `count` calls in blocks of `size`, of which each must succeed, and measures them.
    mutating func run(_ kind: Kind, count: Int, blocksOf size: Int) throws -> Result {
        var (execution, recovery) = (0.0, 0.0)
        for start in stride(from: 0, to: count, by: size) {
            let calls = (start..<min(count, start + size)).map { make(kind, number: $0) }
            let block = try seal(calls) { block, parent, state in
                let bytes = block.transactions.map(\.encoded)
                let before = SystemClock.processorSeconds
                for bytes in bytes { _ = try VerifiedTransaction(decoding: bytes) }
                let between = SystemClock.processorSeconds
                _ = try state.execute(block, on: parent)
                recovery += between - before
                execution += SystemClock.processorSeconds - between
            }
            guard block.transactions.count == calls.count else {
                throw CommandFailure(.unsound, "a block of \(size) calls does not hold them all")
            }
        }
        return Result(calls: count, execution: execution, recovery: recovery)
    }

    private mutating func make(_ kind: Kind, number: Int) -> VerifiedTransaction? {
        let (prosumer, consumer) = (
            prosumers[number % prosumers.count], consumers[number % consumers.count]
        )
        switch kind {
        case .transfer:
            let data = TokenCall.transfer(to: prosumer.address, amount: TokenAmount(1))
            return call(consumer, NativeContract.token, data)
        case .offer:
            return call(
                prosumer, NativeContract.market, MarketCall.addOffer(energy: 500, price: 1_000))
        case .pick:
            picked += 1
            return call(consumer, NativeContract.market, MarketCall.pickOffer(OfferID(picked)))
        case .pay:
            paid += 1
            return start(of: OfferID(paid), picked: consumer).flatMap {
                call(
                    aggregator, NativeContract.market,
                    MarketCall.confirmP2L(OfferID(paid), start: $0))
            }
        }
    }

    private static func meter(of household: PrivateKey) -> PrivateKey? {
        PrivateKey(secret: Keccak256.hash(household.address.bytes).bytes)
    }

    /// What the meter of `buyer` signs before delivery begins.
    private func start(of id: OfferID, picked buyer: PrivateKey) -> SignedMeterReceipt? {
        let now = state.parameters.marketClock.time(at: head.header.timestamp)
        return Self.meter(of: buyer).map { meter in
            MeterReceipt(
                tradeID: id, meter: meter.address, direction: .import, startRegister: .zero,
                endRegister: .zero, startTime: now, endTime: now
            ).signed(by: meter, in: state.domain)
        }
    }

    private mutating func call(
        _ key: PrivateKey, _ contract: Address, _ data: Bytes
    ) -> VerifiedTransaction? {
        let nonce = nonces[key.address] ?? 0
        nonces[key.address] = nonce + 1
        let transaction = Transaction(
            chainID: Self.chainID, nonce: nonce, to: contract, data: data)
        return try? VerifiedTransaction(transaction.signed(by: key))
    }

    /// Builds a block of `calls` and makes it the head, after `measure` has seen it.
    private mutating func seal(
        _ calls: [VerifiedTransaction?],
        _ measure: (Block, _ parent: Block, LedgerState) throws -> Void = { _, _, _ in }
    ) throws -> Block {
        let execution = state.build(
            on: head, at: head.header.timestamp.advanced(byMilliseconds: 100), proposer: .zero,
            candidates: calls.compactMap { $0 })
        if let reason = execution.receipts.compactMap(\.revertReason).first {
            throw CommandFailure(.unsound, "a call of the load reverts: \(reason)")
        }
        try measure(execution.block, head, state)
        if keepsBlocks { committed.append(final(execution)) }
        (head, state) = (execution.block, execution.state)
        return head
    }

    /// The block of `execution` with the seals of a quorum.
    private func final(_ execution: Execution) -> CommittedBlock {
        let digest = state.domain.commitDigest(
            height: execution.block.number, round: 0, block: execution.block.hash)
        let seals = validators.prefix(state.validators().quorum).map { $0.sign(digest) }
        return CommittedBlock(
            execution, certificate: Certificate(round: 0, seals: seals),
            decidedBy: state.validators())
    }
}
