import Client
import Console
import Dispatch
import Ledger
import Protocol
import Synchronization

/// How long is measured, and how hard is attacked.
struct AttackSchedule: Sendable {
    var beforeSeconds = 10.0
    var attackSeconds = 20.0
    /// How long all must be as before to count.
    var calmSeconds = 4.0
    var isShort = false

    /// For a few seconds an attack.
    static let short = AttackSchedule(
        beforeSeconds: 2, attackSeconds: 3, calmSeconds: 1, isShort: true)

    /// For several attacks at once, as long as trades take to show what becomes of them.
    static let together = AttackSchedule(
        beforeSeconds: 6, attackSeconds: 10, calmSeconds: 3, isShort: true)
}

/// How many trades are settled a minute where nobody attacks.
final class CalmTrades: Sendable {
    private let most = Mutex(0.0)

    var perMinute: Double { most.withLock { $0 } }

    func note(_ trades: Double?) { most.withLock { $0 = max($0, trades ?? 0) } }
}

/// One attack on a running testnet, measured before, during and after.
struct AttackRun {
    let testnet: AttackedTestnet
    let party: HonestParty
    let schedule: AttackSchedule
    let limits: AttackLimits
    /// The most trades settled a minute before an attack on this testnet.
    private let calm = CalmTrades()

    init(
        testnet: AttackedTestnet, party: HonestParty, schedule: AttackSchedule,
        limits: AttackLimits
    ) {
        self.testnet = testnet
        self.party = party
        self.schedule = schedule
        self.limits = limits
    }

    func run(_ attack: any Attack) throws -> AttackResult {
        let measurement = Measurement()
        let probing = DispatchGroup()
        let effort = AttackEffort(isShort: schedule.isShort)
        try begin(attack, measurement, in: probing)
        defer {
            measurement.end()
            probing.wait()
        }
        wait(until: schedule.beforeSeconds, of: measurement)
        let start = measurement.now
        try exert(attack, effort, measurement)
        let end = measurement.now
        let before = PhaseFigures(measurement.current, from: 0, to: start)
        calm.note(before.tradesPerMinute)
        let (after, recovery) = watchRecovery(measurement, since: end, before)
        measurement.end()
        probing.wait()
        let state = measurement.current
        let during = PhaseFigures(state, from: start, to: end)
        return AttackResult(
            number: attack.number, title: attack.title, adversary: attack.adversary,
            target: attack.target, exerted: effort.counts, before: before, during: during,
            after: after, recovery: recovery,
            verdicts: limits.verdicts(
                state, before, during, recovery: recovery, judgesTrades: attack.leavesTraders)
                + effort.claims)
    }

    /// How many trades are to be settled before anything is measured, and how long that may take in
    /// seconds.
    private static let firstTrades: UInt64 = 30
    private static let firstTradesSeconds = 120.0
    /// How long trades are counted to tell whether there are as many again, in seconds.
    private static let watchSeconds = 5.0

    /// Suspends whoever has attacked before, as an operator does, registers the members who attack now,
    /// and waits until households trade.
    func prepare(for attack: any Attack) throws {
        guard attack is any MemberAttack else { return }
        for member in testnet.members.takeUsed() {
            try testnet.testnet.callAsAggregator(
                CommunityCall.suspend(member.account.address), to: NativeContract.community)
        }
        try testnet.members.register(attack.members, in: testnet.testnet)
        let deadline = ContinuousClock.now + .seconds(Self.firstTradesSeconds)
        let teller = try testnet.node("exchange")
        while !Interruption.isWanted {
            let market = testnet.testnet.json("/api/v1/market", at: teller)
            if (market?["trades"]?["settled"]?.natural ?? 0) >= Self.firstTrades { break }
            guard ContinuousClock.now < deadline else {
                throw CommandFailure(.late, "the households do not trade")
            }
            Terminal.pause(milliseconds: 200)
        }
        if !schedule.isShort { waitForTrades(toldBy: teller, until: deadline) }
    }

    /// Waits until as many trades are settled as before the attacks that went before.
    private func waitForTrades(
        toldBy teller: EndpointsFile.Node, until deadline: ContinuousClock.Instant
    ) {
        let needed = calm.perMinute * limits.trades / 60 * Self.watchSeconds
        func settled() -> Double {
            let market = testnet.testnet.json("/api/v1/market", at: teller)
            return Double(market?["trades"]?["settled"]?.natural ?? 0)
        }
        while needed > 0, !Interruption.isWanted, ContinuousClock.now < deadline {
            let start = settled()
            Terminal.pause(milliseconds: UInt32(Self.watchSeconds * 1_000))
            if settled() - start >= needed { return }
        }
    }

    private func begin(
        _ attack: any Attack, _ measurement: Measurement, in probing: DispatchGroup
    ) throws {
        let probes = Probes(
            measurement: measurement, testnet: testnet, party: party,
            target: try testnet.node(attack.target), stops: attack.stops,
            countsTrades: attack is any MemberAttack)
        try probes.begin(in: probing)
        let (testnet, stops) = (testnet.testnet, attack.stops)
        DispatchQueue(label: "busbar.attack.watch").async(group: probing) {
            var watch = ProcessWatch(measurement, testnet, stops: stops)
            watch.run()
        }
    }

    /// Attacks for as long as it is to last.
    private func exert(
        _ attack: any Attack, _ effort: AttackEffort, _ measurement: Measurement
    ) throws {
        let attacking = DispatchGroup()
        let failure = AttackFailure()
        let testnet = testnet
        AttackThread.start(in: attacking) {
            do {
                try attack.run(against: testnet, effort)
            } catch {
                failure.note(error)
            }
        }
        let least = schedule.isShort ? 0 : attack.leastSeconds
        let end = measurement.now + max(schedule.attackSeconds, least)
        while measurement.now < end, !Interruption.isWanted, failure.error == nil {
            Terminal.pause(milliseconds: 20)
        }
        effort.end()
        attacking.wait()
        if let error = failure.error {
            throw CommandFailure(.failed, "attack \(attack.number) cannot be made: \(error)")
        }
    }

    /// Looks at one stretch after the other until one is as before, or time is up.
    private func watchRecovery(
        _ measurement: Measurement, since end: Double, _ before: PhaseFigures
    ) -> (PhaseFigures, Double?) {
        var start = end
        while true {
            wait(until: start + schedule.calmSeconds, of: measurement)
            let state = measurement.current
            let stretch = PhaseFigures(state, from: start, to: measurement.now)
            if stretch.isLike(before, limits), isComplete(stretch) {
                return (stretch, start - end)
            }
            let isLate = start + schedule.calmSeconds - end > limits.recoverySeconds
            guard !isLate, !Interruption.isWanted else { return (stretch, nil) }
            start += schedule.calmSeconds / 2
        }
    }

    /// Whether everyone was served who should have been; who still waits has no sample yet.
    private func isComplete(_ stretch: PhaseFigures) -> Bool {
        Double(stretch[.final].count) >= Double(party.accounts.count) * stretch.seconds / 2
    }

    private func wait(until time: Double, of measurement: Measurement) {
        while measurement.now < time, !Interruption.isWanted { Terminal.pause(milliseconds: 20) }
    }
}
