import Consensus
import Ledger
import Protocol
import TestKit
import Testing

@testable import Replica

/// What a replica keeps between one event and the next, tried more than once.
@Suite struct `What a replica remembers` {
    private var community: TestCommunity
    private let others = Array(TestCommunity.validators[1...])

    init() throws {
        community = try TestCommunity()
    }

    private func commit(to digest: Hash32, height: UInt64, by author: Int) -> Commit {
        let key = PlainKey(address: TestCommunity.validators[author])
        return Commit(
            height: height, round: 0, digest: digest,
            seal: key.sign(community.domain.commitDigest(height: height, round: 0, block: digest)))
    }

    private func memory(
        _ right: VotingRight, records: [SafetyRecord] = []
    ) -> VotingMemory {
        var stored = community.first
        stored.votingRight = right
        stored.records = records
        return VotingMemory(Resumption(of: stored, hasNeverVoted: false, hasForgotten: false))
    }

    @Test func `of where its key was used elsewhere is the highest, in whichever order it hears`() {
        for heights in [[9, 4], [4, 9], [9], [4, 9, 1]] as [[UInt64]] {
            var memory = memory(.established)
            for height in heights { memory.doubt(spokenAt: height) }
            memory.learn(highest: 7)
            // One height above the head it may have spoken on.
            #expect(memory.right == .recovering(until: 10), "\(heights)")
        }
        var low = memory(.established)
        low.doubt(spokenAt: 3)
        low.learn(highest: 7)
        #expect(low.right == .recovering(until: 9))
    }

    @Test func `of its seals is what its records say, also after a restart`() {
        let (known, unknown) = (SHA256.hash([1]), SHA256.hash([2]))
        var memory = memory(
            .established, records: [.vote(.commit(commit(to: known, height: 1, by: 0)))])
        #expect(!memory.lacksRecord(of: known))
        #expect(memory.lacksRecord(of: unknown))
        memory.noteCommit(to: unknown)
        #expect(!memory.lacksRecord(of: unknown))
        memory.forgetCommits()
        #expect(memory.lacksRecord(of: known))
    }

    @Test mutating func `of its own height is a conflict only with a quorum's seals`() throws {
        let fork = community.block([try TestCommunity.transaction(nonce: 0, price: 99)], by: 1)
        let genuine = try community.grow([try TestCommunity.transaction(nonce: 0)])
        for (sealers, isConflict) in [([0, 1], false), ([1, 1, 1], false), ([1, 2, 3], true)] {
            var node = TestedReplica(community)
            node.connect(others, at: community.announcement(0))
            node.receive(.finalBlock(genuine), from: others[0])
            let effects = node.receive(
                .finalBlock(community.sealed(fork, by: sealers)), from: others[1])
            let conflict = Observation.conflictingCertificates(
                height: 1, ours: genuine.block.hash, theirs: fork.hash)
            #expect(effects.observations.contains(conflict) == isConflict, "\(sealers)")
            #expect((effects.blamed == [others[1]]) == !isConflict, "\(sealers)")
        }
    }

    @Test mutating func `is given to a peer a page at a time, however much it asks for`() throws {
        for _ in 0..<(Limits.syncBlocks + 2) { try community.grow() }
        var node = TestedReplica(community)
        let peer = others[0]
        node.connect([peer], at: community.announcement(community.finals.count))
        let size = Int(Limits.syncBlocks)
        for page in [community.finals[..<size], community.finals[size...]] {
            node.receive(.blocks(Array(page)), from: peer)
        }
        #expect(node.replica.head == community.finals.last)
        let head = Limits.syncBlocks + 2
        for (from, asked, given) in [
            (1, UInt64.max, Limits.syncBlocks), (1, 5, 5), (head - 1, 100, 2), (head, 1, 1),
        ] {
            let effects = node.receive(.blocksRequest(from: from, count: asked), from: peer)
            let served = effects.compactMap { effect -> UInt64? in
                if case .serveBlocks(peer, from, let count) = effect { count } else { nil }
            }
            #expect(served == [given], "\(from): \(asked)")
        }
    }

    @Test mutating func `of a question is open until it is answered from where it began`() throws {
        for _ in 0..<5 { try community.grow() }
        let peers = Array(TestCommunity.households[0..<2])
        var node = TestedReplica(community)
        let asked = node.connect(peers, at: community.announcement(5)).asked
        let beyond = node.receive(.blocks(Array(community.finals[2...])), from: asked[0])
        #expect(beyond.committed.isEmpty)
        #expect(beyond.asked.isEmpty)
        node.wait(3_000)
        let late = node.handle(.timer(.requestTimeout(1)))
        #expect(late.observations.contains(.requestTimedOut(asked[0])))
        #expect(late.asked.count == 1)
        // The time of a question that is over ends nothing, and sets no other.
        #expect(node.handle(.timer(.requestTimeout(1))).isEmpty)
        node.wait(2_900)
        let stale = node.handle(.timer(.requestTimeout(1)))
        #expect(!stale.observations.contains(.requestTimedOut(late.asked[0])))
        #expect(stale.timers.allSatisfy { $0.timer == .requestTimeout(3) })
    }

    @Test func `of what it has passed on is so for each that brings it again`() {
        let message = ConsensusMessage.commit(commit(to: .zero, height: 1, by: 1))
        var queue = RebroadcastQueue()
        func time(_ milliseconds: UInt64) -> Timestamp { Timestamp(milliseconds: milliseconds) }
        queue.note(message, heldBy: others[0], dueAt: time(10))
        #expect(queue.takeDue(at: time(10)).map(\.message) == [message])
        for (index, peer) in others.enumerated() {
            queue.note(message, heldBy: peer, dueAt: time(20 + UInt64(index)))
            #expect(queue.takeDue(at: time(30)).isEmpty)
        }
        // What is final is forgotten whole.
        queue.forget(upTo: 1)
        queue.note(message, heldBy: others[0], dueAt: time(40))
        #expect(queue.takeDue(at: time(40)).count == 1)
    }

    @Test func `of hashes is at least as many as its room`() {
        var recent = RecentHashes(capacity: 4)
        let hashes = (0..<40).map { SHA256.hash([UInt8($0)]) }
        for (index, hash) in hashes.enumerated() {
            let isNew = recent.insert(hash)
            #expect(isNew)
            for known in hashes[max(0, index - 3)...index] {
                let isNewAgain = recent.insert(known)
                #expect(recent.contains(known) && !isNewAgain)
            }
        }
        #expect(!recent.contains(hashes[0]))
        recent.remove(hashes[39])
        recent.remove(hashes[36])
        #expect(!recent.contains(hashes[39]) && !recent.contains(hashes[36]))
    }
}
