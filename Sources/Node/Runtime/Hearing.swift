import Ledger
import Protocol
import Replica

/// When each linked peer was heard last; of those whose link is gone, only the validators.
struct Hearing: Sendable {
    /// How exact the times are, in milliseconds.
    private static let step: UInt64 = 1_000

    private(set) var times: [Address: Timestamp] = [:]

    /// Notes what `event` tells of a peer.
    mutating func note(_ event: Event, validators: ValidatorSet, at now: Timestamp) {
        switch event {
        case .connected(let peer): times[peer] = now
        case .received(_, let peer):
            // The clock may have been put back.
            if let last = times[peer], last <= now, now.millisecondsSince(last) < Self.step {
                return
            }
            times[peer] = now
        case .disconnected(let peer):
            if !validators.contains(peer) { times[peer] = nil }
        case .submitted, .timer: break
        }
    }
}
