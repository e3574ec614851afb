import API
import Console
import Protocol
import Testing

@testable import Client

/// What a node tells of a transaction's way, as far as it is one.
@Suite struct TransactionTraceTests {
    private let hash = SHA256.hash([1])

    private var told: JSON {
        [
            "hash": .string(hash.description), "node": "v1", "role": "validator",
            "account": .string(Address(reserved: 5).description), "source": "peer", "block": 7,
            "round": 1,
            "stages": [
                ["stage": "accepted", "time": "2026-05-28T20:26:40.000100Z", "microseconds": 0],
                ["stage": "final", "time": "2026-05-28T20:26:40.012100Z", "microseconds": 12_000],
            ],
        ]
    }

    private func view(_ json: JSON) -> TransactionTraceView? {
        TransactionTraceView(json, of: hash, from: "one")
    }

    private func with(_ name: String, _ value: JSON) -> JSON {
        guard case .object(let members) = told else { return .null }
        return .object(
            members.map { $0.name == name ? JSON.Member(name, value) : $0 })
    }

    @Test func `is read as it was told`() throws {
        let read = try #require(view(told))
        #expect(read.node == "one")
        #expect(read.account == Address(reserved: 5))
        #expect(read.trace.source == .peer)
        #expect(read.trace.block == TransactionTrace.Place(number: 7, round: 1))
        #expect(read.time(of: .accepted) == 1_780_000_000_000_100)
        #expect(read.time(of: .final) == 1_780_000_000_012_100)
        #expect(read.time(of: .told) == nil)
        let waiting = try #require(view(with("block", .null)))
        #expect(waiting.trace.block == nil)
        let foreign = try #require(view(with("source", .null)))
        #expect(foreign.trace.source == nil)
    }

    @Test func `another transaction's, or none, is not taken for it`() {
        let unknown: JSON = ["stage": "lost", "time": "2026-05-28T20:26:40.000100Z"]
        let untimely: JSON = ["stage": "final", "time": "yesterday"]
        for (name, value) in [
            ("hash", .string(Hash32.zero.description)), ("hash", .null), ("account", "v1"),
            ("stages", []), ("stages", .null), ("stages", [unknown]), ("stages", [untimely]),
        ] as [(String, JSON)] {
            #expect(view(with(name, value)) == nil, "\(name) \(value.compact)")
        }
    }
}
