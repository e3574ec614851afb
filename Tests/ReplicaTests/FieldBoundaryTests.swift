import Consensus
import Ledger
import Protocol
import TestKit
import Testing

@testable import Replica

/// Values at the edges of their types in every field of every message between nodes, as bytes: no
/// decoder and no replica traps, and what is refused is refused for a reason.
@Suite struct FieldBoundaryTests {
    /// Numbers at the edges; bytes of lengths that nothing has; a list where none belongs.
    private static let values: [RLP] =
        ([0, 1, 255, 1 << 31, 1 << 32, (1 << 32) - 1, 1 << 63, (1 << 63) - 1, .max - 1, .max]
        as [UInt64]).map { .number($0) }
        + [9, 20, 32, 33, 65, 257].map { .bytes(Bytes(repeating: 0xff, count: $0)) }
        + [.bytes([0]), .bytes(Array("\u{1b}[2J\n".utf8)), .list([]), .list([.list([])])]

    private let community: TestCommunity
    private let messages: [WireMessage]

    init() throws {
        var community = try TestCommunity()
        try community.grow([try TestCommunity.transaction(nonce: 0)])
        self.community = community
        messages = try Self.messages(community)
    }

    /// A real message of every kind.
    private static func messages(_ community: TestCommunity) throws -> [WireMessage] {
        let final = community.finals[0]
        let (domain, key) = (community.domain, PlainKey(address: TestCommunity.validators[0]))
        let (height, hash) = (final.block.number + 1, final.block.hash)
        let signed = key.sign(domain.prepareDigest(height: height, round: 0, block: hash))
        let prepare = Prepare(height: height, round: 0, digest: hash, signature: signed)
        let claim = PreparedClaim(round: 0, digest: hash)
        let vote = RoundChangeVote(
            height: height, round: 1, prepared: claim,
            signature: key.sign(
                domain.roundChangeDigest(height: height, round: 1, prepared: claim)))
        let votes: [ConsensusMessage] = [
            .prepare(prepare),
            .commit(Commit(height: height, round: 0, digest: hash, seal: signed)),
            .roundChange(RoundChange(vote: vote, block: final.block, prepares: [prepare])),
            .proposal(
                Proposal(
                    round: 1, block: final.block, signature: signed, roundChanges: [vote],
                    prepares: [prepare])),
        ]
        let transaction = try TestCommunity.transaction(nonce: 1)
        let replica: [ReplicaMessage] = [
            .head(community.announcement(1)), .finalBlock(final), .blocks([final]),
            .consensusStatus(ConsensusStatus(height: height, round: 1, hasProposal: true)),
            .transactions([transaction]), .transactionsAnnounced([transaction.hash]),
            .transactionsRequest(number: 1, hashes: [transaction.hash]),
            .transactionsAnswer(number: 1, transactions: [transaction]),
            .blocksRequest(from: 1, count: 1),
            .proposalRequest(height: height, hash: hash), .proposalBlock(final.block),
        ]
        return replica.map { .replica($0) } + votes.map { .replica(.consensus($0)) }
            + links.map { .link($0) } + meters(key, domain).map { .meter($0) }
    }

    private static let links: [LinkMessage] = [
        .hello(Hello(chainID: 99, genesisHash: .zero, endpoint: "a:1", agent: "b")),
        .peers([PeerEndpoint(certificateHash: .zero, endpoint: "a:1")]),
    ]

    private static func meters(_ key: PlainKey, _ domain: SigningDomain) -> [MeterMessage] {
        let command = DeliveryCommand(
            tradeID: OfferID(1), direction: .export, energy: WattHours(1))
        let reading = MeterReading(
            meter: key.address, time: MarketTime(seconds: 1), importRegister: WattHours(1),
            exportRegister: WattHours(1), power: 1)
        let receipt = MeterReceipt(
            tradeID: OfferID(1), meter: key.address, direction: .export,
            startRegister: WattHours(1), endRegister: WattHours(2),
            startTime: MarketTime(seconds: 1), endTime: MarketTime(seconds: 2)
        ).signed(by: key, in: domain)
        return [
            .reading(reading), .begin(command), .began(command, reading), .end(command),
            .receipt(receipt), .refusal(OfferID(1), reason: "no"), .signInWish,
            .signInChallenge(SHA256.hash([1])),
            .signInAnswer(
                SignInAnswer(
                    challenge: SHA256.hash([1]), time: Timestamp(milliseconds: 1),
                    signature: receipt.signature)),
            .quartersWish(from: MarketTime(seconds: 900)),
            .quarters(
                QuarterReport(
                    first: MarketTime(seconds: 900),
                    quarters: [
                        QuarterSums(
                            meters: 7, measured: 6, supply: WattHours(1), need: WattHours(2))
                    ])),
            .suspension(reason: "unpaid"),
        ]
    }

