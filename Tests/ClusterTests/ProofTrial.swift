import Client
import Foundation
import Glibc
import Keys
import Ledger
import Protocol
import TestKit
import Testing

/// What a meter's register showed at the start and at the end.
struct MeterSpan {
    var from: UInt64
    var to: UInt64

    /// The same energy, from where this one ends.
    var next: MeterSpan { MeterSpan(from: to, to: to + to - from) }
}

/// Trades by hand, whose proofs of delivery the test signs. It stands in for the aggregator, whose
/// process is away meanwhile.
struct ProofTrial {
    private let testnet: RunningTestnet
    private let seller: PrivateKey
    private let buyer: PrivateKey
    private let aggregator: PrivateKey
    /// A household that has nothing to do with the trade.
    private let neighbour: PrivateKey
    private let sellerMeter: PrivateKey
    private let buyerMeter: PrivateKey
    private let domain: SigningDomain
    private let clock: MarketClock

    private init(_ testnet: RunningTestnet) async throws {
        self.testnet = testnet
        seller = try testnet.key(of: "h01")
        buyer = try testnet.key(of: "h05")
        aggregator = try testnet.key(of: "aggregator")
        neighbour = try testnet.key(of: "h02")
        sellerMeter = try testnet.meterKey(of: "h01")
        buyerMeter = try testnet.meterKey(of: "h05")
        let block = try await testnet.block(0, at: "h01")
        let hash = try #require(block?["hash"]?.hash)
        domain = SigningDomain(chainID: testnet.endpoints.chainId, genesisHash: hash)
        let file = URL(fileURLWithPath: testnet.directory + "/genesis.json")
        clock = try JSONDecoder().decode(Genesis.self, from: Data(contentsOf: file)).marketClock
    }

    /// Hands `body` a trial once the buyer has tokens, and starts the aggregator again.
    static func with(
        _ testnet: RunningTestnet, _ body: (ProofTrial) async throws -> Void
    ) async throws {
        let trial = try await ProofTrial(testnet)
        let buyer = trial.buyer.address
        let hasTokens = try await eventually(within: .seconds(30)) {
            let account = try await testnet.get("h01", "/api/v1/accounts/\(buyer)")
            return account.body?["balance"]?.verbatim != "0"
        }
        try #require(hasTokens, "the aggregator sold no tokens to h05")
        try await testnet.send(SIGKILL, to: "aggregator")
        do {
            try await body(trial)
        } catch {
            try await testnet.resume()
            throw error
        }
        try await testnet.resume()
    }

    /// Each proof differs from the true one, of `sold` and `drawn`, in one thing.
    func refusesFalseProofs(
        of trade: OfferID, _ sold: MeterSpan, _ drawn: MeterSpan
    ) async throws {
        try await expectRevert("aggregator", proof(trade, sold, drawn, by: neighbour))
        try await expectRevert(
            "trade", proof(trade, sold, drawn, receiptsOf: OfferID(trade.value + 1)))
        let foreign = try testnet.meterKey(of: "h02")
        try await expectRevert("meter", proof(trade, sold, drawn, sellersMeter: foreign))
        try await expectRevert("not signed", proof(trade, sold, drawn, forgedBy: buyer))
        try await expectRevert(
            "back", proof(trade, MeterSpan(from: sold.to, to: sold.from), drawn))
        try await expectRevert(
            "W", proof(trade, MeterSpan(from: sold.from, to: sold.from + 800_000), drawn))
    }

    /// Ten watt-hours of each register from where it is claimed on: what lies between must have had the
    /// time to flow.
    func spans() async throws -> (sold: MeterSpan, drawn: MeterSpan) {
        func claimed(_ meter: PrivateKey, _ place: Int) async throws -> UInt64 {
            let values = try await testnet.ask("h01") { client in
                try ContractReader(client: client).results(
                    .community, "meter", [.address(meter.address)])
            }
            return try #require(values.dropFirst(place).first?.number(as: UInt64.self))
        }
        let (sold, drawn) = (try await claimed(sellerMeter, 2), try await claimed(buyerMeter, 1))
        return (MeterSpan(from: sold, to: sold + 10), MeterSpan(from: drawn, to: drawn + 10))
    }

