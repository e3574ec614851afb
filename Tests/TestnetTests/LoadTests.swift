import API
import Client
import Glibc
import Protocol
import Testing

@testable import Testnet

@Suite struct LoadScheduleTests {
    @Test func `arrivals are drawn beforehand, as many as the rate says, in gaps that vary`() {
        let due = LoadSchedule(rate: 200, seconds: 50, seed: 1).due
        #expect(due == LoadSchedule(rate: 200, seconds: 50, seed: 1).due)
        #expect(due != LoadSchedule(rate: 200, seconds: 50, seed: 2).due)
        #expect(due == due.sorted() && due.first ?? -1 >= 0 && due.last ?? 50 < 50)
        // Ten thousand on the average, with a deviation of a hundred.
        #expect((9_500...10_500).contains(due.count))
        let gaps = zip(due.dropFirst(), due).map { $0 - $1 }
        let short = gaps.count { $0 < 0.005 }
        // Of exponential gaps 63 in a hundred are shorter than the mean.
        #expect((0.60...0.66).contains(Double(short) / Double(gaps.count)))
    }

    @Test func `what waits counts from when it was due, whenever it is handed in`() {
        var book = LoadBook(Self.hashes(3), due: [0.1, 0.2, 0.3])
        // The node stalls: all are handed in late.
        book.handIn(0..<3, at: 1)
        book.acknowledge(0..<3, at: 1.5)
        for number in 0..<3 {
            book.makeFinal(number, LoadBook.Final(block: 7, time: 2, succeeded: true))
        }
        #expect(book.latencies.map { $0.rounded() } == [1_900, 1_800, 1_700])
        #expect(book.lateness.map { $0.rounded() } == [900, 800, 700])
    }

    @Test func `without a plan a transaction is due when it is handed in first`() {
        var book = LoadBook(Self.hashes(2))
        book.handIn(0..<1, at: 1)
        // Refused, and handed in again.
        book.handIn(0..<2, at: 2)
        for number in 0..<2 {
            book.makeFinal(number, LoadBook.Final(block: 7, time: 3, succeeded: true))
        }
        #expect(book.latencies == [2_000, 1_000])
        #expect(book.lateness == [0, 0])
    }

    @Test func `what a node took and no block has is lost`() {
        let hashes = Self.hashes(4)
        var book = LoadBook(hashes)
        book.handIn(0..<4, at: 0)
        book.acknowledge(0..<3, at: 1)
        book.makeFinal(0, LoadBook.Final(block: 1, time: 1, succeeded: true))
        book.makeFinal(2, LoadBook.Final(block: 2, time: 1, succeeded: false))
        book.makeFinal(2, LoadBook.Final(block: 3, time: 2, succeeded: true))
        #expect(book.lost == [1])
        #expect(book.failed == [2])
        #expect(!book.isComplete && book.finalCount == 2)
        #expect(book.blocks == [1: 1, 2: 1])
        #expect(book.number(of: LoadBook.key(of: hashes[3])) == 3)
        #expect(book.number(of: 0) == nil)
    }

    static func hashes(_ count: Int) -> [Hash32] {
        (0..<count).map { Keccak256.hash([UInt8(truncatingIfNeeded: $0)]) }
    }
}

@Suite struct LoadAllowanceTests {
    /// Lanes of so many transactions each.
    private func lanes(_ counts: [Int]) throws -> [LoadLane] {
        var start = 0
        return try counts.map { count in
            let (near, far) = try LoopbackPair.make()
            close(far)
            defer { start += count }
            return LoadLane(start..<start + count) { () throws(SocketFailure) in near }
        }
    }

    @Test func `a closed loop keeps so many under way and no more`() throws {
        let lanes = try lanes([10, 10, 10])
        var allowance = LoadAllowance(.closed(inFlight: 5), batch: 2)
        allowance.extend(lanes, at: 0, finals: 0)
        #expect(lanes.map(\.allowed) == [2, 12, 21])
        allowance.extend(lanes, at: 0, finals: 0)
        #expect(allowance.allowed == 5)
        #expect(allowance.nextDue == nil)
    }

