import Protocol

/// Which validators have been heard, when last, and where they stood: it tells whether the clock of
/// a round is to run, and whether the round can come to anything.
struct RoundTracker: Sendable {
    /// When a validator was heard last, and the highest height and round that it spoke of.
    private struct Sighting {
        var at: Timestamp
        var height: UInt64
        var round: UInt32
    }

    private var sightings: [Address: Sighting] = [:]

    /// For how long a validator counts as heard, in milliseconds: while there is something to
    /// agree on, each speaks every second.
    private static let memory = 2 * ConsensusParameters.resendInterval + 500

    /// Notes that `validator`, another one, speaks of `round` of `height` at `now`.
    mutating func note(_ validator: Address, height: UInt64, round: UInt32, at now: Timestamp) {
        var seen = sightings[validator] ?? Sighting(at: now, height: height, round: round)
        seen.at = now
        if (height, round) > (seen.height, seen.round) {
            (seen.height, seen.round) = (height, round)
        }
        sightings[validator] = seen
    }

    /// Whether a quorum of `set`, with this validator, was ever heard in `round` of `height` or a
    /// later one. However long ago that is: where others are heard by way of third ones, each
    /// message comes once.
    func isQuorum(in round: UInt32, of height: UInt64, among set: ValidatorSet) -> Bool {
        let others = set.members.count { member in
            sightings[member].map { $0.height == height && $0.round >= round } ?? false
        }
        return others + 1 >= set.quorum
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

    private func isRecent(_ sighting: Sighting, at now: Timestamp) -> Bool {
        // A sighting from the future was made before the clock was put back.
        sighting.at <= now && now.millisecondsSince(sighting.at) <= Self.memory
    }
}
