import Client
import Console
import Protocol

/// Hands a load in and looks on until all of it is final: one thread, on which nothing but that is
/// done.
final class LoadDriver {
    /// A node that takes transactions.
    struct Place {
        let name: String
        let port: UInt16
    }

    private let work: LoadWork
    private let pace: LoadPace
    private let batch: Int
    private let lanes: [LoadLane]
    private let streams: [BlockStream]
    /// Which of the streams tells what becomes of a lane's transactions.
    private let followed: [Int]
    private var start = ContinuousClock.now
    private var book: LoadBook
    private var refusals = 0
    /// When something became final, or was taken, last, or nothing was due that is not final.
    private var lastNews = 0.0

    /// How long nothing may be taken or become final, while something is due, before what is under way
    /// counts as lost, in seconds.
    private let timeout: Double

    /// Members hand in at `places` in turn. With an open pace each follows its own node, else all
    /// follow the first: whom a node tells costs it something.
    init(
        _ work: LoadWork, at places: [Place], pace: LoadPace, batch: Int, timeout: Double,
        firstAddress: Int
    ) throws {
        (self.work, self.pace, self.batch, self.timeout) = (work, pace, batch, timeout)
        book = LoadBook(work.hashes, due: LoadAllowance.due(pace, in: work.lanes))
        let isOpen = if case .open = pace { true } else { false }
        streams = try places.prefix(isOpen ? places.count : 1).map {
            try BlockStream(of: $0, from: .stranger(firstAddress))
        }
        followed = work.lanes.indices.map { isOpen ? $0 % places.count : 0 }
        lanes = work.lanes.enumerated().map { index, numbers in
            let (port, number) = (places[index % places.count].port, firstAddress + 1 + index)
            return LoadLane(numbers) { () throws(SocketFailure) in
                try LoopbackSocket(to: port, from: .stranger(number))
            }
        }
    }

    private var elapsed: Double { (ContinuousClock.now - start) / .seconds(1) }

    /// Hands all in; what has become of it. Transactions that are not final in time are left out.
    func run() throws -> LoadOutcome {
        for stream in streams { try stream.waitForBeginning() }
        var allowance = LoadAllowance(pace, batch: batch)
        start = .now
        let processor = SystemClock.processorSeconds
        while !book.isComplete {
            guard !Interruption.isWanted else { throw CommandFailure(.failed, "interrupted") }
            let now = elapsed
            // Arrivals leave gaps, in which there is nothing to wait for.
            if allowance.allowed == book.finalCount { lastNews = now }
            guard now - lastNews < timeout else { break }
            allowance.extend(lanes, at: now, finals: book.finalCount)
            for lane in lanes where lane.isReady(at: now) {
                let numbers = try Self.named { try lane.handIn(work, batch: batch) }
                book.handIn(numbers, at: elapsed)
            }
            try wait(until: nextMoment(allowance, now))
        }
        return LoadOutcome(
            book: book, seconds: elapsed, refusals: refusals,
            processorSeconds: SystemClock.processorSeconds - processor)
    }

    /// When to look again if nothing comes before.
    private func nextMoment(_ allowance: LoadAllowance, _ now: Double) -> Double {
        let pauses = lanes.lazy.map(\.pausedUntil).filter { $0 > now }.min()
        return [now + 1, allowance.nextDue, pauses].compactMap { $0 }.min() ?? now
    }

    private func wait(until moment: Double) throws {
        var waiting = DescriptorSet(
            streams.map(\.socket.descriptor) + lanes.compactMap(\.socket?.descriptor))
        guard waiting.wait(seconds: max(0, moment - elapsed)) else { return }
        for index in streams.indices where waiting.contains(streams[index].socket.descriptor) {
            try readStream(index)
        }
        for index in lanes.indices {
            if let socket = lanes[index].socket, waiting.contains(socket.descriptor) {
                try readLane(index)
            }
        }
    }

