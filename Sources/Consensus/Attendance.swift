import Protocol

/// Which authorities have been heard lately, and where they stood: it tells rounds that failed
/// because too few were there from rounds that were too short.
struct Attendance: Sendable {
    /// When an authority was heard last, and the highest height and round that it spoke of.
    private struct Sighting {
        var at: Timestamp
        var height: UInt64
        var round: UInt32
    }

    private var sightings: [Address: Sighting] = [:]
    /// Whether a quorum, with this authority, was heard lately.
    private var hasQuorum = false
    /// When patience began anew because of a quorum that came back.
    private var renewedAt: Timestamp?

    /// For how long an authority counts as heard, in milliseconds: while there is something to
    /// agree on, each speaks every second.
    private static let memory = 2 * ConsensusParameters.resendInterval + 500
    /// The shortest time between two fresh starts, in milliseconds. Whoever comes and goes all the
    /// time must not keep rounds short for ever.
    private static let pause: UInt64 = 60_000

    /// Notes that `authority`, another one, speaks of `round` of `height` at `now`.
    mutating func note(_ authority: Address, height: UInt64, round: UInt32, at now: Timestamp) {
        var seen = sightings[authority] ?? Sighting(at: now, height: height, round: round)
        seen.at = now
        if (height, round) > (seen.height, seen.round) {
            (seen.height, seen.round) = (height, round)
        }
        sightings[authority] = seen
    }

    /// Whether a quorum of `set`, with this authority, is there again after a time without, and
    /// patience may begin anew.
    mutating func isQuorumBack(of set: ValidatorSet, at now: Timestamp) -> Bool {
        guard !hasQuorum, isQuorumPresent(of: set, at: now) else { return false }
        hasQuorum = true
        if let renewedAt, renewedAt <= now, now.millisecondsSince(renewedAt) < Self.pause {
            return false
        }
        return true
    }

    /// Notes that patience begins anew.
    mutating func renew(at now: Timestamp) {
        renewedAt = now
    }

    /// Notes who of `set` has fallen silent.
    mutating func review(of set: ValidatorSet, at now: Timestamp) {
        hasQuorum = isQuorumPresent(of: set, at: now)
    }

    /// Whether `round` of `height` cannot come to anything: of those who are there too few are left
    /// in it, since others are further already.
    func isHopeless(
        _ round: UInt32, of height: UInt64, among set: ValidatorSet, at now: Timestamp
    ) -> Bool {
        var left = 1
        var isAnyoneFurther = false
        for member in set.members {
            guard let seen = sightings[member], isRecent(seen, at: now) else { continue }
            if seen.height == height, seen.round > round {
                isAnyoneFurther = true
            } else {
                left += 1
            }
        }
        return isAnyoneFurther && left < set.quorum
    }

    private func isQuorumPresent(of set: ValidatorSet, at now: Timestamp) -> Bool {
        let present = set.members.count { member in
            sightings[member].map { isRecent($0, at: now) } ?? false
        }
        return present + 1 >= set.quorum
    }

    private func isRecent(_ sighting: Sighting, at now: Timestamp) -> Bool {
        // A sighting from the future was made before the clock was put back.
        sighting.at <= now && now.millisecondsSince(sighting.at) <= Self.memory
    }
}
