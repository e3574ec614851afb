import CCounts
import Foundation
import Ledger
import Protocol
import TestKit
import Testing

/// What the parts of a transaction and of a block cost, against a table of what they cost when this was
/// written: none may get worse by a fifth.
///
/// How often memory is asked for and how many SHA-256 digests are made is the same on every machine. Time
/// is not, so it is held against that of two other parts, measured in turn with it: recovering a signer, which
/// is C, and Keccak-256, which is Swift. A machine may be better at the one than at the other; a part that
/// got worse is worse against both. Of all that is measured the least counts, since others who use the machine
/// make it only longer.
@Suite(.serialized) struct PartCostTests {
    /// What a part cost, in a debug build.
    private struct Known {
        let allocations: Double
        let digests: Double
        /// As often as a signer is recovered.
        let recoveries: Double
    }

    private static let table: [String: Known] = [
        recovery: Known(allocations: 32, digests: 0, recoveries: 1),
        keccak: Known(allocations: 48, digests: 0, recoveries: 0.338),
        "call of transfer (ABI)": Known(allocations: 19, digests: 0, recoveries: 0.0735),
        "transfer (RLP)": Known(allocations: 33.5, digests: 0, recoveries: 0.144),
        "transfer with its sender": Known(allocations: 147.5, digests: 1, recoveries: 1.864),
        "root of 10 changes among 2,000": Known(
            allocations: 346, digests: 113, recoveries: 2.03),
        "block of 20 transfers": Known(allocations: 15_354, digests: 82, recoveries: 32.1),
        // Dictionaries of random order are in it: a hundredth more or less.
        "block of 20 offers": Known(allocations: 131_500, digests: 373, recoveries: 148.6),
    ]

    /// The processor that the table's times are of, as Linux names it; another kind may be better at one thing
    /// and worse at another, so there a part has to take half as long again.
    private static let processor = ["AuthenticAMD", "25", "17"]

    /// How much longer than in the table a part may take.
    private static let mostExcess: Double = {
        let text = (try? String(contentsOfFile: "/proc/cpuinfo", encoding: .utf8)) ?? ""
        let lines = text.split(separator: "\n").map { $0.split(separator: ":").map(trimmed) }
        let found = ["vendor_id", "cpu family", "model"].map { name in
            lines.first { $0.first == name }?.last ?? ""
        }
        return found == processor ? 1.2 : 1.5
    }()

    private static func trimmed(_ text: Substring) -> String {
        text.trimmingCharacters(in: .whitespaces)
    }

    private static let recovery = "recover who signed"
    private static let keccak = "Keccak-256 of 200 bytes"
    /// How often each part is measured at least, and how often while one seems to be worse.
    private static let (rounds, mostRounds) = (15, 90)

    private struct Part {
        let name: String
        /// How many times it is done, of which the body gets the number.
        let count: Int
        let body: (Int) throws -> Void
    }

    private struct Cost {
        var allocations = 0.0
        var digests = 0.0
        /// In nanoseconds of the processor.
        var time = 0.0
    }

    private static func measure(_ part: Part) throws -> Cost {
        let (before, start) = (busbar_counts_of_thread(), busbar_thread_nanoseconds())
        for number in 0..<part.count { try part.body(number) }
        let (end, after) = (busbar_thread_nanoseconds(), busbar_counts_of_thread())
        let count = Double(part.count)
        return Cost(
            allocations: Double(after.allocations - before.allocations) / count,
            digests: Double(after.digests - before.digests) / count,
            time: Double(end - start) / count)
    }

