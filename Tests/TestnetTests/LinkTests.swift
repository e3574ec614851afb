import Foundation
import NIOCore
import NIOEmbedded
import NIOPosix
import Node
import Simulation
import Testing

@testable import Testnet

@Suite struct LinkFaultTests {
    @Test func `a fault holds for both directions, whoever dials`() {
        let fault = LinkFault(from: "h09", to: "*", isCut: true)
        #expect(fault.covers(from: "h09", to: "v1"))
        #expect(fault.covers(from: "v1", to: "h09"))
        #expect(!fault.covers(from: "v1", to: "v2"))
    }

    @Test func `a one-way fault holds for what one sends alone`() {
        let mute = LinkFault(from: "v1", to: "*", isOneWay: true, isCut: true)
        #expect(mute.covers(from: "v1", to: "v2"))
        #expect(!mute.covers(from: "v2", to: "v1"))
    }

    @Test func `a flapping link is cut and whole by turns`() {
        let fault = LinkFault(from: "v1", to: "*", flapMilliseconds: 500)
        #expect(fault.holdsBack(at: 1_000))
        #expect(!fault.holdsBack(at: 1_500))
        #expect(fault.holdsBack(at: 2_000))
    }

    @Test func `joining leaves what the manifest says of the links`() {
        let slow = LinkFault(from: "h09", to: "*", delayMilliseconds: 150)
        var links = LinkFile(lasting: [slow])
        links.add([LinkFault(from: "h09", to: "*", isCut: true)])
        links.add([LinkFault(from: "v1", to: "v2", isCut: true)])
        #expect(links.fault(from: "v1", to: "h09")?.isCut == true)
        links.join(["h09"])
        #expect(links.fault(from: "v1", to: "h09") == slow)
        #expect(links.fault(from: "v2", to: "v1")?.isCut == true)
        links.join(["*"])
        #expect(links == LinkFile(lasting: [slow]))
    }

    @Test func `a split cuts every link between groups and none within`() {
        let links = LinkFile(
            lasting: [], faults: Perturbation.cuts(between: [["v1", "v2"], ["v3", "h01"]]))
        #expect(links.fault(from: "v1", to: "v3")?.isCut == true)
        #expect(links.fault(from: "h01", to: "v2")?.isCut == true)
        #expect(links.fault(from: "v1", to: "v2") == nil)
        #expect(links.fault(from: "h01", to: "v3") == nil)
        #expect(links.fault(from: "h02", to: "v1") == nil)
    }
}

@Suite struct LinkScheduleTests {
    @Test func `a rate holds for all pieces together`() {
        let start = NIODeadline.now()
        var schedule = LinkSchedule(at: start)
        var generator = SeededGenerator(seed: 1)
        let fault = LinkFault(from: "*", to: "*", rateKibibytes: 64)
        var last = start
        for _ in 0..<4 {
            last = schedule.due(count: 16_384, under: fault, at: start, using: &generator)
        }
        #expect(last - start == .seconds(1))
    }

    @Test func `pieces keep their order under jitter and loss`() {
        let start = NIODeadline.now()
        var schedule = LinkSchedule(at: start)
        var generator = SeededGenerator(seed: 2)
        let fault = LinkFault(
            from: "*", to: "*", delayMilliseconds: 20, jitterMilliseconds: 50, loss: 0.3)
        var last = start
        var lost = 0
        for piece in 0..<200 {
            let now = start + .milliseconds(Int64(piece) * 10)
            let due = schedule.due(count: 100, under: fault, at: now, using: &generator)
            #expect(due >= last)
            #expect(due - now >= .milliseconds(20))
            if due - now >= LinkSchedule.resend { lost += 1 }
            last = due
        }
        #expect(lost > 20)
        // Once the link is whole again, what comes next only waits for what is on its way.
        let later = start + .seconds(60)
        #expect(schedule.due(count: 100, under: nil, at: later, using: &generator) == later)
    }
}

@Suite struct ProxyFlowTests {
    /// Counts what a channel is asked to do.
    private final class Requests: ChannelOutboundHandler {
        typealias OutboundIn = ByteBuffer
        typealias OutboundOut = ByteBuffer

        var reads = 0
        var hasOutputEnded = false

        func read(context: ChannelHandlerContext) { reads += 1 }

        func close(
            context: ChannelHandlerContext, mode: CloseMode, promise: EventLoopPromise<Void>?
        ) {
            if mode == .output { hasOutputEnded = true }
        }
    }

    private let loop = EmbeddedEventLoop()
    private let flow: ProxyFlow
    private let asked = Requests()
    private let told = Requests()
    private let source: EmbeddedChannel
    private let target: EmbeddedChannel

    /// A flow from one channel to another.
    init() throws {
        flow = ProxyFlow(on: loop)
        source = EmbeddedChannel(loop: loop)
        target = EmbeddedChannel(loop: loop)
        try source.pipeline.syncOperations.addHandlers([asked, flow])
        try target.pipeline.syncOperations.addHandler(told)
        flow.target = target
    }

    private func arrive(_ bytes: [UInt8]) throws {
        try source.writeInbound(ByteBuffer(bytes: bytes))
    }

    /// What has come out since the last time.
    private func passed() throws -> [UInt8]? {
        try target.readOutbound(as: ByteBuffer.self).map { Array($0.readableBytesView) }
    }

    @Test func `without a fault bytes go on at once`() throws {
        try arrive([1, 2, 3])
        #expect(try passed() == [1, 2, 3])
        #expect(asked.reads > 0)
    }