    private func readStream(_ index: Int) throws {
        let news = try streams[index].read()
        let time = elapsed
        for block in news {
            for entry in block.transactions {
                guard let number = book.number(of: entry.key), follows(index, number) else {
                    continue
                }
                lastNews = time
                book.makeFinal(
                    number,
                    LoadBook.Final(block: block.number, time: time, succeeded: entry.succeeded))
            }
        }
    }

    /// Whether it is the stream `index` that tells what becomes of transaction `number`.
    private func follows(_ index: Int, _ number: Int) -> Bool {
        guard streams.count > 1 else { return true }
        // Lanes have as many transactions each, the first ones one more.
        let lane = lanes.partition(number)
        return followed[lane] == index
    }

    private func readLane(_ index: Int) throws {
        let answer = try Self.named { try lanes[index].read(at: elapsed) }
        guard let answer else { return }
        let time = elapsed
        // A refusal is none: a node that refuses for ever takes nothing any more.
        if !answer.taken.isEmpty { lastNews = time }
        refusals += answer.refused
        book.acknowledge(answer.taken, at: time)
    }

    /// Says of a failure on a socket what it means.
    static func named<Result>(_ body: () throws -> Result) throws -> Result {
        do {
            return try body()
        } catch let failure as SocketFailure {
            throw CommandFailure(.failed, "a node does not take transactions any more: \(failure)")
        }
    }
}

extension [LoadLane] {
    /// The place of the lane that transaction `number` is of.
    fileprivate func partition(_ number: Int) -> Int {
        var (low, high) = (0, count)
        while high - low > 1 {
            let middle = (low + high) / 2
            if self[middle].numbers.lowerBound <= number { low = middle } else { high = middle }
        }
        return low
    }
}

/// What came of a load that was handed in.
struct LoadOutcome {
    let book: LoadBook
    /// From its beginning to its end.
    let seconds: Double
    /// How many times a node said of a transaction that it had too much to do.
    let refusals: Int
    /// What the generator itself has worked, in seconds of one core.
    let processorSeconds: Double

    /// Throws where something of `work` did not become final though nodes had `timeout` seconds for it,
    /// or was reverted.
    func requireFinal(_ work: LoadWork, timeout: Double) throws {
        let (lost, failed, time) = (book.lost, book.failed, Figures.text(timeout))
        guard lost.isEmpty else {
            throw CommandFailure(
                .unsound,
                "\(lost.count) of \(book.count) transactions that a node took are not final after "
                    + "\(time) s, \(work.hashes[lost[0]]) among them")
        }
        guard book.isComplete else {
            throw CommandFailure(
                .late,
                "\(book.count - book.finalCount) transactions were not taken for \(time) s")
        }
        guard failed.isEmpty else {
            throw CommandFailure(
                .unsound,
                "\(failed.count) transactions were reverted, \(work.hashes[failed[0]]) among them")
        }
    }
}

/// A node's events, as they come. It belongs to the thread of the ``LoadDriver``.
final class BlockStream {
    let socket: LoopbackSocket
    private let name: String
    private var reader: BlockNewsReader

    init(
        of place: LoadDriver.Place, from address: LoopbackAddress, tellsOffers: Bool = false
    ) throws {
        name = place.name
        reader = BlockNewsReader(tellsOffers: tellsOffers)
        socket = try LoopbackSocket(to: place.port, from: address)
        try socket.send(
            HTTP1.request("GET", "/api/v1/events", headers: [("accept", "text/event-stream")]))
    }

    /// Waits until the node has begun to tell.
    func waitForBeginning() throws {
        while !reader.hasBegun { _ = try read() }
    }

    /// The offers in what was read since they were asked for last.
    func takeOffers() -> [BlockNews.Offer] { reader.takeOffers() }

    /// The blocks that have come since.
    func read() throws -> [BlockNews] {
        do throws(SocketFailure) {
            return try reader.add(socket.receive())
        } catch {
            throw CommandFailure(.failed, "\(name) tells no more of its blocks: \(error)")
        }
    }
}
