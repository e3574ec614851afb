import API
import Client
import Dispatch
import Glibc
import Keys
import Protocol
import Synchronization

/// What listens on a node's ports and is no node: it answers as its lie wants it, and keeps whatever
/// it is given.
final class LyingListener: Sendable {
    /// What it says.
    enum Lie: String, CaseIterable, Sendable {
        /// Each time that another transaction has the nonce.
        case usedNonces = "used nonces"
        /// That the chain is another one.
        case otherChain = "another chain"
        /// Yes to everything, in texts that are more than text.
        case escapes = "terminal escapes"
        /// Answers that take more memory than anyone has use for.
        case giant = "giant answers"
        /// Nothing, a byte at a time.
        case drip = "a byte at a time"

        /// Whether a command is through with it in a moment.
        var isQuick: Bool { self != .giant && self != .drip }
    }

    private struct State {
        var lie = Lie.usedNonces
        var transactions: [SignedTransaction] = []
        var requests = 0
        var handshakes = 0
        var isOver = false
    }

    private let chainID: UInt64
    private let state = Mutex(State())
    private let group = DispatchGroup()

    var transactions: [SignedTransaction] { state.withLock { $0.transactions } }
    var requests: Int { state.withLock { $0.requests } }
    /// How many clients took its certificate for the node's.
    var handshakes: Int { state.withLock { $0.handshakes } }
    private var isOver: Bool { state.withLock { $0.isOver } }

    /// Takes both ports; `chainID` is what it says the chain is, where it says the truth.
    init(rpcPort: UInt16, apiPort: UInt16, chainID: UInt64) throws {
        self.chainID = chainID
        let identity = try NodeCertificate(
            selfSigned: CertificateSubject(commonName: "127.0.0.1"))
        let context = try BlockingTLSContext(showing: identity, isServer: true)
        let (plain, secured) = (try Self.listen(on: rpcPort), try Self.listen(on: apiPort))
        AttackThread.start(in: group) { self.serve(plain, nil) }
        AttackThread.start(in: group) { self.serve(secured, context) }
    }

    func tell(_ lie: Lie) { state.withLock { $0.lie = lie } }

    /// Gives the ports back.
    func stop() {
        state.withLock { $0.isOver = true }
        group.wait()
    }

    private static func listen(on port: UInt16) throws(SocketFailure) -> Int32 {
        let kind = SOCK_STREAM.rawValue | SOCK_NONBLOCK.rawValue | SOCK_CLOEXEC.rawValue
        let descriptor = socket(AF_INET, Int32(kind), 0)
        var on: Int32 = 1
        setsockopt(
            descriptor, SOL_SOCKET, SO_REUSEADDR, &on, socklen_t(MemoryLayout<Int32>.size))
        let isBound = LoopbackAddress.owner.withSocketAddress(port: port) {
            bind(descriptor, $0, $1)
        }
        guard isBound == 0, Glibc.listen(descriptor, 16) == 0 else { throw .system(errno) }
        return descriptor
    }

    private func serve(_ listener: Int32, _ context: BlockingTLSContext?) {
        defer { close(listener) }
        while !isOver {
            let descriptor = accept(listener, nil, nil)
            guard descriptor >= 0 else {
                usleep(10_000)
                continue
            }
            _ = fcntl(descriptor, F_SETFL, O_NONBLOCK)
            _ = fcntl(descriptor, F_SETFD, FD_CLOEXEC)
            // A client that goes away in the midst of it is no news.
            try? answer(LoopbackSocket(accepted: descriptor), context)
        }
    }

    private func answer(
        _ socket: LoopbackSocket, _ context: BlockingTLSContext?
    ) throws(SocketFailure) {
        var channel: any ByteChannel = socket
        if let context {
            let tls = try BlockingTLS(over: socket, context)
            try tls.shakeHands(timeout: 3)
            state.withLock { $0.handshakes += 1 }
            channel = tls
        }
        var text = HTTP1Text()
        while text.body == nil { text.bytes += try channel.receive(timeout: 3) }
        state.withLock { $0.requests += 1 }
        let lie = state.withLock { $0.lie }
        let body = text.body ?? []
        guard lie != .drip else { return try drip(on: channel) }
        let (status, answer) = self.answer(to: body, lie)
        try channel.send(Self.response(status, answer), timeout: 5)
    }

    private static func response(_ status: String, _ body: Bytes) -> Bytes {
        let head =
            "HTTP/1.1 \(status)\r\ncontent-type: application/json\r\n"
            + "content-length: \(body.count)\r\nconnection: close\r\n\r\n"
        return Array(head.utf8) + body
    }

    /// An answer without end, slow enough to seem alive.
    private func drip(on channel: any ByteChannel) throws(SocketFailure) {
        try channel.send(
            Array("HTTP/1.1 200 OK\r\ncontent-length: 100000\r\n\r\n".utf8), timeout: 1)
        while !isOver, state.withLock({ $0.lie == .drip }) {
            try channel.send([0x20], timeout: 1)
            usleep(200_000)
        }
    }

    private func answer(to body: Bytes, _ lie: Lie) -> (status: String, Bytes) {
        let request = try? JSON(decoding: body)
        if let raw = request?["raw"]?.text { return take(raw.verbatim, lie) }
        let id = request?["id"] ?? .null
        let result: JSON
        switch request?["method"]?.text {
        case "eth_chainId":
            result = .string("0x" + String(lie == .otherChain ? 1 : chainID, radix: 16))
        case "eth_call": result = lie == .giant ? .string("0x" + Self.zeros) : "0x"
        case "eth_getTransactionCount":
            // Whatever was signed is used up, so that the next one is signed.
            result = .string("0x" + String(transactions.count, radix: 16))
        default: result = lie == .giant ? .string("0x" + Self.zeros) : "0x1"
        }
        return ("200 OK", (["jsonrpc": "2.0", "id": id, "result": result] as JSON).encoded)
    }

    private static let zeros = String(repeating: "0", count: 60_000_000)

    /// Keeps a transaction that it was given.
    private func take(_ raw: String, _ lie: Lie) -> (status: String, Bytes) {
        if let bytes = Hexadecimal.decode(raw), let signed = try? SignedTransaction(decoding: bytes)
        {
            state.withLock { $0.transactions.append(signed) }
        }
        guard lie != .escapes else {
            // By hand, since our own JSON would escape it.
            let text =
                "{\"status\":422,\"title\":\"x\",\"detail\":\"\u{1b}[2J\u{202e}\\nall is well\",\"reason\":\"\u{1b}\"}"
            return ("422 Unprocessable", Array(text.utf8))
        }
        let problem: JSON = [
            "status": 422, "title": "Transaction refused", "detail": "the nonce is used",
            "reason": "nonceTooLow",
        ]
        return ("422 Unprocessable", problem.encoded)
    }
}
