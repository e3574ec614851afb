import Console
import Client
import Ledger
import Node
import Protocol
import Keys

/// Makes trades by hand, all five steps, one after the other, and times each step. It stands in
/// for the aggregator, whose process must not run, and signs receipts with the meters' keys.
struct TradeBench {
    /// What flows in a trade, in Wh, and what it costs, in base units.
    private static let energy: UInt32 = 10
    private static let price: UInt32 = 1_000
    /// How long a delivery lasts, in seconds of the market.
    private static let deliverySeconds: UInt64 = 10
    /// How long nothing happens before an offer and at least before a proof, in milliseconds, so
    /// that they meet an idle ledger, as they do at low load.
    private static let quietMilliseconds: UInt32 = 300

    private(set) var seller: BenchParty
    private(set) var buyer: BenchParty
    private(set) var aggregator: BenchParty
    private let sellerMeter: PrivateKey
    private let buyerMeter: PrivateKey
    private let domain: SigningDomain
    private let clock: MarketClock
    let blockInterval: UInt64
    /// What the meters' registers stand at: up to there they are claimed.
    private var exported: UInt64
    private var imported: UInt64

    init(_ testnet: Testnet, _ places: BenchPlaces) throws {
        seller = try BenchParty(places.seller.key(), at: places.seller)
        buyer = try BenchParty(places.buyer.key(), at: places.buyer)
        aggregator = try BenchParty(places.aggregator.key(), at: places.standIn)
        sellerMeter = try Self.meter(of: places.seller, in: testnet.directory)
        buyerMeter = try Self.meter(of: places.buyer, in: testnet.directory)
        let genesis = try GenesisFile.read(testnet.directory.genesis)
        clock = genesis.marketClock
        blockInterval = genesis.minimumBlockInterval
        let first = try seller.client.block(0)
        guard let hash = first?["hash"]?.hash else {
            throw CommandFailure(.failed, "\(places.seller.name) does not say its first block")
        }
        domain = SigningDomain(chainID: testnet.endpoints.chainId, genesisHash: hash)
        exported = try Self.claimed(sellerMeter, .export, seller.client)
        imported = try Self.claimed(buyerMeter, .import, buyer.client)
    }

    private static func meter(
        of node: EndpointsFile.Node, in directory: TestnetDirectory
    ) throws -> PrivateKey {
        let keys = directory.node(node.name) + "/keys/meter"
        return try Keystore.unlock(file: keys + ".json", passwordFile: keys + ".password")
    }

    /// Up to which register the meter has been paid for.
    private static func claimed(
        _ meter: PrivateKey, _ direction: FlowDirection, _ client: NodeClient
    ) throws -> UInt64 {
        let values = try ContractReader(client: client).results(
            .community, "meter", [.address(meter.address)])
        guard values.count == 3,
            let register = values[direction == .import ? 1 : 2].number(as: UInt64.self)
        else { throw CommandFailure(.failed, "the ledger does not know the meter") }
        return register
    }

    /// Sells the buyer what `count` trades cost, if it lacks it. Waits for the exchange's first
    /// tokens.
    mutating func fund(_ count: Int) throws {
        let needed = TokenAmount(UInt64(count) * UInt64(Self.price))
        let reader = ContractReader(client: aggregator.client)
        guard try reader.balance(of: buyer.key.address) < needed else { return }
        try aggregator.client.waitForTokens(needed, of: aggregator.key.address, seconds: 30)
        _ = try Submitter(key: aggregator.key, chainID: domain.chainID).send(
            TokenCall.transfer(to: buyer.key.address, amount: needed), to: NativeContract.token,
            at: aggregator.client)
        aggregator = try BenchParty(aggregator.key, at: aggregator.node)
    }

    mutating func trade() throws -> MeasuredTrade {
        Terminal.pause(milliseconds: Self.quietMilliseconds)
        let offer = try seller.take(
            "addOffer", MarketCall.addOffer(energy: Self.energy, price: Self.price))
        let id = try seller.client.offerID(madeBy: offer.transaction)
        let pick = try buyer.take("pickOffer", MarketCall.pickOffer(id))
        let paid = try aggregator.take(
            "confirmP2L_Tx", MarketCall.confirmP2L(id, start: start(of: id)))
        let paidTime = try aggregator.time(ofBlock: paid.block)
        let call = deliver(id, from: clock.time(at: paidTime))
        let proof = try aggregator.take("PoD", call)
        let release = try aggregator.take("confirmL2P_Tx", MarketCall.confirmL2P(id))
        return MeasuredTrade(
            try [offer, pick, paid, proof, release].map { step in
                (step, try aggregator.time(ofBlock: step.block))
            })
    }

    /// The buyer's meter signs that it is there.
    private func start(of id: OfferID) -> SignedMeterReceipt {
        let now = clock.time(at: SystemClock.now)
        return MeterReceipt(
            tradeID: id, meter: buyerMeter.address, direction: .import,
            startRegister: WattHours(imported), endRegister: WattHours(imported), startTime: now,
            endTime: now
        ).signed(by: buyerMeter, in: domain)
    }

    /// Waits until the energy has flowed, and gives the proof of it.
    private mutating func deliver(_ id: OfferID, from start: MarketTime) -> Bytes {
        let end = start.advanced(bySeconds: Self.deliverySeconds)
        Terminal.pause(milliseconds: Self.quietMilliseconds)
        while clock.time(at: SystemClock.now) < end { Terminal.pause(milliseconds: 20) }
        func receipt(
            _ meter: PrivateKey, _ direction: FlowDirection, from register: UInt64
        ) -> SignedMeterReceipt {
            MeterReceipt(
                tradeID: id, meter: meter.address, direction: direction,
                startRegister: WattHours(register),
                endRegister: WattHours(register + UInt64(Self.energy)), startTime: start,
                endTime: end
            ).signed(by: meter, in: domain)
        }
        let call = MarketCall.proofOfDelivery(
            id, seller: receipt(sellerMeter, .export, from: exported),
            buyer: receipt(buyerMeter, .import, from: imported))
        exported += UInt64(Self.energy)
        imported += UInt64(Self.energy)
        return call
    }
}
