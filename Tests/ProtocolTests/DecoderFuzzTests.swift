import Protocol
import TestKit
import Testing

/// Whatever bytes come from outside, a decoder takes them or refuses them, and the process goes
/// on. What it takes, it writes again as it came: of everything there is one form.
@Suite struct `Decoders of bytes from outside` {
    @Test(arguments: OctetDecoder.all)
    func `M20: no bytes end the process`(_ decoder: OctetDecoder) {
        var mutator = OctetMutator(seed: 20)
        var refusals = 0
        for example in decoder.examples { #expect(decoder.read(example) == .unchanged) }
        for round in 0..<1_500 {
            let bytes = mutator.bytes(like: decoder.examples)
            switch decoder.read(bytes) {
            case .refused: refusals += 1
            case .unchanged: break
            case .changed: Issue.record("round \(round): \(Hexadecimal.encode(bytes))")
            }
        }
        #expect(refusals > 100)
    }

    @Test func `M20: lengths beyond every bound are refused`() {
        for header in [0xb8, 0xbb, 0xbe, 0xbf, 0xf8, 0xfb, 0xfe, 0xff] as Bytes {
            let bytes = Int(header & 0x38 == 0x38 ? header & 7 : 0) + 1
            for first in [0x7f, 0x80, 0xff] as Bytes {
                let length = [first] + Bytes(repeating: 0xff, count: bytes - 1)
                #expect(throws: MalformedBytes.self) { try RLP(decoding: [header] + length) }
                let inList = [0xc0 + UInt8(1 + bytes), header] + length
                #expect(throws: MalformedBytes.self) { try RLP(decoding: inList) }
            }
        }
        let deep = Bytes(repeating: 0xc1, count: 1_000_000) + [0xc0]
        #expect(throws: MalformedBytes.self) { try RLP(decoding: deep) }
    }

    @Test func `M20: any signature has a signer or none`() {
        var mutator = OctetMutator(seed: 20)
        for _ in 0..<200 {
            guard let digest = Hash32(bytes: mutator.generator.bytes(32)),
                let signature = try? Signature(bytes: mutator.generator.bytes(64) + [1])
            else { continue }
            _ = Secp256k1().signer(of: signature, over: digest)
        }
        for word in [UInt256.zero, 1, Signature.halfOrder, .max] {
            let signature = Signature(r: word, s: word, yParity: true)
            _ = Secp256k1().signer(of: signature, over: .zero)
        }
    }
}

/// One kind of thing that is read from bytes.
struct OctetDecoder: Sendable, CustomTestStringConvertible {
    enum Verdict {
        case refused, unchanged, changed
    }

    let testDescription: String
    /// Bytes that are taken.
    let examples: [Bytes]
    /// Reads bytes and compares them with what is written for what was read.
    let read: @Sendable (Bytes) -> Verdict

    /// A decoder that gives back the bytes of what it read.
    init(
        _ name: String, _ examples: [Bytes],
        rewrite: @escaping @Sendable (Bytes) throws -> Bytes
    ) {
        testDescription = name
        self.examples = examples
        read = { bytes in
            guard let again = try? rewrite(bytes) else { return .refused }
            return again == bytes ? .unchanged : .changed
        }
    }

    /// The decoder of what stands in one RLP item.
    init<Value: RLPEncodable & RLPDecodable & SendableMetatype>(
        _ name: String, _ examples: [Value]
    ) {
        self.init(name, examples.map(\.rlp.encoded)) {
            try Value(rlp: RLP(decoding: $0)).rlp.encoded
        }
    }
}

extension OctetDecoder {
    static let all = [
        OctetDecoder("RLP", [Examples.block.rlp.encoded, [0xc5, 0xc0, 0x83, 0x64, 0x6f, 0x67]]) {
            try RLP(decoding: $0).encoded
        },
        callData,
        OctetDecoder("transaction", Examples.transactions.map(\.encoded)) {
            try SignedTransaction(decoding: $0).encoded
        },
        OctetDecoder("block", [Examples.block.rlp.encoded]) {
            try Block(rlp: RLP(decoding: $0), scheme: NobodyForges()).rlp.encoded
        },
        OctetDecoder("final block", [Examples.final.rlp.encoded]) {
            try FinalBlock(rlp: RLP(decoding: $0), scheme: NobodyForges()).rlp.encoded
        },
        OctetDecoder("consensus message", Examples.consensusMessages.map(\.rlp.encoded)) {
            try ConsensusMessage(rlp: RLP(decoding: $0), scheme: NobodyForges()).rlp.encoded
        },
        OctetDecoder("message between nodes", Examples.wireMessages.map(\.encoded)) {
            try WireMessage(decoding: $0, scheme: NobodyForges()).encoded
        },
        OctetDecoder("meter receipt", [Examples.meterReceipt]),
        OctetDecoder("genesis", [Examples.genesis]),
    ]