    @Test func `a late link keeps bytes until they are due`() throws {
        flow.fault = LinkFault(from: "*", to: "*", delayMilliseconds: 100)
        try arrive([1, 2, 3])
        loop.advanceTime(by: .milliseconds(99))
        #expect(try passed() == nil)
        loop.advanceTime(by: .milliseconds(1))
        #expect(try passed() == [1, 2, 3])
    }

    @Test func `a late link takes no more than it has room for`() throws {
        flow.fault = LinkFault(from: "*", to: "*", delayMilliseconds: 100)
        let before = asked.reads
        try arrive(Array(repeating: 7, count: 300_000))
        source.pipeline.fireChannelReadComplete()
        #expect(asked.reads == before)
        loop.advanceTime(by: .milliseconds(100))
        #expect(asked.reads > before)
    }

    @Test func `a cut link lets nothing through, and loses nothing once it is joined`() throws {
        flow.isHeld = true
        let before = asked.reads
        try arrive([1, 2, 3])
        #expect(asked.reads == before)
        #expect(try passed() == nil)
        flow.isHeld = false
        #expect(asked.reads > before)
        #expect(try passed() == [1, 2, 3])
    }

    @Test func `the end is passed on behind what is on its way`() throws {
        flow.fault = LinkFault(from: "*", to: "*", delayMilliseconds: 50)
        try arrive([7])
        source.pipeline.fireUserInboundEventTriggered(ChannelEvent.inputClosed)
        #expect(!flow.isDone)
        #expect(!told.hasOutputEnded)
        loop.advanceTime(by: .milliseconds(50))
        #expect(flow.isDone)
        #expect(try passed() == [7])
        #expect(told.hasOutputEnded)
    }

    @Test func `nobody beyond a cut link hears that a connection broke`() throws {
        var ends: [ProxyFlow.End] = []
        flow.ended = { ends.append($0) }
        flow.isHeld = true
        source.pipeline.fireErrorCaught(ChannelError.ioOnClosedChannel)
        #expect(ends == [])
        flow.isHeld = false
        #expect(ends == [.failure])
    }

    @Test func `a link that resets says so`() throws {
        var ends: [ProxyFlow.End] = []
        flow.ended = { ends.append($0) }
        flow.fault = LinkFault(from: "*", to: "*", resets: 0.9)
        for _ in 0..<50 where ends.isEmpty { try arrive([7]) }
        #expect(ends == [.reset])
    }
}

@Suite struct FaultProxyTests {
    /// Passes on what its channel hears, and that it has ended.
    private final class Ear: ChannelInboundHandler {
        typealias InboundIn = ByteBuffer

        private let heard: AsyncStream<String>.Continuation

        init(_ heard: AsyncStream<String>.Continuation) { self.heard = heard }

        func channelRead(context: ChannelHandlerContext, data: NIOAny) {
            heard.yield(String(buffer: unwrapInboundIn(data)))
        }

        func channelInactive(context: ChannelHandlerContext) { heard.yield("over") }

        func errorCaught(context: ChannelHandlerContext, error: any Error) {
            heard.yield((error as? IOError)?.errnoCode == ECONNRESET ? "reset" : "\(error)")
            context.close(promise: nil)
        }
    }

    @Test func `a proxy carries both ways, waits while a link is cut, and resets`() async throws {
        let (near, nearHears) = AsyncStream.makeStream(of: String.self)
        let (far, farHears) = AsyncStream.makeStream(of: String.self)
        let group = MultiThreadedEventLoopGroup.singleton
        let node = try await ServerBootstrap(group: group)
            .childChannelInitializer { channel in
                channel.eventLoop.makeCompletedFuture {
                    try channel.pipeline.syncOperations.addHandler(Ear(farHears))
                    channel.writeAndFlush(ByteBuffer(string: "welcome"), promise: nil)
                }
            }
            .bind(host: "127.0.0.1", port: 0).get()
        var ports = FreePorts()
        let port = try ports.next()
        let target = UInt16(try #require(node.localAddress?.port))
        let file = NSTemporaryDirectory() + "links-\(port).json"
        defer { unlink(file) }
        let cut = LinkFault(from: "v1", to: "v2", isOneWay: true, isCut: true)
        try LinkFile(lasting: [], faults: [cut]).write(to: file)
        let table = ProxyTable(proxies: [.init(from: "v1", to: "v2", port: port, target: target)])
        Thread.detachNewThread { try? FaultProxy.run(table, linkFile: file) }
        let dialled = try await dial(port, nearHears)
        try await dialled.writeAndFlush(ByteBuffer(string: "hello"))
        var (nearNext, farNext) = (near.makeAsyncIterator(), far.makeAsyncIterator())
        try await Task.sleep(for: .milliseconds(200))
        try LinkFile(lasting: []).write(to: file)
        #expect(await nearNext.next() == "welcome")
        #expect(await farNext.next() == "hello")
        var links = LinkFile(lasting: [])
        links.resets = ["v2": UInt64.max]
        try links.write(to: file)
        #expect(await nearNext.next() == "reset")
        #expect(await farNext.next() == "reset")
        try await node.close()
    }

    /// Connects to the proxy, once it listens.
    private func dial(
        _ port: UInt16, _ hears: AsyncStream<String>.Continuation
    ) async throws -> any Channel {
        while true {
            let channel = try? await ClientBootstrap(group: MultiThreadedEventLoopGroup.singleton)
                .channelInitializer { channel in
                    channel.eventLoop.makeCompletedFuture {
                        try channel.pipeline.syncOperations.addHandler(Ear(hears))
                    }
                }
                .connect(host: "127.0.0.1", port: Int(port)).get()
            if let channel { return channel }
            try await Task.sleep(for: .milliseconds(20))
        }
    }
}
