import Foundation
import Ledger
import Protocol
import Testing
import Keys

/// What the ledger must not let through, tried through the API of running nodes.
@Suite(.serialized) struct RefusalTests {
    @Test func `a quiet testnet refuses everything that is not in order, with the reason`()
        async throws
    {
        let manifest = RunningTestnet.checkout + "/Tests/ClusterTests/quiet.toml"
        try await RunningTestnet.with([], manifest: manifest) { testnet in
            try await badTransactions(testnet)
            try await badOffersAndPicks(testnet)
            try await ProofTrial(testnet).run()
            try await strangersAtTheDoor(testnet)
        }
    }

    private func expectRefusal(
        _ reason: String, _ body: () async throws -> Void,
        sourceLocation: SourceLocation = #_sourceLocation
    ) async {
        do {
            try await body()
            Issue.record("accepted, not refused for: \(reason)", sourceLocation: sourceLocation)
        } catch let error as RPCError {
            #expect(
                error.message.localizedCaseInsensitiveContains(reason),
                "said: \(error.message)", sourceLocation: sourceLocation)
        } catch {
            Issue.record("\(error)", sourceLocation: sourceLocation)
        }
    }

    private func expectRevert(
        _ reason: String, _ outcome: RunningTestnet.Outcome,
        sourceLocation: SourceLocation = #_sourceLocation
    ) {
        #expect(!outcome.succeeded, sourceLocation: sourceLocation)
        #expect(
            outcome.reason?.localizedCaseInsensitiveContains(reason) == true,
            "said: \(outcome.reason ?? "nothing")", sourceLocation: sourceLocation)
    }

    private func badTransactions(_ testnet: RunningTestnet) async throws {
        let key = try testnet.key(of: "h01")
        let chainID = testnet.endpoints.chainId
        let nonce = try await testnet.nonce(of: key.address, at: "h01")
        let good = Transaction(
            chainID: chainID, nonce: nonce, to: NativeContract.market,
            data: MarketCall.addOffer(energy: 10, price: 1_000))

        await expectRefusal("member") {
            let stranger = PrivateKey.random()
            _ = try await testnet.sendRaw(good.signed(by: stranger).encoded, to: "h01")
        }
        await expectRefusal("chain id") {
            var other = good
            other.chainID += 1
            _ = try await testnet.sendRaw(other.signed(by: key).encoded, to: "h01")
        }
        await expectRefusal("trailing bytes") {
            _ = try await testnet.sendRaw(good.signed(by: key).encoded + [0], to: "h01")
        }
        await expectRefusal("upper half") {
            let signed = good.signed(by: key)
            let high = Signature(
                r: signed.signature.r, s: .max, yParity: !signed.signature.yParity)
            let mirrored = SignedTransaction(transaction: good, signature: high)
            _ = try await testnet.sendRaw(mirrored.encoded, to: "h01")
        }
        let hash = try await testnet.sendRaw(good.signed(by: key).encoded, to: "h01")
        let first = try await testnet.outcome(of: hash, at: "h01")
        #expect(first.succeeded)
        await expectRefusal("nonce too low") {
            var again = good
            again.data = MarketCall.addOffer(energy: 11, price: 1_000)
            _ = try await testnet.sendRaw(again.signed(by: key).encoded, to: "h01")
        }
    }

    private func badOffersAndPicks(_ testnet: RunningTestnet) async throws {
        let seller = try testnet.key(of: "h01")
        let buyer = try testnet.key(of: "h05")
        func market(_ data: Bytes, by key: PrivateKey) async throws -> RunningTestnet.Outcome {
            try await testnet.submit(data, to: NativeContract.market, by: key, at: "h01")
        }
        expectRevert(
            "0 Wh", try await market(MarketCall.addOffer(energy: 0, price: 1_000), by: seller))
        expectRevert(
            "deliver",
            try await market(MarketCall.addOffer(energy: 90_000, price: 1_000), by: seller))
        // Offer 1 was made by badTransactions.
        expectRevert("your own", try await market(MarketCall.pickOffer(OfferID(1)), by: seller))
        expectRevert(
            "does not exist", try await market(MarketCall.pickOffer(OfferID(77)), by: buyer))
        let dear = try await market(
            MarketCall.addOffer(energy: 10, price: 4_000_000_000), by: seller)
        #expect(dear.succeeded, "\(dear.reason ?? "")")
        expectRevert("balance", try await market(MarketCall.pickOffer(OfferID(2)), by: buyer))
    }

    private func strangersAtTheDoor(_ testnet: RunningTestnet) async throws {
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
        let directory = NSTemporaryDirectory() + "busbar-stranger-\(UUID().uuidString)"
        defer { try? FileManager.default.removeItem(atPath: directory) }
        try FileManager.default.createDirectory(
            atPath: directory, withIntermediateDirectories: true)
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
