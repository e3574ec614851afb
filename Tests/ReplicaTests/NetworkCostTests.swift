import Ledger
import Protocol
import TestKit
import Testing

@testable import Replica

/// What a network of four validators and a household's node does for a transaction and for a block,
/// against a table of what it did when this was written. It is counted and not timed, so it is the same on
/// every machine.
struct NetworkCostTests {
    /// What was counted, and may grow by a fifth before somebody has to look why.
    private static let table: [String: Double] = [
        "frames a transfer under load": 1.26, "bytes a transfer under load": 1_581,
        "signers a transfer under load": 7.58, "blocks of a load": 4,
        "frames a lone block": 55.4, "bytes a lone block": 11_458, "signers a lone block": 33,
        "stored steps a lone block": 12,
    ]

    private static func transfers(
        _ network: CountedNetwork, by sender: PrivateKey, from nonce: UInt64, _ count: Int
    ) throws -> [VerifiedTransaction] {
        try (0..<count).map { number in
            try network.community.chain.transaction(
                sender, to: NativeContract.token,
                TokenCall.transfer(
                    to: network.community.buyer.address, amount: TokenAmount(1_000)),
                nonce: nonce + UInt64(number))
        }
    }

    /// A network in which the aggregator, the seller and the buyer have tokens.
    private static func network() throws -> CountedNetwork {
        var network = try CountedNetwork()
        let community = network.community
        let mint = TokenCall.mint(
            to: community.aggregator.address, amount: TokenAmount(9_000_000), reference: "a")
        try network.submit(
            try community.chain.transaction(community.exchange, to: NativeContract.token, mint),
            at: 0)
        try network.run(milliseconds: 5_000)
        for (nonce, member) in [community.seller, community.buyer].enumerated() {
            let data = TokenCall.transfer(to: member.address, amount: TokenAmount(1_000_000))
            try network.submit(
                try community.chain.transaction(
                    community.aggregator, to: NativeContract.token, data, nonce: UInt64(nonce)),
                at: 0)
        }
        try network.run(milliseconds: 5_000)
        #expect(network.counts.transactions == 3)
        return network
    }

    @Test func `a network does no more for a transaction and a block than it did`() throws {
        var network = try Self.network()
        let community = network.community
        let lanes = [(community.aggregator, 2), (community.seller, 0), (community.buyer, 0)]
        let work = try lanes.map { try Self.transfers(network, by: $0.0, from: UInt64($0.1), 60) }
        let before = network.counts
        for number in 0..<60 {
            for (place, lane) in work.enumerated() {
                try network.submit(lane[number], at: place)
            }
        }
        try network.run(milliseconds: 4_000)
        let load = network.counts - before
        try #require(load.transactions == 180)

        let lone = try Self.transfers(network, by: community.seller, from: 60, 10)
        let between = network.counts
        for (number, transfer) in lone.enumerated() {
            try network.submit(transfer, at: number % CountedNetwork.validators)
            try network.run(milliseconds: 2_000)
        }
        let few = network.counts - between
        try #require(few.blocks == 10 && few.transactions == 10)
        try Self.compare(load, few)
    }

    private static func compare(
        _ load: CountedNetwork.Counts, _ few: CountedNetwork.Counts
    ) throws {
        let (transfers, blocks) = (Double(load.transactions), Double(few.blocks))
        let found = [
            "frames a transfer under load": Double(load.frames) / transfers,
            "bytes a transfer under load": Double(load.bytes) / transfers,
            "signers a transfer under load": Double(load.signers) / transfers,
            "blocks of a load": Double(load.blocks),
            "frames a lone block": Double(few.frames) / blocks,
            "bytes a lone block": Double(few.bytes) / blocks,
            "signers a lone block": Double(few.signers) / blocks,
            "stored steps a lone block": Double(few.stored) / blocks,
        ]
        for (name, figure) in found.sorted(by: { $0.key < $1.key }) {
            let known = try #require(table[name])
            print("cost: \(name): \(figure), in the table \(known)")
            #expect(figure <= known * 1.2, "\(name): more by a fifth than in the table")
            #expect(figure >= known * 0.8, "\(name): less by a fifth; write it into the table")
        }
    }
}
