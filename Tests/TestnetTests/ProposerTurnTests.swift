import Protocol
import Testing

@testable import Testnet

@Suite struct ProposerTurnTests {
    private static func address(_ last: UInt8) throws -> Address {
        try #require(Address(bytes: Bytes(repeating: 0, count: 19) + [last]))
    }

    @Test func `the next by address proposes, whatever the order they are named in`() throws {
        let (one, two, three) = try (Self.address(1), Self.address(2), Self.address(3))
        #expect(ProposerTurn.next(after: one, among: [three, one, two]) == two)
        #expect(ProposerTurn.next(after: three, among: [three, one, two]) == one)
    }

    @Test func `after genesis the first one proposes`() throws {
        let (one, two) = try (Self.address(1), Self.address(2))
        #expect(ProposerTurn.next(after: .zero, among: [two, one]) == one)
        #expect(ProposerTurn.next(after: .zero, among: []) == nil)
    }
}
