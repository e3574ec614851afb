import Protocol
import Testing

@testable import Peering

/// What one peer may cost: of a core, and of memory.
@Suite struct PeerShareTests {
    private static let peer = Address(reserved: 1)
    private static let other = Address(reserved: 2)
    private let start = ContinuousClock.now

    @Test func `who owes more than a moment's work waits until its share has paid it off`() {
        var debt = WorkDebt(at: start)
        let most = Duration.milliseconds(250)
        #expect(debt.wait(most: most, percent: 5, at: start) == nil)
        debt.charge(.milliseconds(250), percent: 5, at: start)
        #expect(debt.wait(most: most, percent: 5, at: start) == nil)
        debt.charge(.milliseconds(10), percent: 5, at: start)
        // Ten thousandths of a second and a run of four, at a twentieth of a core.
        let wait = debt.wait(most: most, percent: 5, at: start)
        #expect(wait == .nanoseconds(280_000_001))
        #expect(debt.wait(most: most, percent: 5, at: start + .milliseconds(199)) != nil)
        let later = start + .milliseconds(281)
        #expect(debt.wait(most: most, percent: 5, at: later) == nil)
        let isPaid = [4_900, 5_001].map {
            debt.isPaid(percent: 5, at: later + .milliseconds($0))
        }
        #expect(isPaid == [false, true])
    }

    @Test func `however it is cut, a share of a core is all that a flood gets`() {
        var debt = WorkDebt(at: start)
        var now = start
        var worked = Duration.zero
        while now < start + .seconds(20) {
            if let wait = debt.wait(most: .milliseconds(250), percent: 5, at: now) {
                now += wait
            } else {
                debt.charge(.milliseconds(30), percent: 5, at: now)
                worked += .milliseconds(30)
                now += .milliseconds(30)
            }
        }
        #expect(worked <= .milliseconds(250 + 1_000 + 30))
        #expect(worked >= .milliseconds(1_000))
    }

    @Test(arguments: [1, 5, 50]) func `who has waited is not woken again for each frame`(
        percent: Int
    ) {
        var debt = WorkDebt(at: start)
        var now = start
        var (frames, waits) = (0, 0)
        debt.charge(.milliseconds(250), percent: percent, at: now)
        while frames < 1_000 {
            if let wait = debt.wait(most: .milliseconds(250), percent: percent, at: now) {
                waits += 1
                now += wait
            }
            debt.charge(.microseconds(100), percent: percent, at: now)
            frames += 1
        }
        #expect(waits <= 1_000 / 40 + 1)
    }

    @Test func `what was wanted is taken off again, and nobody gets ahead by it`() {
        var debt = WorkDebt(at: start)
        debt.charge(.seconds(1), percent: 5, at: start)
        debt.charge(.seconds(-2), percent: 5, at: start)
        debt.charge(.milliseconds(251), percent: 5, at: start)
        #expect(debt.wait(most: .milliseconds(250), percent: 5, at: start) != nil)
    }

    private func ticket(
        _ count: Int = 10, of shares: PeerShares, kind: WireMessage.Kind = .head,
        from peer: Address = PeerShareTests.peer, _ share: PeerShare = .usual(of: .consumer),
        isAwaited: Bool = false
    ) async throws -> FrameTicket {
        try await shares.admit(count, kind: kind, from: peer, share: share, isAwaited: isAwaited)
    }

    private func waits(
        _ shares: PeerShares, kind: WireMessage.Kind = .head, _ share: PeerShare,
        after settling: (FrameTicket) -> Void
    ) async throws -> Bool {
        settling(try await ticket(of: shares, kind: kind, share))
        return shares.wait(of: Self.peer, share) != nil
    }

