import API
import Ledger
import Market
import Protocol
import Storage
import Synchronization
import TestKit
import Testing

@testable import App

/// What is asked for twice under one key is done once, and nothing else is taken for it.
struct OwnerDeskTests {
    /// A role that counts what is wished of it, and refuses everything once it is let.
    private final class CountingRole: RoleAccess {
        let wishes = Mutex<[OwnerWish]>([])
        let gate: AsyncStream<Void>?

        init(gate: AsyncStream<Void>? = nil) { self.gate = gate }

        var figures: RoleFigures { RoleFigures() }
        func limit(to limits: TraderLimits) -> Bool { true }

        func wish(_ wish: OwnerWish) async -> WishOutcome {
            wishes.withLock { $0.append(wish) }
            if let gate { for await _ in gate {} }
            return .refused("no")
        }

        var count: Int { wishes.withLock { $0.count } }
    }

    private static let program = Sessions.Visitor(device: nil, isOwner: true)

    private static func device(_ number: UInt8) -> Sessions.Visitor {
        let device = AppDevice(
            tokenHash: Hash32(digest: Bytes(repeating: number, count: 32)), label: "phone",
            operatorName: nil,
            isOwner: true, isRemembered: true, madeAt: .zero)
        return Sessions.Visitor(device: device, isOwner: true)
    }

    private static func order(
        _ key: String?, by visitor: Sessions.Visitor = program, _ method: String = "POST",
        _ path: String = "/api/v1/household/offers", _ body: String = #"{"energyWh": 200}"#
    ) throws -> OwnerOrder {
        try OwnerOrder(
            of: visitor, key: key, method: method, path: path, type: "application/json",
            body: Array(body.utf8))
    }

    /// Each plan is another: what an offer comes to depends on when it is made.
    private static func plan(_ number: UInt64) -> OwnerPlan {
        OwnerPlan(
            wish: .offer(
                WattHours(200), price: TokenAmount(1), expires: MarketTime(seconds: number)))
    }

    @Test func `the same request under one key is done once, whatever it comes to now`()
        async throws
    {
        let role = CountingRole()
        let desk = OwnerDesk(household: role)
        let first = try await desk.begin(Self.plan(1), for: Self.order("k"))
        #expect(try await desk.outcome(of: first) == .refused("no"))
        let again = try await desk.begin(Self.plan(2), for: Self.order("k"))
        #expect(again.plan.wish == first.plan.wish)
        #expect(try await desk.outcome(of: again) == .refused("no"))
        #expect(try await desk.known(Self.order("k")) != nil)
        #expect(role.count == 1)
    }

    @Test func `another request under a key that was used is refused`() async throws {
        let role = CountingRole()
        let desk = OwnerDesk(household: role)
        _ = try await desk.begin(Self.plan(1), for: Self.order("k"))
        for other in [
            try Self.order("k", by: Self.program, "POST", "/api/v1/household/offers", "{}"),
            try Self.order("k", by: Self.program, "POST", "/api/v1/household/picks"),
            try Self.order("k", by: Self.program, "DELETE"),
            try Self.order("k", by: Self.program, "POST", "/api/v1/household/offers?a"),
        ] {
            await #expect {
                _ = try await desk.begin(Self.plan(2), for: other)
            } throws: { error in
                let problem = error as? Problem
                return problem?.status == 422 && problem?.code == "key-used"
            }
        }
        try await eventually("the first is done") { role.count == 1 }
    }

    @Test func `a key is its visitor's own, and a request without one is done each time`()
        async throws
    {
        let role = CountingRole()
        let desk = OwnerDesk(household: role)
        for visitor in [Self.program, Self.device(1), Self.device(2)] {
            let order = try Self.order("k", by: visitor, "POST", "/x", visitor.isOwner ? "1" : "2")
            _ = try await desk.outcome(of: desk.begin(Self.plan(1), for: order))
        }
        #expect(role.count == 3)
        for _ in 0..<2 {
            _ = try await desk.outcome(of: desk.begin(Self.plan(1), for: Self.order(nil)))
        }
        #expect(role.count == 5)
    }

    @Test func `keys that are too long, or empty, are refused with their limit`() throws {
        _ = try Self.order(String(repeating: "k", count: 64))
        for key in [String(repeating: "k", count: 65), "", String(repeating: "ä", count: 33)] {
            #expect {
                _ = try Self.order(key)
            } throws: { error in
                let problem = error as? Problem
                return problem?.status == 400 && problem?.detail?.contains("64") == true
            }
        }
    }

    @Test func `so many keys are remembered, and none that is under way gives way`() async throws {
        let (gate, open) = AsyncStream.makeStream(of: Void.self)
        let role = CountingRole(gate: gate)
        let desk = OwnerDesk(household: role)
        for number in 0..<OwnerDesk.capacity {
            _ = try await desk.begin(Self.plan(1), for: Self.order("\(number)"))
        }
        await #expect {
            _ = try await desk.begin(Self.plan(1), for: Self.order("more"))
        } throws: { ($0 as? Problem)?.status == 503 }
        open.finish()
        try await eventually("there is room once something is over") {
            (try? await desk.begin(Self.plan(1), for: Self.order("more"))) != nil
        }
        // The oldest has given way: its key is free.
        #expect(try await desk.known(Self.order("0")) == nil)
        #expect(try await desk.known(Self.order("more")) != nil)
    }

    @Test func `what could not be written down is not done, and may come again`() async throws {
        let role = CountingRole()
        let desk = OwnerDesk(household: role)
        var plan = Self.plan(1)
        plan.noted = { _ in throw BadFixture() }
        let failed = try await desk.begin(plan, for: Self.order("k"))
        await #expect(throws: BadFixture.self) { try await desk.outcome(of: failed) }
        #expect(role.count == 0)
        let again = try await desk.begin(Self.plan(1), for: Self.order("k"))
        #expect(try await desk.outcome(of: again) == .refused("no"))
    }

    @Test func `who waits too long is answered, and what was begun goes on`() async throws {
        let (gate, open) = AsyncStream.makeStream(of: Void.self)
        let desk = OwnerDesk(household: CountingRole(gate: gate))
        let begun = try await desk.begin(Self.plan(1), for: Self.order("k"))
        #expect(try await desk.outcome(of: begun, within: .milliseconds(20)) == nil)
        open.finish()
        #expect(try await desk.outcome(of: begun) == .refused("no"))
    }
}
