import Protocol
import TestKit
import Testing

@testable import Peering

@Suite struct FrameGateTests {
    /// Whether a member of `role` may send a frame of `kind` on its stream.
    private static func takes(
        _ kind: WireMessage.Kind, from role: MemberRole?, count: Int = 100,
        on priority: WireMessage.Priority? = nil, hasGreeted: Bool = true, isAwaited: Bool = true
    ) -> Bool {
        let prefix: Bytes = [0xf8, 98, kind.rawValue, 0xf8, 95, 0, 0, 0, 0, 0]
        return FrameGate(priority: priority ?? kind.priority, role: role).refusal(
            of: prefix[...], count: count, hasGreeted: hasGreeted, takesAnswer: { _ in isAwaited }
        ) == nil
    }

    @Test func `votes come from validators, and meters' messages from households and aggregators`()
    {
        let ofValidators: Set<WireMessage.Kind> = [
            .consensus, .consensusStatus, .proposalRequest, .proposalBlock,
        ]
        for kind in WireMessage.Kind.allCases {
            for role in MemberRole.allCases.map(Optional.some) + [nil] {
                let mayBe =
                    if ofValidators.contains(kind) {
                        role == .validator
                    } else if kind == .meter {
                        role == .aggregator || role == .consumer || role == .prosumer
                    } else {
                        true
                    }
                #expect(Self.takes(kind, from: role) == mayBe, "\(kind)")
            }
        }
    }

    @Test func `each kind has its stream, its length, and its time`() {
        for kind in WireMessage.Kind.allCases where kind != .meter {
            #expect(Self.takes(kind, from: .validator, count: kind.mostBytes))
            #expect(!Self.takes(kind, from: .validator, count: kind.mostBytes + 1), "\(kind)")
            for priority in WireMessage.Priority.allCases where priority != kind.priority {
                #expect(!Self.takes(kind, from: .validator, on: priority), "\(kind)")
            }
            #expect(Self.takes(kind, from: .validator, hasGreeted: false) == (kind == .hello))
            let isAnswer = [.blocks, .proposalBlock, .transactionsAnswer].contains(kind)
            #expect(Self.takes(kind, from: .validator, isAwaited: false) == !isAnswer)
            #expect(kind.mostBytes <= 8 << 20)
        }
    }

    @Test func `what is no message is refused by its first byte`() {
        for prefix: Bytes in [[], [0x80], [0xc1], [0xc2, 0x00], [0xc2, 0x10], [0xf8, 1]] {
            let gate = FrameGate(priority: .sync, role: .validator)
            let refusal = gate.refusal(
                of: prefix[...], count: 100, hasGreeted: true, takesAnswer: { _ in true })
            #expect(refusal?.refusal == .malformed, "\(prefix)")
        }
    }

    @Test func `the kind of a message stands in its first bytes`() {
        let seals = Array(repeating: PlainKey(address: .zero).sign(.zero), count: 100)
        let certificate = Certificate(round: 0, seals: seals)
        let messages: [WireMessage] = [
            .link(.hello(Hello(chainID: 1, genesisHash: .zero, endpoint: "", agent: ""))),
            .link(.peers([])),
            .replica(
                .head(
                    CertifiedHead(
                        head: ChainHead(height: 1, hash: .zero), certificate: certificate))),
            .replica(.blocksRequest(from: .max, count: .max)), .replica(.blocks([])),
            .replica(.transactions([])),
            .replica(.proposalRequest(height: .max, hash: .zero)),
            .replica(
                .consensusStatus(
                    ConsensusStatus(height: .max, round: .max, hasProposal: true))),
            .meter(
                .refusal(
                    OfferID(1),
                    reason: UntrustedText(String(repeating: "x", count: Limits.textBytes)))),
        ]
        for message in messages {
            let bytes = message.encoded
            #expect(WireMessage.Kind(prefix: bytes.prefix(10)) == message.kind)
            #expect(message.kind.priority == message.priority)
            #expect(bytes.count <= message.kind.mostBytes)
        }
    }

    @Test func `an answer is taken as often as it was asked for`() {
        let link = Link(
            identifier: 1, peer: .zero, certificateHash: .zero, isOutgoing: true, remote: "test",
            closeConnection: { _ in })
        #expect(!link.takesAnswer(.blocks))
        link.note(.blocksRequest)
        #expect(!link.takesAnswer(.proposalBlock))
        #expect(link.takesAnswer(.blocks) && !link.takesAnswer(.blocks))
        for _ in 0..<100 { link.note(.proposalRequest) }
        #expect((0..<100).count { _ in link.takesAnswer(.proposalBlock) } == 8)
    }

    @Test func `a penalty grows with each fault, to a minute, and is forgotten in the end`() {
        var penalties = Penalties()
        var now = ContinuousClock.now
        let peer = Address(reserved: 1)
        #expect(penalties.remaining(of: peer, at: now) == nil)
        for wait in [1, 2, 4, 8, 16, 32, 60, 60] {
            penalties.note(peer, at: now)
            #expect(penalties.remaining(of: peer, at: now) == .seconds(wait))
            now += .seconds(wait)
            #expect(penalties.remaining(of: peer, at: now) == nil)
        }
        #expect(penalties.remaining(of: Address(reserved: 2), at: now) == nil)
        now += .seconds(3_600)
        penalties.note(peer, at: now)
        #expect(penalties.remaining(of: peer, at: now) == .seconds(1))
    }
}
