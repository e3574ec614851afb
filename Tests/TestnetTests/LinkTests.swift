import Simulation
import Glibc
import Node
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
        let start = ContinuousClock.now
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
        let start = ContinuousClock.now
        var schedule = LinkSchedule(at: start)
        var generator = SeededGenerator(seed: 2)
        let fault = LinkFault(
            from: "*", to: "*", delayMilliseconds: 20, jitterMilliseconds: 50, loss: 0.3)
        var last = start
        var lost = 0
        for piece in 0..<200 {
            let now = start.advanced(by: .milliseconds(piece * 10))
            let due = schedule.due(count: 100, under: fault, at: now, using: &generator)
            #expect(due >= last)
            #expect(due - now >= .milliseconds(20))
            if due - now >= LinkSchedule.resend { lost += 1 }
            last = due
        }
        #expect(lost > 20)
        // Once the link is whole again, what comes next only waits for what is on its way.
        let later = start.advanced(by: .seconds(60))
        #expect(schedule.due(count: 100, under: nil, at: later, using: &generator) == later)
    }
}

@Suite struct ProxyFlowTests {
    /// Two connected sockets.
    private static func pair() throws -> (Int32, Int32) {
        var ends: [Int32] = [0, 0]
        try #require(socketpair(AF_UNIX, Int32(SOCK_STREAM.rawValue), 0, &ends) == 0)
        return (ends[0], ends[1])
    }

    private static func read(_ descriptor: Int32) -> [UInt8]? {
        var bytes = [UInt8](repeating: 0, count: 1_000)
        let count = recv(descriptor, &bytes, bytes.count, Int32(MSG_DONTWAIT))
        return count < 0 ? nil : Array(bytes[..<count])
    }

    /// Hands `body` a flow, and the ends that its bytes go into and come out of.
    private static func withFlow(
        _ body: (inout ProxyFlow, _ into: Int32, _ outOf: Int32, UnsafeMutableRawBufferPointer)
            throws -> Void
    ) throws {
        let (into, source) = try pair()
        let (target, outOf) = try pair()
        let buffer = UnsafeMutableRawBufferPointer.allocate(byteCount: 4_096, alignment: 16)
        defer {
            buffer.deallocate()
            for descriptor in [into, source, target, outOf] { close(descriptor) }
        }
        var flow = ProxyFlow(from: source, to: target, at: .now)
        try body(&flow, into, outOf, buffer)
    }

    @Test func `without a fault bytes go on at once`() throws {
        try Self.withFlow { flow, into, outOf, buffer in
            send(into, [1, 2, 3] as [UInt8], 3, 0)
            flow.read(into: buffer, at: .now)
            #expect(Self.read(outOf) == [1, 2, 3])
            #expect(flow.nextDue == nil)
        }
    }

    @Test func `a late link keeps bytes until they are due`() throws {
        try Self.withFlow { flow, into, outOf, buffer in
            flow.fault = LinkFault(from: "*", to: "*", delayMilliseconds: 100)
            send(into, [1, 2, 3] as [UInt8], 3, 0)
            let now = ContinuousClock.now
            flow.read(into: buffer, at: now)
            #expect(Self.read(outOf) == nil)
            flow.write(at: now.advanced(by: .milliseconds(99)))
            #expect(Self.read(outOf) == nil)
            flow.write(at: now.advanced(by: .milliseconds(100)))
            #expect(Self.read(outOf) == [1, 2, 3])
        }
    }

    @Test func `a cut link lets nothing through, and loses nothing once it is joined`() throws {
        try Self.withFlow { flow, into, outOf, buffer in
            flow.isHeld = true
            #expect(!flow.wantsToRead)
            send(into, [1, 2, 3] as [UInt8], 3, 0)
            flow.write(at: .now)
            #expect(Self.read(outOf) == nil)
            flow.isHeld = false
            #expect(flow.wantsToRead)
            flow.read(into: buffer, at: .now)
            #expect(Self.read(outOf) == [1, 2, 3])
        }
    }

    @Test func `the end is passed on behind what is on its way`() throws {
        try Self.withFlow { flow, into, outOf, buffer in
            flow.fault = LinkFault(from: "*", to: "*", delayMilliseconds: 50)
            send(into, [7] as [UInt8], 1, 0)
            let now = ContinuousClock.now
            flow.read(into: buffer, at: now)
            shutdown(into, Int32(SHUT_WR))
            flow.read(into: buffer, at: now)
            #expect(!flow.isDone)
            flow.write(at: now.advanced(by: .milliseconds(50)))
            #expect(flow.isDone)
            #expect(Self.read(outOf) == [7])
            #expect(Self.read(outOf) == [])
        }
    }

    @Test func `a link that resets says so`() throws {
        try Self.withFlow { flow, into, _, buffer in
            flow.fault = LinkFault(from: "*", to: "*", resets: 0.9)
            for _ in 0..<50 where !flow.isReset {
                send(into, [7] as [UInt8], 1, 0)
                flow.read(into: buffer, at: .now)
            }
            #expect(flow.isReset)
        }
    }
}
