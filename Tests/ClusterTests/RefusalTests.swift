import Client
import Console
import Foundation
import Keys
import Ledger
import Protocol
import TestKit
import Testing

/// What the ledger must not let through, tried through the API of running nodes.
@Suite(.serialized, SharedTestnet(manifest: RunningTestnet.quietManifest))
struct RefusalTests {
    private let testnet: RunningTestnet

    init() throws {
        testnet = try SharedTestnet.testnet
    }

    private func expectRefusal(
        _ reason: String, _ body: () async throws -> Void,
        sourceLocation: SourceLocation = #_sourceLocation
    ) async {
        do {
            try await body()
            Issue.record("accepted, not refused for: \(reason)", sourceLocation: sourceLocation)
        } catch let error as CommandFailure where error.status == .refused {
            #expect(
                error.description.localizedCaseInsensitiveContains(reason), "said: \(error)",
                sourceLocation: sourceLocation)
        } catch {
            Issue.record("\(error)", sourceLocation: sourceLocation)
        }
    }

    private func expectRevert(
        _ reason: String, _ final: TransactionOutcome,
        sourceLocation: SourceLocation = #_sourceLocation
    ) {
        #expect(!final.succeeded, sourceLocation: sourceLocation)
        #expect(
            final.failure?.verbatim.localizedCaseInsensitiveContains(reason) == true,
            "said: \(final.failure?.verbatim ?? "nothing")", sourceLocation: sourceLocation)
    }

    /// A call of the market by the household h01 or h05.
    private func market(_ data: Bytes, by name: String) async throws -> TransactionOutcome {
        try await testnet.submit(
            data, to: NativeContract.market, by: testnet.key(of: name), at: "h01")
    }

    /// A transaction of h01 that is in order.
    private func goodTransaction() async throws -> Transaction {
        let account = try testnet.node("h01").address
        return Transaction(
            chainID: testnet.endpoints.chainId,
            nonce: try await testnet.ask("h01") { try $0.nonce(of: account) },
            to: NativeContract.market, data: MarketCall.addOffer(energy: 10, price: 1_000))
    }

    @Test func `nobody but members of this chain gets a transaction in`() async throws {
        let good = try await goodTransaction()
        await expectRefusal("member") {
            try await testnet.sendRaw(good.signed(by: PrivateKey.random()).encoded, to: "h01")
        }
        await expectRefusal("chain id") {
            var other = good
            other.chainID += 1
            try await testnet.sendRaw(
                other.signed(by: testnet.key(of: "h01")).encoded, to: "h01")
        }
    }

    @Test func `a transaction has one encoding and one signature`() async throws {
        let good = try await goodTransaction()
        let signed = good.signed(by: try testnet.key(of: "h01"))
        await expectRefusal("trailing bytes") {
            try await testnet.sendRaw(signed.encoded + [0], to: "h01")
        }
        await expectRefusal("upper half") {
            let high = Signature(
                r: signed.signature.r, s: .max, yParity: !signed.signature.yParity)
            let mirrored = SignedTransaction(transaction: good, signature: high)
            try await testnet.sendRaw(mirrored.encoded, to: "h01")
        }
    }

    @Test func `a nonce is used once`() async throws {
        let good = try await goodTransaction()
        let key = try testnet.key(of: "h01")
        let first = try await testnet.ask("h01") {
            try $0.submit(good.signed(by: key), waitingFor: 30)
        }
        #expect(first?.succeeded == true)
        await expectRefusal("nonce too low") {
            var again = good
            again.data = MarketCall.addOffer(energy: 11, price: 1_000)
            try await testnet.sendRaw(again.signed(by: key).encoded, to: "h01")
        }
    }

    @Test func `an offer of nothing, or of more than the connection carries, is reverted`()
        async throws
    {
        expectRevert("0 Wh", try await market(MarketCall.addOffer(energy: 0, price: 1), by: "h01"))
        expectRevert(
            "deliver",
            try await market(MarketCall.addOffer(energy: 90_000, price: 1_000), by: "h01"))
    }

    @Test func `one's own offer, one that is not there and one beyond one's means are not picked`()
        async throws
    {
        func offer(price: UInt32) async throws -> OfferID {
            let made = try await market(MarketCall.addOffer(energy: 10, price: price), by: "h01")
            #expect(made.succeeded, "\(made.failure ?? "")")
            return try await testnet.ask("h01") { try $0.offerID(madeBy: made.hash) }
        }
        let own = try await offer(price: 1_000)
        expectRevert("your own", try await market(MarketCall.pickOffer(own), by: "h01"))
        expectRevert(
            "does not exist", try await market(MarketCall.pickOffer(OfferID(777)), by: "h05"))
        let dear = try await offer(price: 4_000_000_000)
        expectRevert("balance", try await market(MarketCall.pickOffer(dear), by: "h05"))
    }

    @Test func `of all proofs of a delivery the true one alone passes`() async throws {
        try await ProofTrial.with(testnet) { trial in
            let trade = try await trial.paidTrade()
            let (sold, drawn) = try await trial.spans()
            try await trial.refusesFalseProofs(of: trade, sold, drawn)
            try await trial.expectSuccess(trial.proof(trade, sold, drawn))
            try await trial.expectRelease(of: trade)
        }
    }

    @Test func `energy that was paid for is not paid for again`() async throws {
        try await ProofTrial.with(testnet) { trial in
            let first = try await trial.paidTrade()
            let (sold, drawn) = try await trial.spans()
            try await trial.expectSuccess(trial.proof(first, sold, drawn))
            let second = try await trial.paidTrade()
            let overlapping = MeterSpan(from: sold.from + 5, to: sold.to + 5)
            try await trial.expectRevert(
                "claimed", trial.proof(second, overlapping, drawn.next))
            try await trial.expectSuccess(trial.proof(second, sold.next, drawn.next))
        }
    }

    @Test func `who shows no member's certificate is turned away at a node's door`() async throws {
        let p2p = try testnet.node("v1").p2p
        let bare = try await Command.run(
            "openssl", ["s_client", "-connect", p2p, "-alpn", "h2", "-ign_eof"],
            timeout: .seconds(20))
        #expect(
            bare.text.localizedCaseInsensitiveContains("certificate required"), "\(bare.text)")
        let curl = try await Command.run(
            "curl", ["-sS", "-k", "--max-time", "10", "https://\(p2p)/"])
        #expect(curl.exitCode != 0)
        #expect(curl.output.isEmpty, "\(curl.output)")
        let place = try TemporaryDirectory()
        defer { withExtendedLifetime(place) {} }
        let directory = place.path
        let stranger = try NodeCertificate(
            selfSigned: CertificateSubject(commonName: "stranger"))
        let (certificate, key) = (directory + "/cert.pem", directory + "/key.pem")
        try stranger.write(certificateFile: certificate, keyFile: key)
        let selfMade = try await Command.run(
            "curl",
            [
                "-sS", "-k", "--max-time", "10", "--cert", certificate, "--key", key,
                "https://\(p2p)/busbar/1/consensus",
            ])
        #expect(selfMade.exitCode != 0)
        #expect(selfMade.output.isEmpty, "\(selfMade.output)")
        let log = try String(contentsOfFile: try testnet.node("v1").log, encoding: .utf8)
        #expect(log.contains("stranger"), "the refusal stands in the log")
    }
}