    /// Offers 10 Wh, picks them and confirms the payment.
    func paidTrade() async throws -> OfferID {
        let made = try await call(MarketCall.addOffer(energy: 10, price: 1_000), by: seller)
        expectSuccess(made)
        let id = try await testnet.ask("h01") { try $0.offerID(madeBy: made.hash) }
        try await expectSuccess(call(MarketCall.pickOffer(id), by: buyer))
        try await expectSuccess(
            call(MarketCall.confirmP2L(id, start: start(of: id)), by: aggregator))
        return id
    }

    /// What the buyer's meter signs before delivery begins.
    private func start(of id: OfferID) -> SignedMeterReceipt {
        let now = marketNow()
        return MeterReceipt(
            tradeID: id, meter: buyerMeter.address, direction: .import, startRegister: .zero,
            endRegister: .zero, startTime: now, endTime: now
        ).signed(by: buyerMeter, in: domain)
    }

    /// The seller is paid for `trade`.
    func expectRelease(of trade: OfferID) async throws {
        try await expectSuccess(call(MarketCall.confirmL2P(trade), by: aggregator))
    }

    private func call(_ data: Bytes, by key: PrivateKey) async throws -> TransactionOutcome {
        try await testnet.submit(data, to: NativeContract.market, by: key, at: "h01")
    }

    /// Hands in a proof; only what is named is other than it should be.
    func proof(
        _ trade: OfferID, _ sold: MeterSpan, _ drawn: MeterSpan, by sender: PrivateKey? = nil,
        receiptsOf receiptTrade: OfferID? = nil, sellersMeter: PrivateKey? = nil,
        forgedBy forger: PrivateKey? = nil
    ) async throws -> TransactionOutcome {
        let start = marketNow().advanced(bySeconds: 1)
        let end = start.advanced(bySeconds: 30)
        let hasPassed = try await eventually(within: .seconds(5), every: .milliseconds(50)) {
            marketNow() > end.advanced(bySeconds: 10)
        }
        try #require(hasPassed)
        func receipt(
            _ meter: PrivateKey, _ direction: FlowDirection, _ span: MeterSpan, by key: PrivateKey
        ) -> SignedMeterReceipt {
            MeterReceipt(
                tradeID: receiptTrade ?? trade, meter: meter.address, direction: direction,
                startRegister: WattHours(span.from), endRegister: WattHours(span.to),
                startTime: start, endTime: end
            ).signed(by: key, in: domain)
        }
        let meter = sellersMeter ?? sellerMeter
        return try await call(
            MarketCall.proofOfDelivery(
                trade, seller: receipt(meter, .export, sold, by: forger ?? meter),
                buyer: receipt(buyerMeter, .import, drawn, by: buyerMeter)),
            by: sender ?? aggregator)
    }

    private func marketNow() -> MarketTime {
        let milliseconds = Date().timeIntervalSince1970 * 1_000
        return clock.time(at: Timestamp(milliseconds: UInt64(milliseconds)))
    }

    func expectSuccess(
        _ final: TransactionOutcome, sourceLocation: SourceLocation = #_sourceLocation
    ) {
        #expect(final.succeeded, "\(final.failure ?? "")", sourceLocation: sourceLocation)
    }

    func expectRevert(
        _ reason: String, _ final: TransactionOutcome,
        sourceLocation: SourceLocation = #_sourceLocation
    ) {
        #expect(!final.succeeded, "not refused for: \(reason)", sourceLocation: sourceLocation)
        #expect(
            final.failure?.verbatim.contains(reason) == true,
            "said: \(final.failure?.verbatim ?? "nothing")", sourceLocation: sourceLocation)
    }
}
