import Ledger
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
    private let http: LoopbackHTTP
    private let chainID: UInt64
    private var nonce: UInt64

    /// `key` at `node`, with the nonce that comes next there.
    init(_ key: PrivateKey, at node: EndpointsFile.Node) throws {
        guard var http = LoopbackHTTP(url: node.rpc) else {
            throw CommandFailure(.failed, "\(node.rpc) is not http://127.0.0.1:PORT")
        }
        http.timeoutSeconds = Self.timeoutSeconds + 5
        self.http = http
        self.key = key
        self.node = node
        client = try NodeClient(url: node.rpc, name: node.name)
        chainID = try client.chainID()
        let count = try client.call(
            "eth_getTransactionCount", [.text(key.address.description), "pending"])
        guard let nonce = count.quantity else {
            throw CommandFailure(.failed, "\(node.name)'s answer is no nonce")
        }
        self.nonce = nonce
    }

    private static let timeoutSeconds = 30

    /// Hands in `data` to the market and waits until the node has it in a final block: one request,
    /// which the node answers at that moment.
    mutating func take(_ name: String, _ data: Bytes) throws -> Step {
        let signed = Transaction(
            chainID: chainID, nonce: nonce, to: NativeContract.market, data: data
        ).signed(by: key)
        let body: JSONValue = ["raw": .text("0x" + Hexadecimal.encode(signed.encoded))]
        let text = body.compact
        let handedIn = SystemClock.now
        let start = ContinuousClock.now
        let answer = try http.post(
            "/api/v1/transactions?wait=final&timeout=\(Self.timeoutSeconds)", json: text)
        let elapsed = ContinuousClock.now - start
        nonce += 1
        let result = try JSONValue(parsing: answer.body)
        guard answer.status == 200, result["status"]?.text == "final",
            case .integer(let block) = result["block"] ?? .null,
            let hash = result["hash"]?.text.flatMap({ Hash32(hexadecimal: $0) })
        else {
            throw CommandFailure(
                answer.status == 202 ? .late : .refused, "\(name) at \(node.name): \(answer.text)")
        }
        return Step(
            transaction: hash, block: UInt64(clamping: block), handedIn: handedIn,
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
