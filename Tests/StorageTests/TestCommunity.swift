import Foundation
import Ledger
import Protocol
import Storage

/// A small community with everybody's keys, whose blocks are sealed as real ones are.
struct TestCommunity {
    let validators: [PrivateKey]
    let exchange: PrivateKey
    let aggregator: PrivateKey
    let seller: PrivateKey
    let buyer: PrivateKey
    let sellerMeter: PrivateKey
    let buyerMeter: PrivateKey
    let genesis: Genesis
    private(set) var head: Block
    private(set) var state: LedgerState
    private var nonces: [Address: UInt64] = [:]

    init(chainID: UInt64 = 4_711) throws {
        func key(_ number: UInt8) throws -> PrivateKey {
            let secret = Bytes(repeating: 0, count: 30) + [1, number]
            guard let key = PrivateKey(secret: secret) else { throw BadFixture() }
            return key
        }
        func member(_ key: PrivateKey, _ role: MemberRole, meter: Address = .zero) -> Member {
            Member(
                account: key.address, role: role, meterKey: meter, ratedPower: Watts(11_000),
                certificateHash: SHA256.hash(key.address.bytes))
        }
        validators = try (1...4).map { try key($0) }
        exchange = try key(10)
        aggregator = try key(11)
        seller = try key(12)
        buyer = try key(13)
        sellerMeter = try key(22)
        buyerMeter = try key(23)
        let start = Timestamp(milliseconds: 1_780_000_000_000)
        genesis = Genesis(
            chainID: chainID, name: "Elm TestCommunity", timestamp: start,
            marketClock: MarketClock(
                origin: MarketTime(seconds: 1_780_000_000), ledgerOrigin: start, rate: 1),
            members: validators.map { member($0, .validator) } + [
                member(exchange, .exchange), member(aggregator, .aggregator),
                member(seller, .prosumer, meter: sellerMeter.address),
                member(buyer, .consumer, meter: buyerMeter.address),
            ])
        (head, state) = try GenesisBlock.make(genesis)
    }

    /// The next block, of one call by each given sender, sealed by all validators.
    mutating func block(
        after milliseconds: UInt64 = 1_000, _ calls: [(PrivateKey, Address, Bytes)] = []
    ) throws -> CommittedBlock {
        let transactions = try calls.map { sender, target, data in
            let nonce = nonces[sender.address, default: 0]
            nonces[sender.address] = nonce + 1
            return try VerifiedTransaction(
                Transaction(chainID: genesis.chainID, nonce: nonce, to: target, data: data)
                    .signed(by: sender))
        }
        let execution = state.build(
            on: head, at: head.header.timestamp.advanced(byMilliseconds: milliseconds),
            proposer: validators[Int(head.number) % 4].address, candidates: transactions)
        guard execution.receipts.count == calls.count else { throw BadFixture() }
        let digest = state.domain.commitDigest(
            height: execution.block.number, round: 0, block: execution.block.hash)
        let certificate = Certificate(round: 0, seals: validators.map { $0.sign(digest) })
        let committed = CommittedBlock(
            execution, certificate: certificate, decidedBy: state.validators())
        head = execution.block
        state = execution.state
        return committed
    }

    /// A meter's receipt over 500 Wh for trade 1.
    func receipt(_ meter: PrivateKey, _ direction: FlowDirection) -> SignedMeterReceipt {
        let now = genesis.marketClock.time(at: head.header.timestamp)
        return MeterReceipt(
            tradeID: OfferID(1), meter: meter.address, direction: direction,
            startRegister: WattHours(1_000), endRegister: WattHours(1_500), startTime: now,
            endTime: now.advanced(bySeconds: 600)
        ).signed(by: meter, in: state.domain)
    }

    /// The blocks of one whole trade, a failed transaction and an empty block: 7 blocks.
    mutating func wholeTrade() throws -> [CommittedBlock] {
        let (market, token) = (NativeContract.market, NativeContract.token)
        let (id, tokens) = (OfferID(1), TokenAmount(9_000_000))
        var blocks = [
            try block([
                (
                    exchange, token,
                    TokenCall.mint(to: aggregator.address, amount: tokens, reference: "a")
                ),
                (seller, market, MarketCall.addOffer(energy: 500, price: 120_000)),
            ])
        ]
        blocks.append(
            try block([
                (
                    aggregator, token,
                    TokenCall.transfer(to: buyer.address, amount: TokenAmount(4_000_000))
                )
            ]))
        blocks.append(
            try block([
                (buyer, market, MarketCall.pickOffer(id)),
                (seller, market, MarketCall.pickOffer(id)),
            ]))
        blocks.append(try block([(aggregator, market, MarketCall.confirmP2L(id))]))
        let (sold, bought) = (receipt(sellerMeter, .export), receipt(buyerMeter, .import))
        blocks.append(
            try block(
                after: 700_000,
                [(aggregator, market, MarketCall.proofOfDelivery(id, seller: sold, buyer: bought))])
        )
        blocks.append(try block([(aggregator, market, MarketCall.confirmL2P(id))]))
        blocks.append(try block())
        return blocks
    }
}

/// The fixture contradicts itself.
struct BadFixture: Error {}

/// A directory that is gone after the test.
final class TemporaryDirectory {
    let path: String

    init() throws {
        path = NSTemporaryDirectory() + "busbar-storage-" + UUID().uuidString
        try FileManager.default.createDirectory(
            atPath: path, withIntermediateDirectories: true)
    }

    deinit {
        try? FileManager.default.removeItem(atPath: path)
    }

    var database: String { path + "/chain.sqlite" }
}
