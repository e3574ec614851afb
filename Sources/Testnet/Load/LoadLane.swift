import API
import Client
import Protocol

/// One member's way to its node: one connection from an address of its own, on which one batch after
/// the other is handed in. It belongs to the thread of the ``LoadDriver``.
final class LoadLane {
    /// Its transactions.
    let numbers: Range<Int>
    /// Its connection; nil before anything is handed in, since a node keeps few that ask nothing, and
    /// once the node has ended it, which nobody had used for a while.
    private(set) var socket: LoopbackSocket?
    /// Up to which of them it may hand in by now.
    var allowed: Int
    /// Up to which the node has taken them.
    private(set) var taken: Int
    /// What the node has been given and has not answered.
    private(set) var asked: Range<Int>?
    /// Until when the node is left alone after it has said that it has too much to do.
    private(set) var pausedUntil = 0.0
    private var answer = HTTP1Text()
    private let connect: () throws(SocketFailure) -> LoopbackSocket

    private static let result = Array("\"result\":\"0x".utf8)
    /// How many seconds a node is left alone that says it has too much to do.
    private static let pause = 1.0

    /// Connects by `connect` whenever it must.
    init(_ numbers: Range<Int>, _ connect: @escaping () throws(SocketFailure) -> LoopbackSocket) {
        self.numbers = numbers
        self.connect = connect
        allowed = numbers.lowerBound
        taken = numbers.lowerBound
    }

    /// Whether it waits for nothing and may hand in something at `time`.
    func isReady(at time: Double) -> Bool {
        asked == nil && taken < allowed && pausedUntil <= time
    }

    /// Hands in what it may, `batch` at most; gives which.
    func handIn(_ work: LoadWork, batch: Int) throws(SocketFailure) -> Range<Int> {
        let numbers = taken..<min(allowed, taken + batch)
        let open: LoopbackSocket
        if let socket { open = socket } else { open = try connect() }
        socket = open
        try open.send(work.request(numbers))
        asked = numbers
        return numbers
    }

    /// What the node said to a batch.
    struct Answer: Equatable {
        /// What it took of it, from the first on.
        let taken: Range<Int>
        /// How many it did not take for now.
        let refused: Int
    }

    /// Reads what has come; nil until an answer is complete. Throws where the node refuses something
    /// for good.
    func read(at time: Double) throws -> Answer? {
        guard let asked, let socket else {
            // A node says nothing of itself but that it ends what nobody uses.
            self.socket = nil
            return nil
        }
        answer.bytes += try socket.receive()
        guard let body = answer.body, let head = answer.head else { return nil }
        answer = HTTP1Text()
        self.asked = nil
        let count = try Self.count(of: asked.count, head, body)
        taken = asked.lowerBound + count
        if count < asked.count { pausedUntil = time + Self.pause }
        return Answer(taken: asked.lowerBound..<taken, refused: asked.count - count)
    }

    /// How many calls of a batch of `asked` the node took, from the first on.
    static func count(of asked: Int, _ head: String, _ body: Bytes) throws -> Int {
        let status = head.split(separator: " ", maxSplits: 2).dropFirst().first
        guard status == "200" else {
            guard status == "429" || status == "503" else {
                throw SocketFailure.unreadable(String(head.prefix(while: { !$0.isNewline })))
            }
            return 0
        }
        // The text of an error does not hold a result; what is not all results is read in full.
        if results(in: body) == asked { return asked }
        guard let answers = try JSON(decoding: body).elements, answers.count == asked else {
            throw SocketFailure.unreadable("not as many answers as calls")
        }
        guard let first = answers.firstIndex(where: { $0["error"] != nil }) else { return asked }
        let error = answers[first]["error"]
        guard error?["data"]?["retryAfterSeconds"] != nil else {
            throw SocketFailure.unreadable("refused: \(error?.compact ?? "")")
        }
        return first
    }

    private static func results(in body: Bytes) -> Int {
        var (rest, count) = (body[...], 0)
        while let place = rest.place(of: result) {
            count += 1
            rest = rest[place.upperBound...]
        }
        return count
    }
}