    @Test func `an open loop allows what is due, whatever has become of the rest`() throws {
        let lanes = try lanes([400, 400])
        let schedule = LoadSchedule(rate: 100, seconds: 4, seed: 1)
        var allowance = LoadAllowance(.open(schedule), batch: 1)
        allowance.extend(lanes, at: 2, finals: 0)
        let due = schedule.due.count { $0 <= 2 }
        #expect(allowance.allowed == due)
        #expect(lanes[0].allowed + lanes[1].allowed - 400 == due)
        #expect(allowance.nextDue == schedule.due[due])
        let times = try #require(LoadAllowance.due(.open(schedule), in: [0..<400, 400..<800]))
        #expect(times[0] == schedule.due[0] && times[400] == schedule.due[1])
        #expect(times[1] == schedule.due[2])
        #expect(LoadAllowance.due(.closed(inFlight: 1), in: [0..<1]) == nil)
    }

    private static let refusal = #"""
        [{"jsonrpc":"2.0","id":1,"result":"0x12"},{"jsonrpc":"2.0","id":1,"error":{"code":-32005,\#
        "message":"full","data":{"reason":"poolFull","retryAfterSeconds":1}}}]
        """#

    @Test func `a node's answer says how many of a batch it took`() throws {
        let taken = #"[{"jsonrpc":"2.0","id":1,"result":"0x12"},{"id":1,"result":"0x34"}]"#
        #expect(try LoadLane.count(of: 2, "HTTP/1.1 200 OK", Array(taken.utf8)) == 2)
        #expect(try LoadLane.count(of: 2, "HTTP/1.1 200 OK", Array(Self.refusal.utf8)) == 1)
        #expect(try LoadLane.count(of: 2, "HTTP/1.1 429 Too Many Requests", []) == 0)
        #expect(try LoadLane.count(of: 2, "HTTP/1.1 503 Service Unavailable", []) == 0)
        for (head, body) in [
            ("HTTP/1.1 500 Internal Server Error", ""), ("HTTP/1.1 200 OK", taken),
            ("HTTP/1.1 200 OK", #"[{"id":1,"error":{"code":-32000}},{},{}]"#),
        ] {
            #expect(throws: SocketFailure.self) {
                _ = try LoadLane.count(of: 3, head, Array(body.utf8))
            }
        }
    }

    @Test func `a lane hands in the next batch once the one before is answered`() throws {
        let key = PrivateKey.random()
        let work = LoadWork(.transfer, count: 3, by: [key], chainID: 7)
        let (near, far) = try LoopbackPair.make()
        let node = LoopbackSocket(accepted: far)
        let lane = LoadLane(0..<3) { () throws(SocketFailure) in near }
        #expect(!lane.isReady(at: 0))
        lane.allowed = 2
        #expect(try lane.handIn(work, batch: 5) == 0..<2)
        lane.allowed = 3
        #expect(!lane.isReady(at: 0))
        var text = HTTP1Text()
        text.bytes = try node.receive()
        let calls = try #require(try JSON(decoding: text.body ?? []).elements)
        #expect(calls.map { $0["method"] } == ["eth_sendRawTransaction", "eth_sendRawTransaction"])
        let raw = try #require(calls[1]["params"]?.elements?.first?.text?.verbatim)
        let second = try VerifiedTransaction(
            decoding: #require(Hexadecimal.decode(raw.dropFirst(2))))
        #expect(second.hash == work.hashes[1] && second.transaction.nonce == 1)
        #expect(second.sender == key.address)
        let body = Array(Self.refusal.utf8)
        try node.send(Array("HTTP/1.1 200 OK\r\ncontent-length: \(body.count)\r\n\r\n".utf8) + body)
        let answer = try #require(try lane.read(at: 10))
        #expect(answer.taken == 0..<1 && answer.refused == 1)
        // It leaves the node alone for a moment, then goes on from what was refused.
        #expect(!lane.isReady(at: 10.5) && lane.isReady(at: 11))
        #expect(try lane.handIn(work, batch: 5) == 1..<3)
    }

    @Test func `a connection that the node has ended is made anew when it is needed`() throws {
        let work = LoadWork(.transfer, count: 2, by: [PrivateKey.random()], chainID: 7)
        var ends: [LoopbackSocket] = []
        let lane = LoadLane(0..<2) { () throws(SocketFailure) in
            let pair: (near: LoopbackSocket, far: Int32)
            do { pair = try LoopbackPair.make() } catch { throw .closed }
            ends.append(LoopbackSocket(accepted: pair.far))
            return pair.near
        }
        #expect(ends.isEmpty)
        lane.allowed = 1
        #expect(try lane.handIn(work, batch: 1) == 0..<1)
        let body = #"[{"id":1,"result":"0x12"}]"#
        try ends[0].send(
            Array("HTTP/1.1 200 OK\r\ncontent-length: \(body.utf8.count)\r\n\r\n\(body)".utf8))
        #expect(try lane.read(at: 0) == LoadLane.Answer(taken: 0..<1, refused: 0))
        ends[0].close()
        #expect(try lane.read(at: 0) == nil)
        #expect(lane.socket == nil)
        lane.allowed = 2
        #expect(try lane.handIn(work, batch: 1) == 1..<2)
        #expect(ends.count == 2)
        // An end while an answer is due is a failure.
        ends[1].reset()
        #expect(throws: SocketFailure.self) { _ = try lane.read(at: 0) }
    }
}

@Suite struct DescriptorSetTests {
    @Test func `whoever has something to read is found, in time`() throws {
        let (near, far) = try LoopbackPair.make()
        let other = LoopbackSocket(accepted: far)
        let all = [near.descriptor, other.descriptor]
        var quiet = DescriptorSet(all)
        let isQuiet = !quiet.wait(seconds: 0.0005)
        #expect(isQuiet)
        try near.send([1])
        var waiting = DescriptorSet(all)
        let hasCome = waiting.wait(seconds: 5)
        #expect(hasCome)
        #expect(waiting.contains(other.descriptor) && !waiting.contains(near.descriptor))
    }

    @Test func `a descriptor may be greater than an fd_set holds`() throws {
        let (near, far) = try LoopbackPair.make()
        let great = fcntl(far, F_DUPFD_CLOEXEC, 1_200)
        guard great >= 0 else { return #expect(errno == EINVAL, "no more than 1,200 may be open") }
        defer {
            close(great)
            close(far)
        }
        var waiting = DescriptorSet([near.descriptor, great])
        let isQuiet = !waiting.wait(seconds: 0.0005)
        #expect(isQuiet)
        try near.send([1])
        waiting = DescriptorSet([near.descriptor, great])
        let hasCome = waiting.wait(seconds: 5)
        #expect(hasCome && waiting.contains(great) && !waiting.contains(near.descriptor))
    }
}

@Suite struct BlockNewsTests {
    private static func event(_ number: UInt64, _ statuses: [String]) -> String {
        let list = statuses.enumerated().map { place, status in
            let hash = LoadScheduleTests.hashes(place + 1)[place]
            return #"{"hash":"\#(hash)","status":"\#(status)","reason":"{\"hash\":"}"#
        }
        return """
            event: block
            id: \(number)
            data: {"number":\(number),"hash":"\(Hash32.zero)","transactions":[\
            \(list.joined(separator: ","))]}