    @Test func `a validator gets more for what is of use, and as little for the rest`() async throws
    {
        let member = PeerShare.usual(of: .prosumer)
        let validator = PeerShare.usual(of: .validator)
        #expect(validator.percent > member.percent)
        #expect(PeerShare.usual(of: nil) == member)
        // Reading and dealing with it take 30 ms each, of 250 that may be owed.
        func settle(_ ticket: FrameTicket, wasOfUse: Bool, _ times: Int = 1) {
            for _ in 0..<times {
                ticket.noteDecoding(.milliseconds(30))
                ticket.settle(handling: .milliseconds(30), answers: 0, wasOfUse: wasOfUse)
            }
        }
        for share in [member, validator] {
            #expect(
                try await !waits(PeerShares(), share) { settle($0, wasOfUse: true, 8) })
            #expect(
                try await waits(PeerShares(), share) { settle($0, wasOfUse: true, 40) })
        }
        #expect(try await !waits(PeerShares(), member) { settle($0, wasOfUse: false, 4) })
        #expect(try await waits(PeerShares(), member) { settle($0, wasOfUse: false, 20) })
        #expect(try await waits(PeerShares(), validator) { settle($0, wasOfUse: false) })
    }

    @Test func `final blocks that were lacking cost their giver nothing`() async throws {
        for kind in [WireMessage.Kind.blocks, .finalBlock] {
            for (wasOfUse, waits) in [(true, false), (false, true)] {
                let shares = PeerShares()
                #expect(
                    try await self.waits(shares, kind: kind, .usual(of: .consumer)) {
                        $0.noteDecoding(.seconds(1))
                        $0.settle(handling: .seconds(1), answers: 0, wasOfUse: wasOfUse)
                    } == waits)
            }
        }
    }

    @Test func `what it is answered by counts as well, but not where its message was of use`()
        async throws
    {
        let share = PeerShare.usual(of: .consumer)
        for (answers, wasOfUse, waits) in [
            (0, false, false), (10_000, false, true), (10_000, true, false),
        ] {
            #expect(
                try await self.waits(PeerShares(), share) {
                    $0.noteDecoding(.zero)
                    $0.settle(handling: .zero, answers: answers, wasOfUse: wasOfUse)
                } == waits)
        }
    }

    @Test func `what this node asked for waits for room alone`() async throws {
        let shares = PeerShares()
        try await ticket(of: shares).noteDecoding(.seconds(3_000))
        _ = try await ticket(of: shares, kind: .blocks, isAwaited: true)
        await #expect(throws: CancellationError.self) {
            try await shares.admit(
                1, kind: .head, from: Self.peer, share: .usual(of: nil), isAwaited: false,
                isOver: { true })
        }
        let flood = Task { try await ticket(of: shares) }
        flood.cancel()
        await #expect(throws: CancellationError.self) { try await flood.value }
        _ = try await ticket(of: shares, from: Self.other)
    }

    @Test func `no more of a peer's bytes are here than its share, whatever it sends`() async throws
    {
        let shares = PeerShares()
        let most = PeerShare.usual(of: .consumer).bytes
        #expect(most < 5 << 20)
        var first: FrameTicket? = try await ticket(most - 10, of: shares)
        var second: FrameTicket? = try await ticket(10, of: shares)
        #expect(shares.bytes(of: Self.peer) == most)
        let third = Task { try await ticket(1, of: shares) }
        _ = try await ticket(most, of: shares, from: Self.other)
        #expect(shares.bytes(of: Self.peer) == most)
        second = nil
        let held = try await third.value
        #expect(shares.bytes(of: Self.peer) == most - 9)
        first = nil
        #expect(shares.bytes(of: Self.peer) == 1)
        withExtendedLifetime((held, first, second)) {}
    }

    @Test func `a frame longer than the share has the room to itself`() async throws {
        let shares = PeerShares()
        var long: FrameTicket? = try await ticket(100 << 20, of: shares)
        let next = Task { try await ticket(1, of: shares) }
        #expect(shares.bytes(of: Self.peer) == 100 << 20)
        long = nil
        withExtendedLifetime(long) {}
        _ = try await next.value
    }

    @Test func `a node that stops lets everyone go`() async throws {
        let shares = PeerShares()
        let long = try await ticket(100 << 20, of: shares)
        let next = Task { try await ticket(1, of: shares) }
        shares.close()
        _ = try await next.value
        withExtendedLifetime(long) {}
    }
}
