import Protocol
import TestKit
import Testing

@testable import Peering

// Frames that are too long, not their sender's to send, or never whole.
extension HostilePeerTests {
    @Test func `a frame that does not end ends the link`() async throws {
        try await attack(frameTimeout: .milliseconds(200)) { node, connection in
            let stream = try await open(.consensus, on: connection)
            let other = try await open(.sync, on: connection)
            try await stream.write(greeting())
            #expect(await node.recorder.wait { $0.linked.count == 1 })
            try await other.write(begun(.head, count: 10_000) + Bytes(repeating: 1, count: 1_000))
            try await eventually("the refusal is counted") {
                node.network.figures.refusals == [.slowFrame: 1]
            }
            _ = await connection.closed()
        }
    }

    @Test func `a long frame is refused by its length alone`() async throws {
        try await attack { node, connection in
            let stream = try await open(.consensus, on: connection)
            try await stream.write(greeting() + [1, 0, 0, 1])
            try await eventually("the refusal is counted") {
                node.network.figures.refusals[.oversizeFrame] == 1
            }
            _ = await connection.closed()
        }
        try await attack { node, connection in
            let stream = try await open(.consensus, on: connection)
            try await stream.write([0, 0, 0x20, 0])
            try await eventually("the refusal is counted") {
                node.network.figures.refusals[.oversizeFrame] == 1
            }
            _ = await connection.closed()
        }
    }

    /// The first bytes of a frame of `count` bytes with a message of this kind.
    private func begun(_ kind: WireMessage.Kind, count: Int) -> Bytes {
        let content = UInt32(count - 5).bigEndianBytes
        return UInt32(count).bigEndianBytes + [0xfb] + content + [kind.rawValue, 0xfa, 1, 2, 3, 4]
    }

    /// What a household's node sends, of which no more than the first bytes arrive.
    private static let refused: [(WireMessage.Kind, Int, PeerRefusal)] = [
        (.consensus, 4 << 20, .misplaced),
        (.proposalBlock, 4 << 20, .misplaced),
        (.blocks, 4 << 20, .misplaced),
        (.finalBlock, 5 << 20, .oversizeFrame),
        (.transactions, 16 << 20, .oversizeFrame),
        (.head, 1 << 20, .oversizeFrame),
        (.meter, 1 << 20, .oversizeFrame),
    ]

    @Test(arguments: refused)
    func `a household's large frame is refused by its first bytes`(
        kind: WireMessage.Kind, count: Int, refusal: PeerRefusal
    ) async throws {
        community.set(.consumer, of: Address(reserved: 2))
        try await attack { node, connection in
            let stream = try await open(.consensus, on: connection)
            let other =
                try await kind.priority == .consensus
                ? stream : open(kind.priority, on: connection)
            try await stream.write(greeting())
            #expect(await node.recorder.wait { $0.linked.count == 1 })
            try await other.write(begun(kind, count: count))
            try await eventually("the refusal is counted") {
                node.network.figures.refusals == [refusal: 1]
            }
            _ = await connection.closed()
        }
    }
}