    private static func parts() throws -> [Part] {
        let key = try TestKit.TestCommunity.key(12)
        let digest = Keccak256.hash([1])
        let signature = key.sign(digest)
        let transfers = (0..<20).map { nonce in
            Transaction(
                chainID: 1, nonce: UInt64(nonce), to: NativeContract.token,
                data: TokenCall.transfer(to: key.address, amount: TokenAmount(1))
            ).signed(by: key).encoded
        }
        let bytes = Bytes(repeating: 1, count: 200)
        func entry(_ number: Int, _ value: UInt8) -> StateEntry {
            StateEntry(
                key: UInt64(number).bigEndianBytes, value: Bytes(repeating: value, count: 32))
        }
        let tree = StateTree().applying((0..<2_000).lazy.map { entry($0, 0) })
        let changes = (0..<10).map { entry($0 * 200, 1) }
        return [
            Part(name: recovery, count: 40) { _ in
                let signer = Secp256k1().signer(of: signature, over: digest)
                #expect(signer == key.address)
            },
            Part(name: keccak, count: 40) { _ in _ = Keccak256.hash(bytes) },
            Part(name: "call of transfer (ABI)", count: 40) { number in
                _ = TokenCall.transfer(to: key.address, amount: TokenAmount(UInt64(number)))
            },
            Part(name: "transfer (RLP)", count: 20) {
                _ = try SignedTransaction(decoding: transfers[$0])
            },
            Part(name: "transfer with its sender", count: 20) {
                _ = try VerifiedTransaction(decoding: transfers[$0])
            },
            Part(name: "root of 10 changes among 2,000", count: 4) { _ in
                _ = tree.applying(changes).root
            },
        ]
    }

    private static func blocks() throws -> [Part] {
        var community = try TestKit.TestCommunity()
        _ = try community.wholeTrade()
        let (aggregator, seller) = (community.aggregator, community.seller)
        func block(
            of count: Int, by sender: PrivateKey, to contract: Address, _ data: Bytes
        ) throws -> Block {
            let first = community.state.account(sender.address).nonce
            let calls = try (0..<count).map {
                try community.chain.transaction(
                    sender, to: contract, data, nonce: first + UInt64($0))
            }
            return community.chain.block(calls, by: community.validators[0].address).block
        }
        let transfers = try block(
            of: 20, by: aggregator, to: NativeContract.token,
            TokenCall.transfer(to: seller.address, amount: TokenAmount(1)))
        let offers = try block(
            of: 20, by: seller, to: NativeContract.market,
            MarketCall.addOffer(energy: 100, price: 20_000))
        let (state, head) = (community.state, community.head)
        return [
            Part(name: "block of 20 transfers", count: 2) { _ in
                let count = try state.execute(transfers, on: head).receipts.count
                #expect(count == 20)
            },
            Part(name: "block of 20 offers", count: 2) { _ in
                let count = try state.execute(offers, on: head).receipts.count
                #expect(count == 20)
            },
        ]
    }

    /// How many times as much as in the table `part` takes, whose least time so far is in `least`, by the
    /// yardstick that is kinder to it.
    private static func excess(of part: String, in least: [String: Double]) throws -> Double {
        let found = try #require(least[part])
        let known = try #require(table[part]).recoveries
        return try [recovery, keccak].filter { $0 != part }.map { yardstick in
            let measured = found / (try #require(least[yardstick]))
            return measured / (known / (try #require(table[yardstick])).recoveries)
        }.min() ?? 0
    }

    @Test func `no part gets worse by a fifth`() throws {
        let parts = try Self.parts() + Self.blocks()
        var least: [String: Double] = [:]
        var excess: [String: Double] = [:]
        for round in 1...Self.mostRounds {
            for part in parts {
                let time = try Self.measure(part).time
                least[part.name] = min(least[part.name] ?? .infinity, time)
            }
            guard round >= Self.rounds else { continue }
            for part in parts { excess[part.name] = try Self.excess(of: part.name, in: least) }
            if excess.values.allSatisfy({ $0 <= Self.mostExcess }) { break }
        }
        for part in parts {
            let known = try #require(Self.table[part.name])
            let (cost, time) = (try Self.measure(part), try #require(excess[part.name]))
            print(
                "cost: \(part.name): \(cost.allocations) allocations (\(known.allocations)), "
                    + "\(cost.digests) digests (\(known.digests)), \(time) of the time")
            for (name, found, known) in [
                ("allocations", cost.allocations, known.allocations),
                ("digests", cost.digests, known.digests),
            ] {
                #expect(found <= known * 1.2, "\(part.name): a fifth more \(name)")
                #expect(
                    found >= known * 0.8,
                    "\(part.name): a fifth fewer \(name); write it into the table")
            }
            #expect(time <= Self.mostExcess, "\(part.name): takes longer")
        }
    }
}