            """
    }

    private static func chunks(_ texts: [String]) -> Bytes {
        Array("HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n".utf8)
            + texts.flatMap {
                Array((String($0.utf8.count, radix: 16) + "\r\n" + $0 + "\r\n").utf8)
            }
    }

    @Test(arguments: [1, 7, 100, 100_000])
    func `blocks are read from a stream, wherever it is cut`(size: Int) throws {
        let event = Self.event(12, ["final", "failed"])
        let texts = [
            "retry: 2000\n\n", Self.event(11, []), String(event.prefix(50)),
            String(event.dropFirst(50)), "event: market\nid: 12-0\ndata: {}\n\n",
            ": still here\n\n",
        ]
        var (rest, reader, news) = (Self.chunks(texts)[...], BlockNewsReader(), [BlockNews]())
        while !rest.isEmpty {
            news += try reader.add(Array(rest.prefix(size)))
            rest = rest.dropFirst(size)
        }
        #expect(reader.hasBegun)
        let keys = LoadScheduleTests.hashes(2).map(LoadBook.key)
        #expect(
            news == [
                BlockNews(number: 11, transactions: []),
                BlockNews(
                    number: 12,
                    transactions: [
                        BlockNews.Entry(key: keys[0], succeeded: true),
                        BlockNews.Entry(key: keys[1], succeeded: false),
                    ]),
            ])
    }

    @Test(arguments: [1, 7, 100_000])
    func `offers are found among the market's events`(size: Int) throws {
        let hash = LoadScheduleTests.hashes(1)[0]
        func market(_ event: String, _ trade: Int) -> String {
            "event: market\nid: 12-0\ndata: "
                + #"{"event":"\#(event)","trade":\#(trade),"block":12,"time":"x","transaction":"\#(hash)"}"#
                + "\n\n"
        }
        let texts = [
            Self.event(12, ["final"]), market("OfferPicked", 6), market("OfferAdded", 71),
        ]
        for tells in [true, false] {
            var (rest, reader) = (Self.chunks(texts)[...], BlockNewsReader(tellsOffers: tells))
            var count = 0
            while !rest.isEmpty {
                count += try reader.add(Array(rest.prefix(size))).count
                rest = rest.dropFirst(size)
            }
            let offer = BlockNews.Offer(key: LoadBook.key(of: hash), id: OfferID(71))
            #expect(count == 1 && reader.takeOffers() == (tells ? [offer] : []))
            #expect(reader.takeOffers().isEmpty)
        }
    }

    @Test func `an offer without a transaction is none`() {
        let texts = [
            "event: market\nid: 12-0\ndata: {\"event\":\"OfferAdded\",\"trade\":7}\n\n"
        ]
        #expect(throws: SocketFailure.self) {
            var reader = BlockNewsReader(tellsOffers: true)
            _ = try reader.add(Self.chunks(texts))
        }
    }

    @Test func `a stream that ends, or that is none, is no silence`() {
        for text in [
            "HTTP/1.1 503 Service Unavailable\r\n\r\n", "HTTP/1.1 200 OK\r\n\r\n0\r\n\r\n",
            "HTTP/1.1 200 OK\r\n\r\nxyz\r\n",
        ] {
            #expect(throws: SocketFailure.self) {
                var reader = BlockNewsReader()
                _ = try reader.add(Array(text.utf8))
            }
        }
    }

    @Test func `bytes are found where they come first`() {
        let bytes = Array("aabaac".utf8)[1...]
        #expect(bytes.place(of: Array("aac".utf8)) == 3..<6)
        #expect(bytes.place(of: Array("aab".utf8)) == nil)
        #expect(bytes.place(of: Array("c".utf8)) == 5..<6)
        #expect(bytes.place(of: Array("aacd".utf8)) == nil)
        #expect(([] as ArraySlice<UInt8>).place(of: [1]) == nil)
    }
}

@Suite struct LoadReportTests {
    @Test func `a histogram has each time in one range`() {
        let histogram = LatencyHistogram([0.05, 0.1, 3, 4, 5, 5.1, 180])
        #expect(
            histogram.ranges.map(\.upTo).map { Figures.rounded($0) }
                == [0.1, 0.2, 0.5, 1, 2, 5, 10, 20, 50, 100, 200])
        #expect(histogram.ranges.map(\.count) == [2, 0, 0, 0, 0, 3, 1, 0, 0, 0, 1])
        #expect(LatencyHistogram([]).ranges.isEmpty)
        #expect(histogram.markdown.contains("| "))
        #expect(LatencyHistogram([30]).ranges == [LatencyHistogram.Range(upTo: 50, count: 1)])
    }

    @Test func `a figure of several repetitions has its median, least and most`() {
        let rows = LoadFigure.merged([
            [LoadFigure("a", "ms", 3), LoadFigure("b", "", 1, decimals: 0)],
            [LoadFigure("a", "ms", 1)], [LoadFigure("a", "ms", 2)],
        ])
        #expect(
            rows.map(\.row) == [["a", "2.0", "1.0", "3.0", "ms"], ["b", "1.0", "1.0", "1.0", ""]])
        #expect(
            rows[0].json["median"] == .number(Double(2))
                && rows[0].json["values"]?.elements?.count == 3
        )
    }

    @Test func `the first block's transactions came before the time that is measured`() {
        var book = LoadBook(LoadScheduleTests.hashes(10))
        for number in 0..<10 {
            let block: UInt64 = number < 4 ? 1 : number < 7 ? 2 : 3
            book.makeFinal(number, LoadBook.Final(block: block, time: 1, succeeded: true))
        }
        func run(_ book: LoadBook, _ seconds: Double) -> LoadRun {
            LoadRun(
                outcome: LoadOutcome(book: book, seconds: 1, refusals: 0, processorSeconds: 0.1),
                limits: MachineLimits(
                    recoveredPerSecond: 20_000, syncMicroseconds: 100, roundTripMicroseconds: 20),
                roles: [
                    LoadCost.Share(
                        role: "validator", processes: 4,
                        use: LoadCost.Use(role: "validator", processor: 0.02, written: 80))
                ], traffic: LinkTraffic(messages: 6_000, links: 9_000), machineShare: 150,
                diskBytes: 1_000, catchUpSeconds: 0, blockSeconds: seconds)
        }
        #expect(run(book, 2).finalsPerSecond == 3)
        #expect(run(book, 0).finalsPerSecond == nil)
        let figures = run(book, 2).figures(cores: 2, processes: 4)
        func value(_ name: String) -> Double? { figures.first { $0.name == name }?.values.first }
        #expect(value("final transactions") == 3)
        #expect(value("processor a transaction, 4 validators together") == 2)
        #expect(value("written a transaction by one validator") == 2)
        #expect(value("the ledger's tables a transaction") == 100)
        #expect(value("on all links a transaction, messages") == 600)
        #expect(value("on all links a transaction, with TLS and HTTP/2") == 900)
        #expect(value("on all links a block, messages") == 2_000)
        #expect(value("of a core: the load's generator") == 10)
        #expect(value("limit: by 2 cores, once in each of 4 processes") == 10_000)
    }

    @Test func `offers are spread over as many members as may have them`() {
        var settings = LoadSettings(
            kind: .offer, pace: .closed(inFlight: 100, count: 601), members: 5, batch: 10, warm: 0,
            repetitions: 1, places: [], isAlone: false, timeout: 1)
        #expect(settings.membersOfRun == 11)
        settings.kind = .transfer
        #expect(settings.membersOfRun == 5)
        settings.pace = .open(rate: 100, seconds: 100)
        #expect(settings.membersOfRun == 5)
        // Ten deviations above the mean.
        #expect(settings.most == 11_010)
        settings.pace = .open(rate: 1, seconds: 10)
        settings.members = 100
        #expect(settings.membersOfRun == 10)
    }
}
