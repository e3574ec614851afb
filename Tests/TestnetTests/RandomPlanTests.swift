import Node
import Testing

@testable import Testnet

@Suite struct RandomPlanTests {
    private static func scope(_ validators: Int = 4) -> RandomPlan.Scope {
        RandomPlan.Scope(
            validators: (1...validators).map { "v\($0)" },
            others: ["aggregator", "exchange"] + (1...6).map { "h0\($0)" }, hasProxies: true,
            cutsQuorums: true, pause: 2...5)
    }

    @Test func `the same seed draws the same plan, another one another`() {
        let plan = RandomPlan(seed: 7, seconds: 300, scope: Self.scope()).faults
        #expect(plan == RandomPlan(seed: 7, seconds: 300, scope: Self.scope()).faults)
        #expect(plan != RandomPlan(seed: 8, seconds: 300, scope: Self.scope()).faults)
    }

    @Test(arguments: 1...50 as ClosedRange<UInt64>)
    func `no more validators than may fail are disturbed at once, but on purpose`(seed: UInt64) {
        for count in [4, 7] {
            let tolerated = (count - 1) / 3
            let plan = RandomPlan(seed: seed, seconds: 600, scope: Self.scope(count)).faults
            for fault in plan {
                let during = plan.filter {
                    $0.begin <= fault.begin && fault.begin < $0.begin + $0.duration
                }
                let validators = during.filter { other in
                    switch other.target {
                    case .proposer: true
                    case .node(let name): name.hasPrefix("v")
                    case .all, .groups: false
                    }
                }
                #expect(validators.count <= tolerated, "\(fault.line)")
                if case .node(let name) = fault.target {
                    #expect(during.count { $0.target == .node(name) } <= 1, "\(fault.line)")
                }
            }
        }
    }

    @Test(arguments: 1...20 as ClosedRange<UInt64>)
    func `a quorum is cut while nothing else is wrong`(seed: UInt64) {
        let plan = RandomPlan(seed: seed, seconds: 1_800, scope: Self.scope()).faults
        let cuts = plan.filter { fault in
            if case .node = fault.target { return false }
            return fault.target != .proposer
        }
        #expect(cuts.contains { $0.target == .all })
        #expect(cuts.contains { $0.action == .split })
        for cut in cuts {
            let others = plan.filter { other in
                other != cut && other.begin < cut.begin + cut.duration
                    && cut.begin < other.begin + other.duration
            }
            #expect(others.isEmpty, "\(cut.line) meets \(others.map(\.line))")
        }
        #expect(cuts.count { $0.target == .all } <= 3)
    }

    @Test func `half an hour has faults enough, of every kind`() {
        let plan = RandomPlan(seed: 1, seconds: 1_800, scope: Self.scope()).faults
        #expect(plan.count > 300)
        #expect(plan.count { $0.target == .proposer && $0.action == .kill } > 10)
        let drawn = Set(plan.map(\.action))
        let all: Set<PlannedStep.Action> = [
            .kill, .stop, .pause, .cut, .mute, .deafen, .flap, .slow, .lose, .reset, .split,
        ]
        #expect(drawn == all)
        #expect(plan.allSatisfy { $0.begin < 1_800 && $0.duration <= 60 })
    }

    @Test func `without proxies links are left alone`() {
        var scope = Self.scope()
        scope.hasProxies = false
        let plan = RandomPlan(seed: 3, seconds: 600, scope: scope).faults
        #expect(!plan.isEmpty)
        #expect(!plan.contains { $0.action.isAboutLinks })
    }

    @Test func `halves hold every node once`() throws {
        let plan = RandomPlan(seed: 5, seconds: 600, scope: Self.scope()).faults
        let groups = try #require(
            plan.lazy.compactMap { fault -> [[String]]? in
                if case .groups(let groups) = fault.target { return groups }
                return nil
            }.first)
        #expect(groups.count == 2)
        let all = Self.scope().validators + Self.scope().others
        #expect(groups.joined().sorted() == all.sorted())
        #expect(groups.allSatisfy { group in group.count { $0.hasPrefix("v") } == 2 })
    }
}
