import Ledger
import Protocol
import TestKit
import Testing

/// A proof of delivery falls with any one thing that is wrong in either of its two receipts.
@Suite struct ReceiptTests {
    /// Whose receipt is spoiled.
    enum Side: String, CaseIterable {
        case seller
        case buyer

        var meter: Address {
            TestCommunity.meter(of: self == .seller ? TestCommunity.anna : TestCommunity.ben)
        }

        var other: Side { self == .seller ? .buyer : .seller }
    }

    /// What became of a proof in which `side`'s receipt is what `change` makes of a good one, and
    /// `signed` gives what is presented: nil if it was accepted.
    private func refusal(
        of side: Side, _ change: (inout MeterReceipt) -> Void = { _ in },
        signed: (TestCommunity, MeterReceipt) -> SignedMeterReceipt = { $0.signed($1) }
    ) throws -> String? {
        var community = try TestCommunity.withPayment()
        community.wait(1_800)
        var receipts = [
            Side.seller: community.exportReceipt(1), .buyer: community.importReceipt(1),
        ]
        var signatures = receipts.mapValues { community.signed($0) }
        change(&receipts[side, default: community.exportReceipt(1)])
        signatures[side] = receipts[side].map { signed(community, $0) }
        guard let seller = signatures[.seller], let buyer = signatures[.buyer] else { return nil }
        let before = community.state
        let reason = try community.send(
            TestCommunity.aggregator,
            MarketCall.proofOfDelivery(OfferID(1), seller: seller, buyer: buyer))
        for key in [Side.seller.meter, Side.buyer.meter] where reason != nil {
            #expect(community.state.meter(key) == before.meter(key))
        }
        return reason
    }

    private func says(_ side: Side, _ reason: String) -> String {
        "the \(side.rawValue)'s receipt: \(reason)"
    }

    @Test(arguments: Side.allCases)
    func `a good receipt is accepted`(side: Side) throws {
        #expect(try refusal(of: side) == nil)
    }

    @Test(arguments: Side.allCases)
    func `a receipt of another trade is refused`(side: Side) throws {
        let reason = try refusal(of: side) { $0.tradeID = OfferID(2) }
        #expect(reason == says(side, "it is for trade 2, not for 1"))
    }

    @Test(arguments: Side.allCases)
    func `a receipt of the other household's meter is refused`(side: Side) throws {
        let reason = try refusal(of: side) { $0.meter = side.other.meter }
        #expect(reason?.contains("meter \(side.other.meter) is not ") == true)
    }

    @Test(arguments: Side.allCases)
    func `a receipt of the other direction is refused`(side: Side) throws {
        let reason = try refusal(of: side) {
            $0.direction = side == .seller ? .import : .export
        }
        #expect(reason?.contains("it is of ") == true)
    }

    @Test(arguments: Side.allCases)
    func `a receipt whose time runs backwards is refused`(side: Side) throws {
        let reason = try refusal(of: side) {
            ($0.startTime, $0.endTime) = ($0.endTime, $0.startTime)
        }
        #expect(
            reason == says(side, "it ends at 1000030, before it starts at 1001830"))
    }

    @Test(arguments: Side.allCases)
    func `a receipt from before the payment is refused`(side: Side) throws {
        let reason = try refusal(of: side) { $0.startTime = MarketTime(seconds: 1_000_029) }
        #expect(reason == says(side, "it starts at 1000029, before the payment at 1000030"))
    }

    @Test(arguments: Side.allCases)
    func `a receipt from the future is refused`(side: Side) throws {
        let reason = try refusal(of: side) { $0.endTime = MarketTime(seconds: 1_001_831) }
        #expect(reason == says(side, "it ends at 1001831, after now, 1001830"))
    }

    @Test(arguments: Side.allCases)
    func `a register that runs backwards is refused`(side: Side) throws {
        let reason = try refusal(of: side) {
            ($0.startRegister, $0.endRegister) = ($0.endRegister, $0.startRegister)
        }
        #expect(reason?.hasPrefix(says(side, "the register runs backwards from ")) == true)
    }

    @Test(arguments: [(Side.seller, 1_840), (.buyer, 5_500)] as [(Side, UInt64)])
    func `a register is as fast as the household's own connection, and its rounding`(
        side: Side, energy: UInt64
    ) throws {
        for (more, isAccepted) in [(1, true), (2, false)] as [(UInt64, Bool)] {
            let reason = try refusal(of: side) {
                $0.endRegister = WattHours($0.startRegister.value + energy + more)
            }
            #expect((reason == nil) == isAccepted)
        }
    }

    /// Each field of a receipt, changed a little.
    static let changes: [String: @Sendable (inout MeterReceipt) -> Void] = [
        "trade": { $0.tradeID = OfferID($0.tradeID.value + 1) },
        "meter": { $0.meter = TestCommunity.meter(of: TestCommunity.carla) },
        "direction": { $0.direction = $0.direction == .import ? .export : .import },
        "start register": { $0.startRegister = WattHours($0.startRegister.value - 1) },
        "end register": { $0.endRegister = WattHours($0.endRegister.value - 1) },
        "start time": { $0.startTime = MarketTime(seconds: $0.startTime.seconds + 1) },
        "end time": { $0.endTime = MarketTime(seconds: $0.endTime.seconds - 1) },
    ]

    @Test(arguments: Side.allCases, changes.keys.sorted())
    func `a signature covers every field`(side: Side, field: String) throws {
        let change = try #require(Self.changes[field])
        // The meter signed something else; what is presented is right in all but the signature.
        let reason = try refusal(
            of: side,
            signed: { community, receipt in
                var other = receipt
                change(&other)
                let signature = other.signed(
                    by: PlainKey(address: receipt.meter), in: community.state.domain
                ).signature
                return SignedMeterReceipt(receipt: receipt, signature: signature)
            })
        #expect(reason == says(side, "it is not signed by meter \(side.meter)"))
    }

    @Test(arguments: Side.allCases)
    func `a signature covers chain and genesis`(side: Side) throws {
        for (chain, hash) in [(4_243, nil), (4_242, Hash32.zero)] as [(UInt64, Hash32?)] {
            let reason = try refusal(
                of: side,
                signed: { community, receipt in
                    let domain = SigningDomain(
                        chainID: chain, genesisHash: hash ?? community.state.domain.genesisHash)
                    return receipt.signed(by: PlainKey(address: receipt.meter), in: domain)
                })
            #expect(reason == says(side, "it is not signed by meter \(side.meter)"))
        }
    }

    @Test(arguments: Side.allCases)
    func `the other household's meter does not sign`(side: Side) throws {
        let reason = try refusal(
            of: side,
            signed: { community, receipt in
                receipt.signed(
                    by: PlainKey(address: side.other.meter), in: community.state.domain)
            })
        #expect(reason == says(side, "it is not signed by meter \(side.meter)"))
    }

    @Test func `a receipt of the other side does not stand for one's own`() throws {
        var community = try TestCommunity.withPayment()
        community.wait(1_800)
        let exported = community.signed(community.exportReceipt(1))
        let imported = community.signed(community.importReceipt(1))
        let swapped = MarketCall.proofOfDelivery(OfferID(1), seller: imported, buyer: exported)
        #expect(
            try community.send(TestCommunity.aggregator, swapped)?
                .hasPrefix("the seller's receipt: meter ") == true)
        let twice = MarketCall.proofOfDelivery(OfferID(1), seller: exported, buyer: exported)
        #expect(
            try community.send(TestCommunity.aggregator, twice)?
                .hasPrefix("the buyer's receipt: meter ") == true)
    }
}
