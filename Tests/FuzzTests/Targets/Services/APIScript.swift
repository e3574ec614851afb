import Ledger
import Logging
import Market
import Protocol

@testable import API

/// A sequence of calls to a node's API, drawn from a fuzzer's bytes: it installs filters and polls
/// them, hands transactions in and asks for them, listens, waits and goes away.
struct APIScript {
    /// What is called.
    enum Surface: Sendable {
        case everything
        /// What a household's app calls: its meter, its transactions, events.
        case household
    }

    static let mostCalls = 64
    private static let mostOpenCalls = 4
    private static let mostBlocks = 3

    let served: ServedNode
    let meter: HouseholdMeter
    let handler: APIHandler
    var draw: Draw
    /// The filters that it was given, and those that it has uninstalled.
    var filters: [String] = []
    var uninstalled: Set<String> = []
    /// What the pool has taken.
    var submitted: [Hash32] = []
    /// How many calls came to something.
    var successes = 0
    private var waiting: [OpenCall] = []
    private(set) var blocks = 0

    static func verdict(on bytes: [UInt8], _ surface: Surface) async -> FuzzTarget.Verdict {
        do {
            let served = try await ServedNode.take()
            var script = APIScript(served, Draw(bytes))
            try await script.run(surface)
            try served.giveBack(isGrown: script.blocks > 0)
            return script.successes > 0 ? .taken : .refused
        } catch let broken as BrokenPromise {
            return .wrong(broken.text)
        } catch {
            return .wrong("\(error)")
        }
    }

    private init(_ served: ServedNode, _ draw: Draw) {
        let node = served.node
        self.served = served
        self.draw = draw
        meter = HouseholdMeter(of: node)
        let parts = APIParts(
            identity: node.identity, store: node.store, latest: node.latest, submission: node,
            feed: node.feed, metrics: PrometheusFactory(), figures: { [] }, meter: meter,
            now: { node.contents.withLock { $0.now } })
        handler = APIHandler(
            APIConfiguration(
                listener: "fuzz", surfaces: [.rest, .rpc, .metrics], hosts: ["node.example"],
                requestsPerSecond: 1_000_000), parts,
            log: .none)
    }

    private mutating func run(_ surface: Surface) async throws {
        meter.tell(.started, at: now)
        var calls = 0
        while !draw.isOver, calls < Self.mostCalls {
            calls += 1
            switch surface {
            case .everything: try await step()
            case .household: try await householdStep()
            }
        }
        for call in waiting { call.task.cancel() }
        for call in waiting { _ = try await call.answer() }
        let listeners = served.node.feed.listenerCount
        guard listeners == 0 else {
            throw BrokenPromise("\(listeners) listen that have gone")
        }
    }

    private var now: Timestamp { served.node.contents.withLock { $0.now } }

    private mutating func step() async throws {
        switch draw.below(16) {
        case 0...2: try await callMethod()
        case 3: try await callBatch()
        case 4...5: try await pollFilter()
        case 6...7: try await readPath()
        case 8: try await submit(byRPC: true)
        case 9: try await submit(byRPC: false)
        case 10: try await setMeter()
        case 11: try await listen()
        case 12: leave()
        case 13: try await grow()
        case 14: changeNode()
        default: try await callAnything()
        }
    }

    private mutating func householdStep() async throws {
        switch draw.below(10) {
        case 0...2: try await setMeter()
        case 3: try await submit(byRPC: false)
        case 4: try await readPath()
        case 5: try await listen()
        case 6: leave()
        case 7: try await grow()
        case 8: try await tickMeter()
        default: try await callAnything()
        }
    }

    // What happens beside the calls.

    /// Makes a block of the pool, and tells the meter's role of it.
    private mutating func grow() async throws {
        guard blocks < Self.mostBlocks else { return }
        blocks += 1
        let before = served.node.latest.current
        let milliseconds = 1 + 4_000 * UInt64(draw.byte())
        try await served.node.seal(after: milliseconds)
        let after = served.node.latest.current
        guard after.height == before.height + 1 else {
            throw BrokenPromise("the head went from \(before.height) to \(after.height)")
        }
        try await tickMeter()
    }

    private mutating func tickMeter() async throws {
        let later = now.advanced(byMilliseconds: 1_000)
        served.node.contents.withLock { $0.now = later }
        meter.tell(.tick, at: later)
        for transaction in meter.takeSubmissions() {
            let answer: PoolAnswer
            do throws(SubmissionRefusal) {
                _ = try await served.node.submit(transaction.encoded)
                answer = .accepted
            } catch {
                answer = .refused(error.message)
            }
            meter.tell(.answered(transaction.hash, answer), at: later)
        }
    }

    /// The node is busy, stands still, falls behind, loses its peers.
    private mutating func changeNode() {
        let (choice, number) = (draw.below(5), draw.number())
        if choice == 0 { served.node.contents.withLock { $0.isBusy = number % 2 == 1 } }
        let exchange = served.node.exchange.address
        served.node.latest.update { snapshot in
            switch choice {
            case 1: snapshot.isHalted = number % 2 == 1
            case 2: snapshot.highestKnownHeight = number
            case 3: snapshot.waitingSince = Timestamp(milliseconds: number)
            case 4: snapshot.peers = [NodeSnapshot.Peer(account: exchange, height: number)]
            default: break
            }
        }
    }

    /// Who listens or waits goes away.
    private mutating func leave() {
        guard !waiting.isEmpty else { return }
        waiting[draw.below(waiting.count)].task.cancel()
    }

    // How a request is made.

    /// Sends `request` and checks what comes back; nil if it may have to wait, and still does.
    mutating func send(_ request: PlainRequest) async throws -> (status: Int, body: [UInt8])? {
        var request = request
        request.address = draw.pick(["127.0.0.1", "2001:db8::7", "::ffff:10.0.0.1"]) ?? "::1"
        let target = RequestTarget(UntrustedText(request.path))
        let mayWait = target["wait"] != nil || target.segments.contains("events")
        if mayWait, waiting.count == Self.mostOpenCalls {
            let oldest = waiting.removeFirst()
            oldest.task.cancel()
            _ = try await oldest.answer()
        }
        let call = try await OpenCall.begin(request, handler)
        guard !mayWait else {
            waiting.append(call)
            return nil
        }
        let (status, body) = try await call.answer()
        guard let status else { throw BrokenPromise("\(request.path): no answer") }
        guard status != 413 else { return nil }
        if status < 400 { successes += 1 }
        try Self.check(status, body, of: request)
        return (status, body)
    }

    private static func check(_ status: Int, _ body: [UInt8], of request: PlainRequest) throws {
        guard body.count <= 2 * RPCService.answerBytes else {
            throw BrokenPromise("\(request.path): \(body.count) bytes")
        }
        guard status < 400 || request.method == "HEAD" else {
            let isHealth = ["/livez", "/readyz"].contains(
                RequestTarget(UntrustedText(request.path)).path)
            guard status < 500 || status == 503 else {
                throw BrokenPromise("\(request.method) \(request.path): status \(status)")
            }
            let told = try? JSON(decoding: body)
            guard isHealth || told?["title"]?.text?.verbatim.isEmpty == false else {
                throw BrokenPromise("\(request.path): status \(status) without a reason")
            }
            return
        }
    }
}
