import Market
import Protocol
import TestKit
import Testing

@testable import Node

/// What one peer says of its meter, and how much of it gets in.
@Suite struct MeterGateTests {
    private static let one = Address(reserved: 1)
    private static let two = Address(reserved: 2)

    /// A gate that lets a peer say three things at once, and practically nothing after that.
    private static func gate(waiting: Int = 100) -> MeterGate {
        var limits = MeterGate.Limits()
        limits.burst = 3
        limits.perSecond = 1
        limits.waiting = waiting
        return MeterGate(limits)
    }

    @Test func `who says too much waits, and holds up nobody else`() async throws {
        let gate = Self.gate()
        let start = ContinuousClock.now
        for _ in 0..<3 { #expect(await gate.admit(Self.one)) }
        let fourth = Task { await gate.admit(Self.one) }
        for _ in 0..<3 { #expect(await gate.admit(Self.two)) }
        fourth.cancel()
        let isAdmitted = await fourth.value
        // On a slow machine its second may be over.
        #expect(!isAdmitted || start.duration(to: .now) >= .seconds(1))
    }

    @Test func `who waits gets in when its time has come`() async throws {
        var limits = MeterGate.Limits()
        limits.burst = 1
        limits.perSecond = 50
        let gate = MeterGate(limits)
        let start = ContinuousClock.now
        for _ in 0..<6 { #expect(await gate.admit(Self.one)) }
        #expect(start.duration(to: .now) >= .milliseconds(95))
    }

    @Test func `no more than so many of a peer wait for the loop`() async throws {
        let gate = Self.gate(waiting: 2)
        for _ in 0..<2 { #expect(await gate.admit(Self.one)) }
        let third = Task { await gate.admit(Self.one) }
        #expect(await gate.admit(Self.two))
        gate.taken(from: Self.one)
        #expect(await third.value)
    }

    @Test func `a node that stops lets everyone go`() async throws {
        let gate = Self.gate(waiting: 1)
        #expect(await gate.admit(Self.one))
        let second = Task { await gate.admit(Self.one) }
        gate.close()
        #expect(await !second.value)
        #expect(await !gate.admit(Self.two))
    }

    /// The loop's queue has room for 4,096 events.
    @Test func `a flood of one peer leaves the loop's queue to the others`() async throws {
        let (queue, gate) = (EventQueue(), MeterGate())
        let events = LinkEvents(queue: queue, meterGate: gate)
        let message = MeterMessage.refusal(OfferID(1), reason: "no")
        let flood = Task {
            while !Task.isCancelled { await events.received(message, from: Self.one) }
        }
        var senders: [Address] = []
        while senders.count < MeterGate.Limits().waiting {
            senders += try #require(await queue.next()).compactMap(\.sender)
        }
        await events.received(message, from: Self.two)
        senders += try #require(await queue.next()).compactMap(\.sender)
        #expect(senders.count { $0 == Self.one } == MeterGate.Limits().waiting)
        #expect(senders.last == Self.two)
        flood.cancel()
        gate.close()
        await flood.value
    }
}

extension NodeEvent {
    fileprivate var sender: Address? {
        if case .role(.received(_, let sender)) = self { sender } else { nil }
    }
}
