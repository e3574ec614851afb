import Console
import Client
import Protocol

/// Who acts in measured trades: a key, and the node that its transactions are handed in at.
struct BenchParty {
    /// One step of a trade, as it was measured.
    struct Step {
        let transaction: Hash32
        let block: UInt64
        /// When it was handed in, by this machine's clock.
        let handedIn: Timestamp
        /// From handing in until the node said that it is final, in milliseconds.
        let millisecondsToFinal: Double
    }

    let node: EndpointsFile.Node
    let key: PrivateKey
    let client: NodeClient
    private let submitter: Submitter
    private var nonce: UInt64

    /// `key` at `node`, with the nonce that comes next there.
    init(_ key: PrivateKey, at node: EndpointsFile.Node) throws {
        self.key = key
        self.node = node
        client = try node.client()
        submitter = Submitter(key: key, chainID: try client.chainID())
        nonce = try client.nonce(of: key.address)
    }

    private static let timeoutSeconds = 30

    /// Hands in `data` to the market and waits until the node has it in a final block: one request,
    /// which the node answers at that moment.
    mutating func take(_ name: String, _ data: Bytes) throws -> Step {
        let signed = submitter.sign(data, to: NativeContract.market, nonce: nonce)
        let handedIn = SystemClock.now
        let start = ContinuousClock.now
        let final = try client.submit(signed, waitingFor: Self.timeoutSeconds)
        let elapsed = ContinuousClock.now - start
        nonce += 1
        guard let final else {
            throw CommandFailure(.late, "\(name) at \(node.name) is not final in time")
        }
        if let reason = final.failure {
            throw CommandFailure(.refused, "\(name) at \(node.name): \(reason)")
        }
        return Step(
            transaction: final.hash, block: final.block, handedIn: handedIn,
            millisecondsToFinal: elapsed / .milliseconds(1))
    }

    /// The ledger's time of block `number`.
    func time(ofBlock number: UInt64) throws -> Timestamp {
        guard let time = try client.block(number)?.blockTime else {
            throw CommandFailure(.failed, "\(node.name) has no block \(number)")
        }
        return time
    }
}