    /// Call data has more than one form, so what was read is written and read again.
    private static var callData: OctetDecoder {
        let place = ABIType.tuple([.init("x", .uint(64)), .init("who", .address)])
        let types: [ABIType] = [
            .bytes, .array(.string), .array(place), .bool, .fixedBytes(4), .array(.array(.uint(8))),
        ]
        let value: ABIValue = .tuple([.uint(7), .address(NativeContract.market)])
        let example = ABI.encode([
            .bytes([1, 2, 3]), .array([.string("Straße"), .string("")]), .array([value, value]),
            .bool(true), .fixedBytes([1, 2, 3, 4]), .array([.array([.uint(1)]), .array([])]),
        ])
        return OctetDecoder("call data", [example]) { bytes in
            let values = try ABI.decode(types, from: bytes)
            return try ABI.decode(types, from: ABI.encode(values)) == values ? bytes : []
        }
    }
}

/// One of everything that nodes and wallets send.
private enum Examples {
    static let signature = Signature(r: 0x0102_0304_0506_0708, s: 0xffff, yParity: true)

    static let transactions = [Transaction.Kind.legacy, .accessList, .dynamicFee].map { kind in
        var transaction = Transaction(
            kind: kind, chainID: 1_337, nonce: 300, to: NativeContract.market,
            data: Bytes(repeating: 0xab, count: 68))
        if kind != .legacy {
            transaction.accessList = [.init(address: .zero, slots: [.zero, .zero])]
        }
        return SignedTransaction(transaction: transaction, signature: signature)
    }

    static let verified = transactions.compactMap {
        try? VerifiedTransaction($0, scheme: NobodyForges())
    }

    static let block = Block(
        header: BlockHeader(
            parentHash: .zero, number: 77, timestamp: Timestamp(milliseconds: 1_700_000_000_123),
            proposer: NativeContract.market, stateRoot: .zero,
            transactionsRoot: Block.transactionsRoot(of: verified), receiptsRoot: .zero,
            logsBloom: LogsBloom(), gasUsed: 21_000,
            nextValidatorsHash: .zero),
        transactions: verified)

    static let final = FinalBlock(
        block: block,
        certificate: Certificate(round: 2, seals: [signature, signature, signature]))

    static var consensusMessages: [ConsensusMessage] {
        let prepare = Prepare(height: 77, round: 1, digest: block.hash, signature: signature)
        let claim = PreparedClaim(round: 1, digest: block.hash)
        let votes = [claim, nil].map {
            RoundChangeVote(height: 77, round: 2, prepared: $0, signature: signature)
        }
        return [
            .proposal(
                Proposal(
                    round: 2, block: block, signature: signature, roundChanges: votes,
                    prepares: [prepare, prepare])),
            .prepare(prepare),
            .commit(Commit(height: 77, round: 1, digest: block.hash, seal: signature)),
            .roundChange(RoundChange(vote: votes[0], block: block, prepares: [prepare])),
            .roundChange(RoundChange(vote: votes[1], block: nil, prepares: [])),
        ]
    }

    static var wireMessages: [WireMessage] {
        let order = DeliveryCommand(tradeID: OfferID(9), direction: .export, energy: WattHours(500))
        let reading = MeterReading(
            meter: .zero, time: MarketTime(seconds: 99), importRegister: WattHours(1),
            exportRegister: WattHours(2), power: -300)
        let meterMessages: [MeterMessage] = [
            .reading(reading), .begin(order), .began(order, reading), .end(order),
            .receipt(meterReceipt), .refusal(OfferID(9), reason: "no sun"), .signInWish,
            .signInChallenge(.zero),
            .signInAnswer(
                SignInAnswer(
                    challenge: .zero, time: Timestamp(milliseconds: 9), signature: signature)),
            .quartersWish(from: MarketTime(seconds: 900)),
            .quarters(
                QuarterReport(
                    first: MarketTime(seconds: 900),
                    quarters: [
                        QuarterSums(
                            meters: 9, measured: 5, supply: WattHours(7), need: WattHours(8)),
                        QuarterSums(meters: 9, measured: 4, supply: .zero, need: .zero),
                    ])),
            .suspension(reason: "unpaid"),
        ]
        let linkMessages: [LinkMessage] = [
            .hello(Hello(chainID: 7, genesisHash: .zero, endpoint: "a:1", agent: "busbar")),
            .peers([PeerEndpoint(certificateHash: .zero, endpoint: "b:2")]),
        ]
        let others: [ReplicaMessage] = [
            .head(
                CertifiedHead(
                    head: ChainHead(height: 77, hash: .zero), certificate: final.certificate)),
            .consensusStatus(ConsensusStatus(height: 77, round: 2, hasProposal: true)),
            .finalBlock(final), .transactions(verified), .blocksRequest(from: 5, count: 128),
            .blocks([final, final]), .proposalRequest(height: 78, hash: .zero),
            .proposalBlock(block), .transactionsAnnounced(verified.map(\.hash)),
            .transactionsRequest(number: 7, hashes: verified.map(\.hash)),
            .transactionsAnswer(number: 7, transactions: verified),
        ]
        let replicaMessages = others + consensusMessages.map(ReplicaMessage.consensus)
        return linkMessages.map(WireMessage.link) + replicaMessages.map(WireMessage.replica)
            + meterMessages.map(WireMessage.meter)
    }

