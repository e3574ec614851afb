import Protocol
import Testing

@testable import Replica

@Suite struct `Catching up` {
    private var community: TestCommunity
    private var node: TestedReplica
    private let peers = Array(TestCommunity.households[0..<3])

    init() throws {
        community = try TestCommunity()
        for nonce in 0..<5 as Range<UInt64> {
            try community.grow([try TestCommunity.transaction(nonce: nonce)])
        }
        node = TestedReplica(community)
    }

    @Test mutating func `asks one peer that is ahead, and takes what follows`() throws {
        let effects = node.connect(peers, at: community.announcement(5))
        let asked = effects.asked
        #expect(asked.count == 1)
        let answer = node.receive(.blocks(Array(community.finals[..<3])), from: asked[0])
        #expect(answer.committed == [1, 2, 3])
        #expect(answer.asked.count == 1)
        let rest = node.receive(.blocks(Array(community.finals[3...])), from: answer.asked[0])
        #expect(rest.committed == [4, 5])
        #expect(rest.asked.isEmpty)
        #expect(node.replica.state.root == community.state.root)
    }

    @Test mutating func `asks for what follows before it stores what came`() throws {
        let asked = node.connect(peers, at: community.announcement(5)).asked
        let answer = node.receive(.blocks(Array(community.finals[..<3])), from: asked[0])
        let stores = answer.firstIndex { if case .commit = $0 { true } else { false } }
        let asks = answer.firstIndex {
            if case .send(.blocksRequest(from: 4, _), _) = $0 { true } else { false }
        }
        #expect(try #require(asks) < (try #require(stores)))
    }

    @Test mutating func `M63: a validator is sent what it lacks only so often`() throws {
        let validators = TestCommunity.validators
        node.connect(validators, at: community.announcement(0))
        let status = ReplicaMessage.consensusStatus(
            ConsensusStatus(height: 0, round: 0, hasProposal: false))
        func answers(_ count: Int, from peer: Address) -> Int {
            (0..<count).count { _ in !node.receive(status, from: peer).sent.isEmpty }
        }
        #expect(answers(100, from: validators[0]) == 16)
        #expect(answers(10, from: validators[1]) == 10)
        node.wait(1_000)
        #expect(answers(100, from: validators[0]) == 8)
    }

    @Test mutating func `asks for a page at a time`() throws {
        let effects = node.connect([peers[0]], at: TestCommunity.boast(1_000))
        #expect(effects.sent(to: peers[0]).contains(.blocksRequest(from: 1, count: 128)))
    }

    @Test mutating func `asks another peer when one does not answer`() throws {
        let first = node.connect(peers, at: community.announcement(5)).asked
        node.wait(3_000)
        let second = node.handle(.timer(.requestTimeout(1)))
        #expect(second.observations.contains(.requestTimedOut(first[0])))
        #expect(second.asked.count == 1)
        #expect(second.asked != first)
        #expect(node.handle(.timer(.requestTimeout(1))).asked.isEmpty, "stale")
        let late = node.receive(.blocks(community.finals), from: first[0])
        #expect(late.committed == [1, 2, 3, 4, 5], "a late answer is an answer")
    }

    @Test mutating func `a second peer is asked when the first takes its time`() throws {
        let first = node.connect(peers, at: community.announcement(5))
        let timer = try #require(first.timers.first { $0.timer == .catchUp })
        #expect(timer.at.millisecondsSince(node.now) == 250)
        node.now = timer.at
        let second = node.handle(.timer(.catchUp)).asked
        #expect(second.count == 1 && second != first.asked)
        // No third; and whoever answers first is taken.
        node.wait(1_000)
        #expect(node.handle(.timer(.catchUp)).asked.isEmpty)
        let answer = node.receive(.blocks(community.finals), from: second[0])
        #expect(answer.committed == [1, 2, 3, 4, 5])
        #expect(node.receive(.blocks(community.finals), from: first.asked[0]).blamed.isEmpty)
    }

    /// The first answer took its time; that says nothing of how long a third one may keep everybody waiting,
    /// after a second one that was there at once.
    @Test mutating func `who answers while blocks are stored is the measure of the others`() throws
    {
        for nonce in 5..<80 as Range<UInt64> {
            try community.grow([try TestCommunity.transaction(nonce: nonce)])
        }
        var asked = node.connect(peers, at: community.announcement(80)).asked
        node.wait(2_000)
        asked = node.receive(.blocks(Array(community.finals[..<20])), from: asked[0]).asked
        node.wait(300)
        let last = node.receive(.blocks(Array(community.finals[20..<40])), from: asked[0])
        #expect(last.asked.count == 1)
        let timer = try #require(last.timers.first { $0.timer == .catchUp })
        #expect(timer.at.millisecondsSince(node.now) == 250)
    }