    /// The numbers from 0 to 255 that `name` something, of which a reader says something else than
    /// that it knows them not.
    private static func known(_ read: (UInt8) throws(MalformedBytes) -> Void) -> Set<UInt8> {
        var known: Set<UInt8> = []
        for number in UInt8.min...UInt8.max {
            do throws(MalformedBytes) {
                try read(number)
                known.insert(number)
            } catch {
                if !error.reason.contains("unknown kind") { known.insert(number) }
            }
        }
        return known
    }

    /// The first number in a list.
    private static func number(_ item: RLP) -> UInt8? {
        item.items?.first?.string?.first
    }

    @Test func `every message there is is tried`() throws {
        let scheme = PlainScheme()
        let codes = try messages.compactMap { Self.number(try RLP(decoding: $0.encoded)) }
        #expect(
            Set(codes)
                == Self.known { number throws(MalformedBytes) in
                    let bytes = RLP.list([.number(number), .list([])]).encoded
                    _ = try WireMessage(decoding: bytes, scheme: scheme)
                })
        var kinds: [ConsensusMessage.Kind] = []
        var meters: [UInt8] = []
        for message in messages {
            if case .replica(.consensus(let vote)) = message { kinds.append(vote.kind) }
            if case .meter(let message) = message { meters += [Self.number(message.rlp) ?? 0] }
        }
        #expect(
            Set(kinds.map(\.rawValue))
                == Self.known { number throws(MalformedBytes) in
                    guard ConsensusMessage.Kind(rawValue: number) != nil else {
                        throw MalformedBytes("unknown kind")
                    }
                })
        #expect(
            Set(meters)
                == Self.known { number throws(MalformedBytes) in
                    _ = try MeterMessage(rlp: .list([.number(number)]))
                })
    }

    @Test func `every field bears every boundary`() throws {
        var count = BoundaryCount()
        count.values = Self.values.count
        var taken: [ReplicaMessage] = []
        for message in messages {
            let whole = try RLP(decoding: message.encoded)
            count.parameters += whole.leafCount
            for place in 0..<whole.leafCount {
                for value in Self.values {
                    count.tried += 1
                    let bytes = whole.replacing(leaf: place, by: value).encoded
                    do throws(MalformedBytes) {
                        let read = try WireMessage(decoding: bytes, scheme: PlainScheme())
                        if case .replica(let read) = read { taken.append(read) }
                    } catch {
                        count.refuse("\(message.priority) \(place) \(value)", error.reason)
                    }
                }
            }
        }
        #expect(taken.count > 200)
        #expect(try committed(after: taken) <= 1)
        #expect(count.unexplained == [])
        count.report("fields of messages between nodes")
    }

    /// The highest block that a validator and a household's node take as final after `messages`, of
    /// which they know none at first: the one real block may come among them.
    private func committed(after messages: [ReplicaMessage]) throws -> UInt64 {
        var highest: UInt64 = 0
        for number in [3, nil] {
            var node = TestedReplica(community, validator: number)
            node.connect(Array(TestCommunity.validators[..<3]), at: community.announcement(0))
            for message in messages {
                let effects = node.receive(message, from: TestCommunity.validators[1])
                highest = max(highest, effects.committed.max() ?? 0)
                for case .misbehaviour(_, let reason) in effects.observations {
                    #expect(!reason.isEmpty)
                }
            }
        }
        return highest
    }
}

extension RLP {
    /// How many strings of bytes there are in it, and empty lists.
    fileprivate var leafCount: Int {
        guard let items, !items.isEmpty else { return 1 }
        return items.reduce(0) { $0 + $1.leafCount }
    }

    /// The item with another in the place of its leaf numbered so.
    fileprivate func replacing(leaf place: Int, by value: RLP) -> RLP {
        guard var items, !items.isEmpty else { return value }
        var place = place
        for index in items.indices {
            let count = items[index].leafCount
            guard place >= count else {
                items[index] = items[index].replacing(leaf: place, by: value)
                break
            }
            place -= count
        }
        return .list(items)
    }
}
