import Ledger
import Protocol
import Synchronization
import TestKit

@testable import API

/// A fake node with a small real chain: a trade that is settled, another offer that is open. It is
/// made once for many inputs; one that an input has grown is thrown away.
final class ServedNode: Sendable {
    let node: FakeNode
    /// Every method of JSON-RPC with usual parameters.
    let examples: [(method: String, parameters: JSON)]
    private let first: NodeSnapshot
    private let contents: FakeNode.Contents

    private static let idle = Mutex<[ServedNode]>([])

    /// One as new.
    static func take() async throws -> ServedNode {
        if let served = idle.withLock({ $0.popLast() }) { return served }
        return try await ServedNode()
    }

    private init() async throws {
        node = try FakeNode()
        let tokens = TokenAmount(5_000_000)
        let mint = TokenCall.mint(to: node.aggregator.address, amount: tokens, reference: "a")
        try await node.seal(node.call(node.exchange, NativeContract.token, mint))
        try await node.settleTrade()
        let offer = node.call(
            node.seller, NativeContract.market, MarketCall.addOffer(energy: 500, price: 1))
        try await node.seal(offer)
        first = node.latest.current
        contents = node.contents.withLock { $0 }
        examples = RPCExamples.calls(
            node, .string("0x" + Hexadecimal.encode(offer.encoded)))
    }

    /// Gives it back; `isGrown`, it is thrown away.
    func giveBack(isGrown: Bool) throws {
        guard !isGrown else { return try node.store.close() }
        let (first, contents) = (first, contents)
        node.latest.update { $0 = first }
        node.contents.withLock { $0 = contents }
        Self.idle.withLock { $0.append(self) }
    }
}