    @Test mutating func `M49: who feeds blocks by drops holds a new node up for a moment only`()
        throws
    {
        for nonce in 5..<40 as Range<UInt64> {
            try community.grow([try TestCommunity.transaction(nonce: nonce)])
        }
        let feeder = peers[0]
        var waiting: [(peer: Address, from: UInt64)] = []
        func note(_ effects: [Effect]) {
            for (message, peer) in effects.sent {
                guard case .blocksRequest(let from, _) = message else { continue }
                waiting.append((peer, from))
            }
        }
        note(node.connect(peers, at: community.announcement(40)))
        let start = node.now
        var drops: [(from: UInt64, at: Timestamp)] = []
        while node.stored.head.block.number < 40 {
            // Honest peers give four blocks in 20 ms, the feeder one in 2.9 s.
            node.wait(20)
            let open = waiting
            waiting = []
            for (peer, from) in open {
                guard peer == feeder else {
                    let page = Array(community.finals[(Int(from) - 1)..<min(Int(from) + 3, 40)])
                    note(node.receive(.blocks(page), from: peer))
                    continue
                }
                drops.append((from, node.now.advanced(byMilliseconds: 2_900)))
            }
            while let drop = drops.first, drop.at <= node.now {
                drops.removeFirst()
                note(node.receive(.blocks([community.finals[Int(drop.from) - 1]]), from: feeder))
            }
            note(node.handle(.timer(.catchUp)))
            #expect(node.now.millisecondsSince(start) < 30_000, "it does not catch up")
            if node.now.millisecondsSince(start) >= 30_000 { return }
        }
        #expect(node.now.millisecondsSince(start) < 1_000)
    }

    @Test mutating func `asks another peer when one goes`() throws {
        let first = node.connect(peers, at: community.announcement(5)).asked
        let effects = node.handle(.disconnected(first[0]))
        #expect(effects.asked.count == 1)
        #expect(effects.asked != first)
    }

    @Test mutating func `the time that storing blocks takes is not a peer's delay`() throws {
        let first = node.connect([peers[0]], at: community.announcement(5))
        #expect(first.asked == [peers[0]])
        let answer = node.receive(.blocks(Array(community.finals[..<3])), from: peers[0])
        #expect(answer.asked == [peers[0]])
        // Storing three blocks took longer than the peer may take.
        node.wait(5_000)
        let late = node.handle(.timer(.requestTimeout(2)))
        #expect(late.observations.isEmpty)
        #expect(late.timers.map(\.timer) == [.requestTimeout(2)])
        node.wait(3_000)
        let effects = node.handle(.timer(.requestTimeout(2)))
        #expect(effects.observations == [.requestTimedOut(peers[0])])
    }

    @Test mutating func `a single peer is asked again after a while`() throws {
        let first = node.connect([peers[0]], at: community.announcement(5))
        #expect(first.asked == [peers[0]])
        node.wait(3_000)
        let effects = node.handle(.timer(.requestTimeout(1)))
        #expect(effects.asked.isEmpty)
        let timer = try #require(effects.timers.first { $0.timer == .catchUp })
        node.now = timer.at
        #expect(node.handle(.timer(.catchUp)).asked == [peers[0]])
    }

    @Test(arguments: [[0, 1], [0, 0, 0], [0, 0, 1, 1], [], [0, 1, 2, 3, 0]])
    mutating func `seals that are no quorum of validators make nothing final`(sealers: [Int])
        throws
    {
        let block = community.finals[0].block
        let first = node.connect(peers, at: community.announcement(5)).asked
        let effects = node.receive(
            .blocks([try TestCommunity().sealed(block, by: sealers)]), from: first[0])
        #expect(effects.committed.isEmpty)
        #expect(effects.blamed == first)
        #expect(effects.asked.count == 1 && effects.asked != first)
    }

