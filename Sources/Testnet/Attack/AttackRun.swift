import Console
import Dispatch

/// How long is measured, and how hard is attacked.
struct AttackSchedule: Sendable {
    var beforeSeconds = 8.0
    var attackSeconds = 20.0
    /// How long all must be as before to count.
    var calmSeconds = 2.0
    var isShort = false

    /// For a few seconds an attack.
    static let short = AttackSchedule(
        beforeSeconds: 2, attackSeconds: 3, calmSeconds: 1, isShort: true)
}

/// One attack on a running testnet, measured before, during and after.
struct AttackRun {
    let testnet: AttackedTestnet
    let party: HonestParty
    let schedule: AttackSchedule
    let limits: AttackLimits

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
        let (after, recovery) = watchRecovery(measurement, since: end, before)
        measurement.end()
        probing.wait()
        let state = measurement.current
        let during = PhaseFigures(state, from: start, to: end)
        return AttackResult(
            number: attack.number, title: attack.title, adversary: attack.adversary,
            target: attack.target, exerted: effort.counts, before: before, during: during,
            after: after, recovery: recovery,
            verdicts: limits.verdicts(state, before, during, recovery: recovery) + effort.claims)
    }

    private func begin(
        _ attack: any Attack, _ measurement: Measurement, in probing: DispatchGroup
    ) throws {
        let probes = Probes(
            measurement: measurement, testnet: testnet, party: party,
            target: try testnet.node(attack.target), stops: attack.stops)
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
