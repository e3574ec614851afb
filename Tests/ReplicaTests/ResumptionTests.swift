import Consensus
import Protocol
import TestKit
import Testing

@testable import Replica

/// Each of what a start may find differs from the one that votes in nothing but what is named.
@Suite struct `Who may vote at a start` {
    private let community: TestCommunity
    private let empty: StoredChain

    init() throws {
        community = try TestCommunity()
        empty = community.first
    }

    private func record() -> SafetyRecord {
        let digest = community.domain.prepareDigest(height: 1, round: 0, block: .zero)
        let signature = PlainKey(address: TestCommunity.validators[0]).sign(digest)
        return .vote(
            .prepare(Prepare(height: 1, round: 0, digest: .zero, signature: signature)))
    }

    private func chain(
        _ votingRight: VotingRight? = nil, records: [SafetyRecord] = [], height: Int = 0
    ) throws -> StoredChain {
        var (chain, grown) = (empty, community)
        chain.votingRight = votingRight
        chain.records = records
        for _ in 0..<height { chain.head = try grown.grow() }
        return chain
    }

    private func begin(
        _ found: StoredChain, hasNeverVoted: Bool = false, hasForgotten: Bool = false
    ) -> Resumption {
        Resumption(of: found, hasNeverVoted: hasNeverVoted, hasForgotten: hasForgotten)
    }

    @Test func `a marked key in an empty directory may, and that is stored first`() throws {
        let start = begin(try chain(), hasNeverVoted: true)
        #expect(start.votingRight == .established)
        #expect(start.toPersist == .established)
    }

    @Test func `without the mark an empty directory may not, and nothing is stored`() throws {
        let start = begin(try chain())
        #expect(start.votingRight == .unknown)
        #expect(start.toPersist == nil)
    }

    @Test func `the mark is of no use beside a vote`() throws {
        let start = begin(try chain(records: [record()]), hasNeverVoted: true)
        #expect(start.votingRight == .unknown)
        #expect(start.toPersist == nil)
    }

    @Test func `the mark is of no use above height 0`() throws {
        let start = begin(try chain(height: 1), hasNeverVoted: true)
        #expect(start.votingRight == .unknown)
        #expect(start.toPersist == nil)
    }

    @Test(arguments: [VotingRight.unknown, .recovering(until: 4)])
    func `the mark is of no use where a vote is being waited for`(stored: VotingRight) throws {
        let start = begin(try chain(stored), hasNeverVoted: true)
        #expect(start.votingRight == stored)
        #expect(start.toPersist == nil)
    }

    @Test(arguments: [VotingRight.unknown, .recovering(until: 4), .established])
    func `what was stored holds`(stored: VotingRight) throws {
        let start = begin(try chain(stored, records: [record()], height: 2))
        #expect(start.votingRight == stored)
        #expect(start.toPersist == nil)
        #expect(start.chain.records == [record()])
    }

    @Test(arguments: [nil, VotingRight.unknown, .recovering(until: 4), .established])
    func `who has forgotten may not, whatever is stored or marked`(stored: VotingRight?) throws {
        for hasNeverVoted in [true, false] {
            let start = begin(
                try chain(stored), hasNeverVoted: hasNeverVoted, hasForgotten: true)
            #expect(start.votingRight == .unknown)
            #expect(start.toPersist == .unknown, "stored first, whatever was there before")
        }
    }

    @Test func `who cannot read what it said does not begin at all`() throws {
        func read(_ records: [Bytes], _ votingRight: Bytes?) throws -> StoredChain {
            try StoredChain(
                genesisHash: empty.genesisHash, head: empty.head,
                headDecidedBy: empty.headDecidedBy, state: empty.state, encodedRecords: records,
                encodedVotingRight: votingRight, scheme: PlainScheme())
        }
        let encoded = record().encoded
        let whole = try read([encoded], VotingRight.established.encoded)
        #expect(whole.records == [record()])
        #expect(whole.votingRight == .established)
        #expect(try read([], nil).votingRight == nil)
        #expect(throws: MalformedBytes.self) { try read([encoded, encoded.dropLast()], nil) }
        #expect(throws: MalformedBytes.self) { try read([encoded], [0xc1, 0x09]) }
    }
}