    @Test mutating func `another chain's block is refused`() throws {
        node.connect([peers[0]], at: community.announcement(0))
        let foreign = community.sealed(community.block([]))
        var moved = foreign.block.header
        moved.number = 1
        let final = community.sealed(Block(header: moved, transactions: []))
        let effects = node.receive(.finalBlock(final), from: peers[0])
        #expect(effects.committed.isEmpty)
        #expect(effects.blamed == [peers[0]])
    }

    @Test mutating func `a peer that does not give what it shows is asked last`() throws {
        let first = node.connect(peers, at: community.announcement(5)).asked
        let second = node.receive(.blocks([]), from: first[0])
        #expect(second.observations.contains(.requestTimedOut(first[0])))
        #expect(second.asked.count == 1 && second.asked != first)
    }

    @Test mutating func `blocks out of order are passed over`() throws {
        let asked = node.connect([peers[0]], at: community.announcement(5)).asked
        let effects = node.receive(.blocks(community.finals.reversed()), from: asked[0])
        #expect(effects.committed == [1])
    }

    @Test mutating func `the next block is waited for a moment before it is asked for`() throws {
        let effects = node.connect([peers[0]], at: community.announcement(1))
        #expect(effects.asked.isEmpty)
        let timer = try #require(effects.timers.first { $0.timer == .catchUp })
        #expect(timer.at.millisecondsSince(node.now) == 100)
        node.wait(100)
        #expect(node.handle(.timer(.catchUp)).asked == [peers[0]])
    }

    @Test mutating func `a certified block that does not execute stops everything`() throws {
        var header = community.finals[0].block.header
        header.stateRoot = .zero
        let wrong = community.sealed(
            Block(header: header, transactions: community.finals[0].block.transactions))
        node.connect([peers[0]], at: community.announcement(0))
        let effects = node.receive(.finalBlock(wrong), from: peers[0])
        #expect(effects.committed.isEmpty)
        #expect(node.replica.isHalted)
        guard case .stop? = effects.last else {
            Issue.record("the node is to end after everything else")
            return
        }
        #expect(node.receive(.finalBlock(community.finals[0]), from: peers[0]).isEmpty)
    }

    @Test func `a node ends in order before a height whose rules it does not know`() throws {
        var community = try TestCommunity(otherRulesFrom: 3)
        for nonce in 0..<4 as Range<UInt64> {
            try community.grow([try TestCommunity.transaction(nonce: nonce)])
        }
        var node = TestedReplica(community, validator: 3)
        node.connect([peers[0]], at: community.announcement(0))
        let effects = node.receive(.blocks(community.finals), from: peers[0])
        #expect(effects.committed == [1, 2])
        #expect(effects.stops.count == 1)
        #expect(effects.stops.first?.hasPrefix("from block 3 on the ledger's rules are") == true)
        #expect(!effects.contains { if case .report(.diverged) = $0 { true } else { false } })
        #expect(node.receive(.finalBlock(community.finals[2]), from: peers[0]).isEmpty)
        // Nor does it begin again.
        #expect(node.restart().stops == effects.stops)
        #expect(node.handle(.timer(.sweep)).isEmpty)
    }

    @Test mutating func `a second certified block of the head's height raises an alarm`() throws {
        node.connect([peers[0]], at: community.announcement(0))
        node.receive(.finalBlock(community.finals[0]), from: peers[0])
        let rival = try TestCommunity().sealed(try TestCommunity().block([]))
        let effects = node.receive(.finalBlock(rival), from: peers[0])
        let ours = community.finals[0].block.hash
        #expect(
            effects.observations == [
                .conflictingCertificates(height: 1, ours: ours, theirs: rival.block.hash)
            ])
    }

    @Test mutating func `serves no more than it has, nor too often`() throws {
        node.connect([peers[0]], at: community.announcement(0))
        for final in community.finals { node.receive(.finalBlock(final), from: peers[0]) }
        let effects = node.receive(.blocksRequest(from: 3, count: .max), from: peers[0])
        guard case .serveBlocks(peers[0], 3, 3)? = effects.first else {
            Issue.record("blocks 3 to 5 are served")
            return
        }
        #expect(
            node.receive(.blocksRequest(from: 6, count: 1), from: peers[0]).sent(to: peers[0])
                == [.blocks([])])
        let flood = (0..<100).flatMap { _ in
            node.receive(.blocksRequest(from: 1, count: 5), from: peers[0])
        }
        #expect(flood.count { if case .serveBlocks = $0 { true } else { false } } < 50)
        #expect(flood.blamed.contains(peers[0]))
    }
}