    static let meterReceipt = SignedMeterReceipt(
        receipt: MeterReceipt(
            tradeID: OfferID(9), meter: .zero, direction: .import, startRegister: WattHours(10),
            endRegister: WattHours(510), startTime: MarketTime(seconds: 100),
            endTime: MarketTime(seconds: 400)),
        signature: signature)

    static var genesis: Genesis {
        let members = MemberRole.allCases.map {
            Member(
                account: .zero, role: $0, meterKey: .zero, ratedPower: Watts(5_000),
                certificateHash: .zero)
        }
        return Genesis(
            chainID: 7, name: "Straße", timestamp: .zero,
            marketClock: MarketClock(
                origin: MarketTime(seconds: 0), ledgerOrigin: .zero, rate: 60),
            members: members)
    }
}

/// A scheme in which every signature is one, so that the bytes behind it are read as well.
private struct NobodyForges: SignatureScheme {
    func signer(of signature: Signature, over digest: Hash32) -> Address? { .zero }
}

/// Makes bytes that resemble valid ones, the same for the same seed.
private struct OctetMutator {
    /// Bytes that begin something in RLP, or end a range.
    private static let edges: Bytes = [
        0, 1, 0x7f, 0x80, 0x81, 0xb7, 0xb8, 0xbf, 0xc0, 0xc1, 0xf7, 0xf8, 0xff,
    ]
    var generator: SeededGenerator

    init(seed: UInt64) {
        generator = SeededGenerator(seed: seed)
    }

    /// One of `examples` with something wrong in its bytes or its structure; or nothing like them.
    mutating func bytes(like examples: [Bytes]) -> Bytes {
        let example = examples[generator.below(examples.count)]
        switch generator.below(8) {
        case 0: return generator.bytes(generator.below(80))
        case 1, 2, 3:
            guard let item = try? RLP(decoding: example) else { return damaged(example) }
            return mutated(item).encoded
        default: return damaged(example)
        }
    }

    /// The bytes after one to three mishaps.
    private mutating func damaged(_ bytes: Bytes) -> Bytes {
        var bytes = bytes
        for _ in 0...generator.below(3) {
            guard !bytes.isEmpty else { return bytes }
            let start = generator.below(bytes.count)
            let end = min(bytes.count, start + 1 + generator.below(9))
            switch generator.below(7) {
            case 0: bytes[start] ^= 1 << UInt8(generator.below(8))
            case 1: bytes[start] = Self.edges[generator.below(Self.edges.count)]
            case 2: bytes.removeSubrange(start..<end)
            case 3: bytes.insert(contentsOf: bytes[start..<end], at: start)
            case 4: bytes.replaceSubrange(start..<end, with: generator.bytes(end - start))
            case 5: bytes.replaceSubrange(start..<end, with: Bytes(repeating: 0xff, count: 9))
            default: bytes.removeLast(bytes.count - start)
            }
        }
        return bytes
    }

    /// The item with one change somewhere in it, and lengths that fit.
    private mutating func mutated(_ item: RLP) -> RLP {
        guard var items = item.items, !items.isEmpty, generator.below(8) > 0 else {
            return other(item)
        }
        let place = generator.below(items.count)
        switch generator.below(10) {
        case 0: items.remove(at: place)
        case 1: items.insert(items[generator.below(items.count)], at: place)
        case 2: items.swapAt(place, generator.below(items.count))
        default: items[place] = mutated(items[place])
        }
        return .list(items)
    }

    private mutating func other(_ item: RLP) -> RLP {
        switch generator.below(4) {
        case 0: return .list([item])
        case 1: return .bytes(generator.bytes(generator.below(40)))
        case 2:
            return .bytes(Bytes(repeating: Self.edges[generator.below(Self.edges.count)], count: 8))
        default:
            guard let bytes = item.string else { return .list([]) }
            return .bytes(damaged(bytes))
        }
    }
}
