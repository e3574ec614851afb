import Protocol
import TestKit
import Testing

@testable import Consensus

/// Runs under faults drawn from a seed: whatever happens, no two blocks of one height and no
/// validator that says two things; and once the network heals, everything becomes final.
@Suite struct `Random schedules` {
    @Test(arguments: UInt64(1)...200)
    func `agreement under faults and progress after them`(_ seed: UInt64) throws {
        try Run(seed: seed).perform()
    }

    @Test func `the same seed gives the same run`() throws {
        let first = try Run(seed: 7)
        try first.perform()
        let second = try Run(seed: 7)
        try second.perform()
        #expect(first.trace == second.trace)
        #expect(!first.trace.isEmpty)
    }
}

/// What one seed leads to.
private final class Run {
    /// How a link behaves for a while.
    private enum Fault: UInt64, CaseIterable {
        case none, halves, isolated, oneWay, flapping, lossy
    }

    let seed: UInt64
    private var generator: SeededGenerator
    private let cluster: Cluster
    private let count: Int
    private(set) var trace: [Statement] = []
    private var submitted: UInt64 = 0

    init(seed: UInt64) throws {
        self.seed = seed
        generator = SeededGenerator(seed: seed)
        count = [4, 4, 6, 7][Int(seed % 4)]
        cluster = try Cluster(count, twins: seed % 5 == 0 ? 1 : 0)
    }

    func perform() throws {
        cluster.observe = { [unowned self] message, _ in
            self.trace.append(Statement(message))
        }
        for _ in 0..<generator.pick(3...8) {
            disturb()
            for _ in 0..<generator.pick(0...2) {
                submitted += 1
                let target = Int(generator.pick(0...UInt64(count - 1)))
                try cluster.submit(submitted, to: [target])
                cluster.run(for: generator.pick(1...400))
            }
            cluster.run(for: generator.pick(200...4_000))
        }
        try heal()
        let all = cluster.run(for: 200_000) { $0.allHave(1...self.submitted, at: $0.honest) }
        #expect(all, "seed \(seed): not everything became final")
        #expect(cluster.violations.isEmpty, "seed \(seed)")
        let twin = cluster.nodes.first(where: \.isTwin)?.signer.address
        let offenders = cluster.evidence.map {
            $0.offender(in: ToyChain.parameters.domain, scheme: PlainScheme())
        }
        #expect(offenders.allSatisfy { $0 != nil && $0 == twin }, "seed \(seed)")
    }

    private func heal() throws {
        cluster.travel = { [unowned self] _, _, _ in self.generator.pick(1...40) }
        for index in cluster.nodes.indices { cluster.start(index) }
        submitted += 1
        for number in 1...submitted { try cluster.submit(number) }
    }

    /// Draws how the network behaves until the next draw, and who crashes meanwhile.
    private func disturb() {
        let fault = Fault(rawValue: generator.next() % 6) ?? .none
        let chosen = Int(generator.pick(0...UInt64(count - 1)))
        let side = generator.next()
        let loss = generator.pick(0...25)
        let delay = generator.pick(2...300)
        cluster.travel = { [unowned self] _, from, to in
            if self.generator.chance(fault == .lossy ? 30 + loss : loss / 5) { return nil }
            let travel = self.generator.pick(1...delay)
            switch fault {
            case .none, .lossy: return travel
            case .halves: return (side >> from) & 1 == (side >> to) & 1 ? travel : nil
            case .isolated: return from == chosen || to == chosen ? nil : travel
            case .oneWay: return from == chosen ? nil : travel
            case .flapping:
                return self.cluster.milliseconds / 300 % 2 == 0 ? travel : nil
            }
        }
        for index in cluster.nodes.indices {
            switch generator.next() % 12 {
            case 0: cluster.crash(index)
            case 1: cluster.crash(index, afterPersists: Int(generator.pick(1...6)))
            case 2...6: cluster.start(index)
            default: break
            }
        }
    }
}
