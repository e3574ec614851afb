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
        ]

    @Test func `comes back as it was`() throws {
        for message in Self.messages {
            #expect(try MeterMessage(rlp: RLP(decoding: message.rlp.encoded)) == message)
        }
        #expect(Set(Self.messages.map(\.rlp.encoded)).count == Self.messages.count)
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
