import Foundation
import Ledger
import Protocol
import Testing
import Keys

/// One trade by hand, with every proof of delivery that must not pass tried before the one that
/// must. The test stands in for the aggregator, whose process is stopped.
struct ProofTrial {
    private let testnet: RunningTestnet
    private let seller: PrivateKey
    private let buyer: PrivateKey
    private let aggregator: PrivateKey
    private let sellerMeter: PrivateKey
    private let buyerMeter: PrivateKey
    private let domain: SigningDomain
    private let clock: MarketClock

    init(_ testnet: RunningTestnet) async throws {
        self.testnet = testnet
        seller = try testnet.key(of: "h01")
        buyer = try testnet.key(of: "h05")
        aggregator = try testnet.key(of: "aggregator")
        sellerMeter = try testnet.meterKey(of: "h01")
        buyerMeter = try testnet.meterKey(of: "h05")
        let block = try #require(
            try await testnet.rpc("h01", "eth_getBlockByNumber", ["0x0", false]) as? [String: Any])
        let hash = try #require(Hash32(hexadecimal: block["hash"] as? String ?? ""))
        domain = SigningDomain(chainID: testnet.endpoints.chainId, genesisHash: hash)
        let file = URL(fileURLWithPath: testnet.directory + "/genesis.json")
        clock = try JSONDecoder().decode(Genesis.self, from: Data(contentsOf: file)).marketClock
    }

    /// Tries them all.
    func run() async throws {
        var testnet = testnet
        let buyer = buyer.address
        let hasTokens = try await eventually(within: .seconds(30)) {
            let account = try await testnet.get("h01", "/api/v1/accounts/\(buyer)")
            return (account.body as? [String: Any])?["balance"] as? String != "0"
        }
        try #require(hasTokens, "the aggregator sold no tokens to h05")
        try testnet.kill(["aggregator"])
        let first = try await paidTrade()
        try await refusesFalseProofs(of: first)
        let sold = MeterSpan(from: 100_000, to: 100_010)
        let drawn = MeterSpan(from: 200_000, to: 200_010)
        try await expectSuccess(proof(first, sold, drawn))
        try await expectSuccess(call(MarketCall.confirmL2P(first), by: aggregator))
        let second = try await paidTrade()
        try await expectRevert(
            "claimed", proof(second, MeterSpan(from: 100_005, to: 100_015), drawn.next))
        try await expectSuccess(proof(second, sold.next, drawn.next))
    }

    private func refusesFalseProofs(of trade: OfferID) async throws {
        let sold = MeterSpan(from: 100_000, to: 100_010)
        let drawn = MeterSpan(from: 200_000, to: 200_010)
        try await expectRevert("aggregator", proof(trade, sold, drawn, by: seller))
        try await expectRevert(
            "trade", proof(trade, sold, drawn, receiptsOf: OfferID(trade.value + 1)))
        let foreign = try testnet.meterKey(of: "h02")
        try await expectRevert("meter", proof(trade, sold, drawn, sellersMeter: foreign))
        try await expectRevert("not signed", proof(trade, sold, drawn, forgedBy: buyer))
        try await expectRevert("back", proof(trade, MeterSpan(from: 100_010, to: 100_000), drawn))
        try await expectRevert(
            "W", proof(trade, MeterSpan(from: 100_000, to: 900_000), drawn))
    }

    /// What a register showed at the start and at the end.
    private struct MeterSpan {
        var from: UInt64
        var to: UInt64

        /// The same energy, from where this one ends.
        var next: MeterSpan { MeterSpan(from: to, to: to + to - from) }
    }

    /// Offers 10 Wh, picks them and confirms the payment.
    private func paidTrade() async throws -> OfferID {
        let before = try await newestTrade()
        try await expectSuccess(call(MarketCall.addOffer(energy: 10, price: 1_000), by: seller))
        let id = OfferID(before + 1)
        try await expectSuccess(call(MarketCall.pickOffer(id), by: buyer))
        try await expectSuccess(call(MarketCall.confirmP2L(id), by: aggregator))
        return id
    }

    private func newestTrade() async throws -> UInt32 {
        let list = try await testnet.get("h01", "/api/v1/trades?limit=1")
        let items = (list.body as? [String: Any])?["items"] as? [[String: Any]]
        return try #require(items?.first?["id"] as? UInt32, "\(list.body ?? "")")
    }

    private func call(_ data: Bytes, by key: PrivateKey) async throws -> RunningTestnet.Outcome {
        try await testnet.submit(data, to: NativeContract.market, by: key, at: "h01")
    }

    /// Hands in a proof; only what is named is other than it should be.
    private func proof(
        _ trade: OfferID, _ sold: MeterSpan, _ drawn: MeterSpan, by sender: PrivateKey? = nil,
        receiptsOf receiptTrade: OfferID? = nil, sellersMeter: PrivateKey? = nil,
        forgedBy forger: PrivateKey? = nil
    ) async throws -> RunningTestnet.Outcome {
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

    private func expectSuccess(
        _ outcome: RunningTestnet.Outcome, sourceLocation: SourceLocation = #_sourceLocation
    ) async throws {
        #expect(outcome.succeeded, "\(outcome.reason ?? "")", sourceLocation: sourceLocation)
    }

    private func expectRevert(
        _ reason: String, _ outcome: RunningTestnet.Outcome,
        sourceLocation: SourceLocation = #_sourceLocation
    ) async throws {
        #expect(!outcome.succeeded, "not refused for: \(reason)", sourceLocation: sourceLocation)
        #expect(
            outcome.reason?.contains(reason) == true, "said: \(outcome.reason ?? "nothing")",
            sourceLocation: sourceLocation)
    }
}
