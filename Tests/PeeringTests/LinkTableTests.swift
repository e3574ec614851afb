import Protocol
import Testing

@testable import Peering

@Suite struct LinkTableTests {
    private static let low = Address(reserved: 1)
    private static let high = Address(reserved: 2)

    private static func link(_ identifier: UInt64, isOutgoing: Bool) -> Link {
        Link(
            identifier: identifier, peer: high, certificateHash: .zero, isOutgoing: isOutgoing,
            remote: "test", closeConnection: { _ in })
    }

    @Test func `of two links both ends keep the one that the lower address dialled`() {
        for isOutgoing in [true, false] {
            let stays = LinkTable.oldStays(
                isOutgoing: isOutgoing, newIsOutgoing: !isOutgoing, own: Self.low, peer: Self.high)
            #expect(stays == isOutgoing)
            #expect(
                LinkTable.oldStays(
                    isOutgoing: !isOutgoing, newIsOutgoing: isOutgoing, own: Self.high,
                    peer: Self.low) == stays)
            // Of two that one side dialled the newer.
            #expect(
                !LinkTable.oldStays(
                    isOutgoing: isOutgoing, newIsOutgoing: isOutgoing, own: Self.low,
                    peer: Self.high))
        }
    }

    @Test func `a link that ended makes room, and takes no other's place`() {
        var table = LinkTable(own: Self.low)
        let first = Self.link(1, isOutgoing: true)
        guard case .first = table.add(first) else {
            Issue.record("the first link is refused")
            return
        }
        guard case .refused = table.add(Self.link(2, isOutgoing: false)) else {
            Issue.record("the worse link is kept")
            return
        }
        first.close("test")
        let second = Self.link(3, isOutgoing: false)
        guard case .first = table.add(second) else {
            Issue.record("a link that ended stays in the way")
            return
        }
        let (removedFirst, rest) = (table.remove(first), table.accounts)
        #expect(!removedFirst && rest == [Self.high])
        let removedSecond = table.remove(second)
        #expect(removedSecond)
        #expect(table.accounts.isEmpty)
    }
}
