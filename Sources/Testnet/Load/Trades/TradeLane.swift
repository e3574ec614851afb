import Console
import Protocol
import Replica

/// One member's way to its node, on which what it does in trades is handed in as it comes up. It belongs
/// to the thread of the ``TradeDriver``.
final class TradeLane {
    private let key: PrivateKey
    private let chainID: UInt64
    private var nonce: UInt64
    /// Nil before anything is handed in, and once the node has ended it.
    private(set) var socket: LoopbackSocket?
    private var waiting: [(number: Int, call: Bytes)] = []
    private var asked = 0
    /// Until when the node is left alone.
    private(set) var pausedUntil = 0.0
    private var answer = HTTP1Text()
    /// What its node takes of one member.
    private var allowance: TokenBucket
    private let connect: () throws(SocketFailure) -> LoopbackSocket

    /// How many transactions a request holds at the most.
    private static let batch = 20
    /// How long a node is left alone, in seconds: that says it has too much to do, and of which so much
    /// has been wanted as it takes.
    private static let (longPause, shortPause) = (1.0, 0.01)

    /// The way of the member whose key is `key`, and whose next nonce is `nonce`.
    init(
        _ key: PrivateKey, nonce: UInt64 = 0, chainID: UInt64,
        _ connect: @escaping () throws(SocketFailure) -> LoopbackSocket
    ) {
        self.key = key
        self.nonce = nonce
        self.chainID = chainID
        self.connect = connect
        // A little less than the node allows, so that it need not refuse: its clock is another one, and
        // it may have been asked for something before.
        let most = PoolLimits().perSecond
        allowance = TokenBucket(
            capacity: most / 4, perSecond: most - most / 16, at: SystemClock.now)
    }

    /// Signs a call of the market, which is to be handed in as the transaction `number`; its hash.
    func add(_ data: Bytes, number: Int) -> Hash32 {
        let signed = Transaction(
            chainID: chainID, nonce: nonce, to: NativeContract.market, data: data
        ).signed(by: key).encoded
        nonce += 1
        waiting.append((number, LoadWork.call(signed)))
        return Keccak256.hash(signed)
    }

    /// Whether it waits for nothing and may hand in something at `time`.
    func isReady(at time: Double) -> Bool {
        asked == 0 && !waiting.isEmpty && pausedUntil <= time
    }

    /// Hands in what waits, as far as it may at `time`; the numbers.
    func handIn(at time: Double) throws(SocketFailure) -> [Int] {
        let now = SystemClock.now
        var count = 0
        while count < min(waiting.count, Self.batch), allowance.take(at: now) { count += 1 }
        guard count > 0 else {
            pausedUntil = time + Self.shortPause
            return []
        }
        let open: LoopbackSocket
        if let socket { open = socket } else { open = try connect() }
        socket = open
        let batch = waiting.prefix(count)
        try open.send(LoadWork.request(of: batch.map(\.call)))
        asked = count
        return batch.map(\.number)
    }

    /// Reads what has come: the numbers that the node took, and how many it did not take for now; nil until
    /// an answer is complete. Throws where the node refuses something for good.
    func read(at time: Double) throws -> (taken: [Int], refused: Int)? {
        guard asked > 0, let socket else {
            // A node says nothing of itself but that it ends what nobody uses.
            self.socket = nil
            return nil
        }
        answer.bytes += try socket.receive()
        guard let body = answer.body, let head = answer.head else { return nil }
        answer = HTTP1Text()
        let count = try LoadLane.count(of: asked, head, body)
        let taken = waiting.prefix(count).map(\.number)
        waiting.removeFirst(count)
        if count < asked { pausedUntil = time + Self.longPause }
        defer { asked = 0 }
        return (taken, asked - count)
    }
}
