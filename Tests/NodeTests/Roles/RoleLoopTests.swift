import Ledger
import Protocol
import Testing

@testable import Node

/// A role that writes down what it is told.
private actor Scribe: RoleService {
    var told: [String] = []
    var failsAtTick = false

    struct Broken: Error {}

    func start() { note("start") }

    func tick() throws {
        if failsAtTick { throw Broken() }
        note("tick")
    }

    func blockFinal(_ block: CommittedBlock) { note("block \(block.header.number)") }

    func received(_ message: MeterMessage, from sender: Address) { note("message") }

    func work() { note("work") }

    func fail() { failsAtTick = true }

    /// Waits until `what` was told `count` times.
    func wait(for what: String, count: Int) async {
        while told.filter({ $0 == what }).count < count { await Task.yield() }
    }

    private func note(_ what: String) { told.append(what) }
}

@Suite(.timeLimit(.minutes(1))) struct RoleLoopTests {
    @Test func `a role is started, ticks, is told in order, and works after each`() async throws {
        let scribe = Scribe()
        let loop = RoleLoop(scribe, interval: .milliseconds(5))
        let order = DeliveryCommand(tradeID: OfferID(1), direction: .export, energy: WattHours(1))
        loop.received(.begin(order), from: .zero)
        let task = Task { try await loop.run() }
        await scribe.wait(for: "tick", count: 3)
        await scribe.wait(for: "work", count: 4)
        task.cancel()
        try await task.value
        let told = await scribe.told
        #expect(told.first == "start")
        #expect(told.filter { $0 == "message" }.count == 1)
    }

    @Test func `a role that cannot go on ends its loop`() async throws {
        let scribe = Scribe()
        await scribe.fail()
        let loop = RoleLoop(scribe, interval: .milliseconds(5))
        await #expect(throws: Scribe.Broken.self) { try await loop.run() }
    }
}
