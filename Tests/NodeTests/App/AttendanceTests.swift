import API
import Ledger
import Protocol
import Replica
import TestKit
import Testing

@testable import App
@testable import Node
@testable import Storage

/// Which validators answer, as a node can tell.
struct AttendanceTests {
    private let community: TestCommunity
    private var node: NodeSnapshot
    private var identity: NodeIdentity

    init() throws {
        community = try TestCommunity()
        node = NodeSnapshot(
            head: FinalBlock(block: community.head, certificate: Certificate(round: 0, seals: [])),
            state: community.state)
        identity = NodeIdentity(
            name: "h1", role: "household", account: community.seller.address, version: "0")
    }

    private func later(_ seconds: UInt64) -> Timestamp {
        TestCommunity.start.advanced(byMilliseconds: seconds * 1_000)
    }

    private var validators: [Address] { community.validators.map(\.address) }

    /// Has the node linked with the first `count` validators, each heard so many seconds from the start.
    private mutating func link(_ count: Int, heard: [UInt64]) {
        node.peers = validators.prefix(count).map { NodeSnapshot.Peer(account: $0, height: 0) }
        for (address, seconds) in zip(validators, heard) { node.heard[address] = later(seconds) }
    }

    private func answers(at seconds: UInt64) -> [Bool?] {
        let attendance = Attendance(node, of: identity, at: later(seconds))
        return validators.map { attendance.answers($0) }
    }

    private func whileStalled(at seconds: UInt64) -> Int? {
        Attendance(node, of: identity, at: later(seconds)).whileStalled
    }

    @Test func `while nothing becomes final, those answer that were heard since`() {
        var test = self
        test.node.waitingSince = later(100)
        // Two links are gone; the others go on telling where they stand.
        test.link(2, heard: [104, 108, 99, 90])
        #expect(test.answers(at: 109) == [true, true, false, false])
        #expect(test.whileStalled(at: 109) == 2)
        // Two are linked, and silent: they may yet say something, and then they will not.
        test.link(4, heard: [104, 108, 99, 90])
        #expect(test.answers(at: 109) == [true, true, nil, nil])
        #expect(test.whileStalled(at: 109) == nil)
        #expect(test.answers(at: 113) == [true, true, false, false])
        #expect(test.whileStalled(at: 113) == 2)
        // One that was heard since, and then no more, does not answer either.
        #expect(test.answers(at: 118) == [false, true, false, false])
    }

    @Test func `with whom there never was a link, nobody can tell, but a validator dials all`() {
        var test = self
        test.node.waitingSince = later(100)
        test.link(2, heard: [108, 108])
        #expect(test.answers(at: 113) == [true, true, nil, nil])
        #expect(test.whileStalled(at: 113) == nil)
        test.identity = NodeIdentity(
            name: "v4", role: "validator", account: validators[3], version: "0")
        #expect(test.answers(at: 113) == [true, true, false, true])
        #expect(test.whileStalled(at: 113) == 3)
        test.node.isHalted = true
        #expect(test.whileStalled(at: 113) == 2)
    }

    @Test func `without any link, none answers of those that had one`() {
        var test = self
        test.node.waitingSince = later(100)
        test.link(0, heard: [108, 108, 108, 108])
        #expect(test.whileStalled(at: 109) == 0)
    }

    @Test func `while blocks come, their seals tell`() throws {
        var (test, chain) = (self, community)
        let block = try chain.block(after: 100_000)
        test.node.head = block.final
        let stored = StoredBlock(
            header: block.header, hash: block.final.block.hash,
            certificate: block.final.certificate, transactionHashes: [], byteCount: 0)
        let attendance = Attendance(test.node, of: test.identity, at: later(101))
        #expect(attendance.answers(validators[0], vote: stored) == true)
        #expect(attendance.answers(validators[0]) == false)
        #expect(attendance.whileStalled == nil)
        #expect(attendance.count([true, false, true]) == 2)
        #expect(attendance.count([true, nil]) == nil)
        // Where none has come for a while, and none has to, only what is heard does.
        test.link(3, heard: [195, 180, 195, 120])
        let idle = Attendance(test.node, of: test.identity, at: later(200))
        #expect(
            validators.map { idle.answers($0, vote: stored) } == [true, false, true, false])
    }

    @Test func `a peer is heard when it says something, and a validator is remembered`() {
        var hearing = Hearing()
        let set = community.state.validators()
        let household = community.buyer.address
        let message = ReplicaMessage.blocksRequest(from: 1, count: 1)
        for peer in [validators[0], household] {
            hearing.note(.connected(peer), validators: set, at: later(1))
            hearing.note(.received(message, from: peer), validators: set, at: later(5))
        }
        #expect(hearing.times == [validators[0]: later(5), household: later(5)])
        for peer in [validators[0], household] {
            hearing.note(.disconnected(peer), validators: set, at: later(6))
        }
        #expect(hearing.times == [validators[0]: later(5)])
        // The clock was put back.
        hearing.note(.received(message, from: validators[0]), validators: set, at: later(2))
        #expect(hearing.times == [validators[0]: later(2)])
    }

    @Test func `seals are recovered once, and how many are left is known before`() throws {
        let reader = SealReader()
        var chain = community
        let blocks = try (0..<3).map { _ in
            let block = try chain.block()
            return StoredBlock(
                header: block.header, hash: block.final.block.hash,
                certificate: block.final.certificate, transactionHashes: [], byteCount: 0)
        }
        #expect(reader.unknownSeals(in: blocks) == 12)
        let domain = chain.state.domain
        #expect(reader.votes(in: Array(blocks.prefix(2)), domain: domain).count == 4)
        #expect(reader.unknownSeals(in: blocks) == 4)
        #expect(reader.votes(in: blocks, domain: domain)[validators[0]]?.count == 3)
        #expect(reader.unknownSeals(in: blocks) == 0)
    }
}
