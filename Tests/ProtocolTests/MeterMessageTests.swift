import Protocol
import Testing

/// What a meter says, on its way: every field counts, in both directions.
@Suite struct `What a meter says` {
    private static let receipts: [MeterReceipt] = {
        let first = MeterReceipt(
            tradeID: OfferID(1), meter: Address(reserved: 2), direction: .import,
            startRegister: WattHours(3), endRegister: WattHours(4),
            startTime: MarketTime(seconds: 5), endTime: MarketTime(seconds: 6))
        func changed(_ change: (inout MeterReceipt) -> Void) -> MeterReceipt {
            var receipt = first
            change(&receipt)
            return receipt
        }
        return [
            first, changed { $0.tradeID = OfferID(9) }, changed { $0.meter = Address(reserved: 9) },
            changed { $0.direction = .export }, changed { $0.startRegister = WattHours(9) },
            changed { $0.endRegister = WattHours(9) },
            changed { $0.startTime = MarketTime(seconds: 9) },
            changed { $0.endTime = MarketTime(seconds: 9) },
        ]
    }()

    private static let commands = [FlowDirection.import, .export].flatMap { direction in
        [(1, 2), (9, 2), (1, 9)].map { id, energy in
            DeliveryCommand(
                tradeID: OfferID(id), direction: direction, energy: WattHours(energy))
        }
    }

    private static let reading = MeterReading(
        meter: Address(reserved: 1), time: MarketTime(seconds: 2), importRegister: WattHours(3),
        exportRegister: WattHours(4), power: -5)

    private static func answer(_ challenge: UInt8, _ time: UInt64) -> MeterMessage {
        .signInAnswer(
            SignInAnswer(
                challenge: SHA256.hash([challenge]), time: Timestamp(milliseconds: time),
                signature: Signature(r: 7, s: 8, yParity: true)))
    }

    private static let messages: [MeterMessage] =
        receipts.map {
            .receipt(
                SignedMeterReceipt(
                    receipt: $0, signature: Signature(r: 7, s: 8, yParity: true)))
        } + commands.flatMap { [.begin($0), .end($0), .began($0, reading)] } + [
            .reading(reading), .refusal(OfferID(7), reason: "no"),
            .refusal(OfferID(8), reason: "no"), .refusal(OfferID(7), reason: "yes"),
            .signInWish, .signInChallenge(SHA256.hash([1])), .signInChallenge(SHA256.hash([2])),
            answer(1, 1), answer(2, 1), answer(1, 2),
            .quartersWish(from: MarketTime(seconds: 900)),
            .quartersWish(from: MarketTime(seconds: 1_800)),
            .suspension(reason: "unpaid"), .suspension(reason: "moved away"),
        ] + told

    private static let told: [MeterMessage] = {
        func sums(
            _ meters: UInt32 = 9, _ measured: UInt32 = 8, _ supply: UInt64 = 7, _ need: UInt64 = 6
        ) -> QuarterSums {
            QuarterSums(
                meters: meters, measured: measured, supply: WattHours(supply),
                need: WattHours(need))
        }
        let lists = [
            [], [sums()], [sums(10)], [sums(9, 7)], [sums(9, 8, 1)], [sums(9, 8, 7, 1)],
            [sums(), sums(10)], [sums(10), sums()],
        ]
        let reports = lists.map { QuarterReport(first: MarketTime(seconds: 900), quarters: $0) }
        return (reports + [QuarterReport(first: MarketTime(seconds: 1_800), quarters: [])])
            .map { .quarters($0) }
    }()

    @Test func `comes back as it was`() throws {
        for message in Self.messages {
            #expect(try MeterMessage(rlp: RLP(decoding: message.rlp.encoded)) == message)
        }
        #expect(Set(Self.messages.map(\.rlp.encoded)).count == Self.messages.count)
    }

    @Test func `tells nothing of few meters, and nothing that cannot be`() throws {
        let few = QuarterSums(
            meters: 9, measured: 4, supply: WattHours(7), need: WattHours(8))
        #expect(few.supply == .zero && few.need == .zero && few.measured == 4)
        let vast = QuarterSums(
            meters: .max, measured: .max, supply: WattHours(.max), need: WattHours(.max))
        #expect(vast.meters == QuarterSums.mostMeters && vast.measured == vast.meters)
        #expect(vast.supply == QuarterSums.mostEnergy && vast.need == QuarterSums.mostEnergy)
        #expect(QuarterSums(meters: 5, measured: 9, supply: .zero, need: .zero).measured == 5)
        let most = QuarterSums.mostEnergy.value
        let wrong: [(UInt32, UInt32, UInt64, UInt64)] = [
            (9, 4, 1, 0), (9, 4, 0, 1), (5, 6, 0, 0), (9, 9, most + 1, 0), (9, 9, 0, most + 1),
            (QuarterSums.mostMeters + 1, 9, 0, 0),
        ]
        for (meters, measured, supply, need) in wrong {
            #expect(throws: MalformedBytes.self) {
                _ = try QuarterSums(rlp: .fields(meters, measured, supply, need))
            }
        }
        let whole = try QuarterSums(rlp: .fields(9 as UInt32, 9 as UInt32, most, most))
        #expect(whole.supply.value == most)
    }

    @Test func `fits into one message as far as a report may go, and no further`() throws {
        let quiet = QuarterSums(meters: 5, measured: 5, supply: .zero, need: .zero)
        let busy = QuarterSums(
            meters: .max, measured: .max, supply: WattHours(.max), need: WattHours(.max))
        for sums in [quiet, busy] {
            func message(_ count: Int) -> WireMessage {
                .meter(
                    .quarters(
                        QuarterReport(
                            first: MarketTime(seconds: 1_780_000_200),
                            quarters: Array(repeating: sums, count: count))))
            }
            let bytes = message(QuarterReport.most).encoded
            let kind = try #require(WireMessage.Kind(prefix: bytes[...]))
            #expect(bytes.count <= kind.mostBytes)
            let read = try WireMessage(decoding: bytes, scheme: Secp256k1())
            #expect(read == message(QuarterReport.most))
            #expect(throws: MalformedBytes.self) {
                _ = try WireMessage(
                    decoding: message(QuarterReport.most + 1).encoded, scheme: Secp256k1())
            }
        }
    }

    @Test func `is signed whole: what differs in one field has another digest`() {
        let domain = SigningDomain(chainID: 7, genesisHash: SHA256.hash([7]))
        let digests = Self.receipts.map { $0.digest(in: domain) }
        #expect(Set(digests).count == Self.receipts.count)
        for other in [
            SigningDomain(chainID: 8, genesisHash: SHA256.hash([7])),
            SigningDomain(chainID: 7, genesisHash: SHA256.hash([8])),
        ] {
            #expect(Self.receipts[0].digest(in: other) != digests[0])
        }
    }
}
