import Ledger
import Protocol
import Replica
import Storage
import TestKit
import Testing

@testable import Node

/// Who can write into a node's directory could put another ledger there.
@Suite struct `A ledger that others wrote` {
    /// What a start makes of a ledger whose only block has `certificate`.
    private func start(
        _ certificate: (TestCommunity, Block) -> Certificate
    ) async throws -> UInt64 {
        let community = try TestCommunity()
        let execution = community.chain.block(by: community.validators[0].address)
        let directory = try TemporaryDirectory()
        let store = try ChainStore.open(directory: directory.path, genesis: community.genesis)
        try await store.commit(
            CommittedBlock(
                execution, certificate: certificate(community, execution.block),
                decidedBy: community.state.validators()))
        defer { try? store.close() }
        let (resumption, _) = try await store.resumption(
            hasNeverVoted: false, scheme: Secp256k1())
        return resumption.chain.head.block.number
    }

    @Test func `with the validators' seals is resumed`() async throws {
        #expect(try await start { $0.chain.certificate(of: $1, by: $0.validators) } == 1)
    }

    @Test func `without a quorum of them is damaged`() async throws {
        let strangers = try (40..<44).map { try TestCommunity.key($0) }
        let forgeries: [(TestCommunity, Block) -> Certificate] = [
            { _, _ in Certificate(round: 0, seals: []) },
            { $0.chain.certificate(of: $1, by: Array($0.validators[..<2])) },
            { $0.chain.certificate(of: $1, by: strangers) },
            { community, _ in
                community.chain.certificate(of: community.chain.head, by: [community.seller])
            },
        ]
        for forgery in forgeries {
            let error = await #expect(throws: StorageError.self) { try await start(forgery) }
            guard case .damaged? = error else {
                Issue.record("\(String(describing: error))")
                continue
            }
        }
    }
}
