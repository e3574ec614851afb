import Ledger
import Protocol
import TestKit

/// A small community with a chain of its own, to which tests add one block after the other.
struct TestCommunity {
    /// Prosumers of 3,680 W.
    static let anna = account(1)
    static let carla = account(3)
    /// A consumer of 11,000 W.
    static let ben = account(2)
    static let observer = account(4)
    static let aggregator = account(5)
    static let otherAggregator = account(6)
    static let exchange = account(7)
    static let validator = account(8)
    static let stranger = account(99)

    /// When the market's clock begins.
    static let origin: UInt64 = 1_000_000
    static let genesisTime = Timestamp(milliseconds: 1_700_000_000_000)

    private var chain: TestChain
    private(set) var receipts: [TransactionReceipt] = []
    /// All blocks after the first.
    private(set) var blocks: [Block] = []
    private var clock = TestCommunity.genesisTime

    init(
        _ genesis: Genesis = TestCommunity.genesis(), rules: RuleBook = .released
    ) throws {
        chain = try TestChain(genesis, rules: rules)
    }

    var state: LedgerState { chain.state }
    var head: Block { chain.head }

    static func account(_ number: UInt8) -> Address {
        Address(reserved: 0xacc0_0000 + UInt32(number))
    }

    /// The address of the key in the meter of `account`.
    static func meter(of account: Address) -> Address {
        Address(bytes: [0xee] + account.bytes.dropFirst()) ?? .zero
    }

    static func member(
        _ account: Address, _ role: MemberRole, power: UInt64 = 0
    ) -> Member {
        let isHousehold = role == .consumer || role == .prosumer
        return .fixture(
            account, role, meter: isHousehold ? meter(of: account) : .zero, power: Watts(power))
    }

    static func genesis(fee: UInt32 = 0, window: UInt64 = 3_600) -> Genesis {
        .fixture(
            chainID: 4_242, name: "Linden Community", at: genesisTime, marketTime: origin, fee: fee,
            window: window,
            [
                member(anna, .prosumer, power: 3_680), member(ben, .consumer, power: 11_000),
                member(carla, .prosumer, power: 3_680), member(observer, .observer),
                member(aggregator, .aggregator), member(otherAggregator, .aggregator),
                member(exchange, .exchange), member(validator, .validator),
            ])
    }

    /// The market's time.
    var now: UInt64 { state.parameters.marketClock.time(at: clock).seconds }

    /// Lets the market's time go by.
    mutating func wait(_ seconds: UInt64) {
        clock = clock.advanced(byMilliseconds: seconds * 1_000)
    }

    /// A transaction of `sender`, whose nonce is its next unless given.
    func transaction(
        _ sender: Address, to target: Address?, _ data: Bytes, nonce: UInt64? = nil,
        _ change: (inout Transaction) -> Void = { _ in }
    ) throws -> VerifiedTransaction {
        try chain.transaction(
            PlainKey(address: sender), to: target, data, nonce: nonce, change)
    }

    /// Adds a block of `transactions`, which another node, restored from its store, agrees to.
    @discardableResult
    mutating func add(_ transactions: [VerifiedTransaction]) throws -> Execution {
        let built = chain.block(transactions, by: Self.validator, at: clock)
        let executed = try state.execute(built.block, on: head)
        guard executed.receipts == built.receipts, executed.changes == built.changes else {
            throw Disagreement()
        }
        chain.add(built)
        receipts = built.receipts
        blocks.append(built.block)
        return built
    }

    /// Puts `value` at `key`, as if blocks had led there that no test has the time for.
    mutating func replace(_ key: StateKey, with value: Bytes) throws {
        let others = state.entries.filter { $0.key != key.bytes }
        chain.state = try LedgerState(
            entries: others + [StateEntry(key: key.bytes, value: value)], scheme: PlainScheme())
    }

    /// Adds a block with one transaction; gives the reason if it reverted.
    @discardableResult
    mutating func send(
        _ sender: Address, to target: Address = NativeContract.market, _ data: Bytes
    ) throws -> String? {
        try add([try transaction(sender, to: target, data)])
        guard let receipt = receipts.first else { throw Disagreement() }
        return receipt.revertReason
    }

    /// What a view gives; throws the reason if it reverts.
    func view(
        from sender: Address? = nil, of target: Address = NativeContract.market, _ data: Bytes
    ) throws -> Bytes {
        let context = BlockContext(
            number: head.number + 1, timestamp: clock, proposer: Self.validator)
        switch state.call(from: sender, to: target, data: data, context: context) {
        case .returned(let bytes): return bytes
        case .reverted(let reason, _): throw Reverted(reason: reason)
        }
    }

    /// The market's events of the last block.
    var marketEvents: [MarketEvent] { receipts.flatMap(\.logs).compactMap { MarketEvent($0) } }

    func balance(_ account: Address) -> UInt64 { state.account(account).balance.baseUnits }

    func trade(_ id: UInt32) throws -> Trade {
        guard let trade = state.trade(OfferID(id)) else { throw Reverted(reason: "no \(id)") }
        return trade
    }
}

/// Two executions of one block differ.
struct Disagreement: Error {}

/// A call that took no effect.
struct Reverted: Error, Equatable {
    let reason: String
}
