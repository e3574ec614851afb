import Foundation
import Ledger
import Protocol
import Testing
import Keys

/// What the ledger must not let through, tried through the API of running nodes.
@Suite(.serialized) struct RefusalTests {
    @Test func `a quiet street refuses everything that is not in order, with the reason`()
        async throws
    {
        let manifest = TestNeighbourhood.checkout + "/Tests/ClusterTests/quiet.toml"
        try await TestNeighbourhood.with([], manifest: manifest) { street in
            try await badTransactions(street)
            try await badOffersAndPicks(street)
            try await ProofTrial(street).run()
            try await strangersAtTheDoor(street)
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
        _ reason: String, _ outcome: TestNeighbourhood.Outcome,
        sourceLocation: SourceLocation = #_sourceLocation
    ) {
        #expect(!outcome.succeeded, sourceLocation: sourceLocation)
        #expect(
            outcome.reason?.localizedCaseInsensitiveContains(reason) == true,
            "said: \(outcome.reason ?? "nothing")", sourceLocation: sourceLocation)
    }

    private func badTransactions(_ street: TestNeighbourhood) async throws {
        let key = try street.key(of: "h01")
        let chainID = street.endpoints.chainId
        let nonce = try await street.nonce(of: key.address, at: "h01")
        let good = Transaction(
            chainID: chainID, nonce: nonce, to: NativeContract.market,
            data: MarketCall.addOffer(energy: 10, price: 1_000))

        await expectRefusal("member") {
            let stranger = PrivateKey.random()
            _ = try await street.sendRaw(good.signed(by: stranger).encoded, to: "h01")
        }
        await expectRefusal("chain id") {
            var other = good
            other.chainID += 1
            _ = try await street.sendRaw(other.signed(by: key).encoded, to: "h01")
        }
        await expectRefusal("trailing bytes") {
            _ = try await street.sendRaw(good.signed(by: key).encoded + [0], to: "h01")
        }
        await expectRefusal("upper half") {
            let signed = good.signed(by: key)
            let high = Signature(
                r: signed.signature.r, s: .max, yParity: !signed.signature.yParity)
            let mirrored = SignedTransaction(transaction: good, signature: high)
            _ = try await street.sendRaw(mirrored.encoded, to: "h01")
        }
        let hash = try await street.sendRaw(good.signed(by: key).encoded, to: "h01")
        let first = try await street.outcome(of: hash, at: "h01")
        #expect(first.succeeded)
        await expectRefusal("nonce too low") {
            var again = good
            again.data = MarketCall.addOffer(energy: 11, price: 1_000)
            _ = try await street.sendRaw(again.signed(by: key).encoded, to: "h01")
        }
    }

    private func badOffersAndPicks(_ street: TestNeighbourhood) async throws {
        let seller = try street.key(of: "h01")
        let buyer = try street.key(of: "h05")
        func market(_ data: Bytes, by key: PrivateKey) async throws -> TestNeighbourhood.Outcome {
            try await street.submit(data, to: NativeContract.market, by: key, at: "h01")
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

    private func strangersAtTheDoor(_ street: TestNeighbourhood) async throws {
        let p2p = try street.node("v1").p2p
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
        let log = try String(contentsOfFile: try street.node("v1").log, encoding: .utf8)
        #expect(log.contains("stranger"), "the refusal stands in the log")
    }
}
